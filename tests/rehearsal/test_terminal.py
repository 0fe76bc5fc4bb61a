"""A person at the terminal as the resident."""

import builtins
import io

import pytest
from rich.console import Console

from anbu.rehearsal import run
from anbu.rehearsal.interactive import TerminalResident
from anbu.rehearsal.resident import Act

from .conftest import Answer


@pytest.fixture
def typed(monkeypatch):
    """What will be typed, line by line; then the end of input."""

    def use(*lines):
        waiting = list(lines)

        def read(*prompt):
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr(builtins, "input", read)

    return use


def test_lines_are_speech_silence_keys_and_hanging_up(typed):
    typed("두 끼 먹어요", "", " 1 ", "세 끼")
    terminal = TerminalResident(Console(file=io.StringIO()))
    acts = [terminal.answer("meals") for _ in range(5)]
    assert acts == [
        Act(speech="두 끼 먹어요"), Act(), Act(digits="1"), Act(speech="세 끼"), Act(hangs_up=True),
    ]  # fmt: skip


def test_only_the_other_side_is_printed():
    console = Console(file=io.StringIO())
    terminal = TerminalResident(console)
    terminal.show({"who": "bot", "text": "몇 끼 [드세요]?"})
    terminal.show({"who": "resident", "text": "두 끼"})
    assert "안부 몇 끼 [드세요]?" in console.file.getvalue()
    assert "두 끼" not in console.file.getvalue()


def test_a_call_in_the_terminal_ends_with_the_verdict(engine, office, typed, monkeypatch, capsys):
    monkeypatch.setattr(run, "CLOSED_WITHIN_S", 0.0)
    typed("두 끼")
    gather = '<Gather input="speech" language="ko-KR" action="/webhooks/voice/turn"><Say>몇 끼 드세요?</Say></Gather>'
    engine.answers = [Answer(f"<Response>{gather}</Response>", "meals"), Answer("<Response><Say>안녕</Say></Response>")]
    result = run.interact(script="weekly", url=engine.url)
    assert [turn["text"] for turn in result["turns"]] == ["몇 끼 드세요?", "두 끼", "안녕"]
    printed = capsys.readouterr().out
    assert "몇 끼 드세요?" in printed
    assert "평가되지 않았습니다" in printed
