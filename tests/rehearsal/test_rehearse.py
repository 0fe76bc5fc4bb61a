"""From persona files to results, with the record of calls and a stand-in engine."""

import io
import json
from datetime import datetime, timezone

import pytest
from rich.console import Console

from anbu.calling.closing import close_call
from anbu.calling.record import find_resident, hear, note_understanding
from anbu.errors import AnbuError, ContentError
from anbu.language.types import Signal
from anbu.rehearsal import run
from anbu.rehearsal.engine import running_engine
from anbu.rehearsal.persona import Expect
from anbu.store.models import Call
from anbu.store.session import transaction

from .conftest import Answer

NOW = datetime(2026, 1, 5, 10, tzinfo=timezone.utc)
BYE = Answer("<Response><Say>안녕히 계세요</Say><Hangup/></Response>")


@pytest.fixture
def persona(tmp_path):
    def write(text, name="someone.yml"):
        path = tmp_path / "personas" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def close(db, call):
    """What the engine does with a call in which one answer was heard."""
    signal = Signal("starvation", "쌀이 떨어졌어", 0, 7, False, "rule:test")
    turn = hear(db, call, 1, NOW, topic="meals", heard="쌀이 떨어졌어 하루 한 끼", signals=[signal])
    reading = {"level": 2, "quote": "하루 한 끼", "start": 8, "end": 14}
    note_understanding(db, call, turn, {"act": "inform", "factors": {"meals": reading}, "signals": []}, "m", NOW)
    close_call(db, call, "completed", NOW)


def test_a_rehearsal_opens_a_call_and_reads_its_outcome(engine, office, persona, monkeypatch):
    engine.answers = [BYE]
    play = run.Player.play

    def play_and_close(self):
        recording = play(self)
        with transaction() as db:
            close(db, db.get(Call, recording.call_id))
        return recording

    monkeypatch.setattr(run.Player, "play", play_and_close)
    expected = "{factors: {meals: 2}, unknown: [mood], signals: [starvation], priority: P1, outcome: completed}"
    path = persona(f"name: 김말순\nexpect: {expected}")
    told = []
    [result] = run.rehearse([path], engine.url, on_result=told.append)
    assert told == [result]
    assert result["problems"] == []
    assert list(result) == [
        "persona", "outcome", "priority", "band", "points", "coverage", "factors", "unknown", "signals", "case_id",
        "turns", "problems",
    ]  # fmt: skip
    assert (result["persona"], result["outcome"]) == ("someone", "completed")
    assert (result["priority"], result["band"]) == ("P1", "held")
    assert result["factors"] == {"meals": {"level": 2, "quote": "하루 한 끼"}}
    assert result["signals"] == ["starvation"]
    assert result["points"] == 1
    assert result["case_id"]
    assert "meals" not in result["unknown"]
    assert "mood" in result["unknown"]
    json.dumps(result)
    with transaction() as db:
        call = db.get(Call, engine.turns()[0].query["call"])
        assert (call.direction, call.script, call.resident.name) == ("outbound", "initial", "김말순")
        assert find_resident(db, engine.turns()[0].fields["To"]).id == call.resident_id


def test_a_known_caller_is_in_the_record_and_a_stranger_is_not(engine, office, persona, monkeypatch):
    monkeypatch.setattr(run, "CLOSED_WITHIN_S", 0.0)
    engine.answers = [BYE]
    run.rehearse([persona("name: 가\ndirection: inbound\nscript: weekly")], engine.url)
    run.rehearse([persona("name: 나\ndirection: inbound\nknown: false")], engine.url)
    with transaction() as db:
        known, stranger = [find_resident(db, turn.fields["From"]) for turn in engine.turns()]
    assert (known.name, known.script) == ("가", "weekly")
    assert stranger is None


def test_a_call_that_is_never_assessed_is_a_problem(engine, office, persona, monkeypatch):
    monkeypatch.setattr(run, "CLOSED_WITHIN_S", 0.2)
    engine.answers = [BYE]
    [result] = run.rehearse([persona("name: 가\nexpect: {priority: P3}")], engine.url)
    assert any("평가되지 않았습니다" in p for p in result["problems"])
    assert any(p.startswith("순위: P3") for p in result["problems"])
    assert result["priority"] is None


def test_all_files_are_checked_before_the_first_call(engine, office, persona):
    persona("name: 가", "a.yml")
    bad = persona("name: 나\nwrong: 1", "b.yml")
    with pytest.raises(ContentError, match=r"b\.yml"):
        run.rehearse([bad.parent], engine.url)
    assert engine.received == []


def test_without_a_model_the_engine_says_what_to_do(office):
    with pytest.raises(AnbuError, match="make train"), running_engine():
        pass


RESULT = {
    "outcome": "completed", "priority": "P2", "band": "medium", "points": 4, "coverage": 0.9, "case_id": "c",
    "factors": {"meals": {"level": 1, "quote": "대충 먹어"}}, "unknown": ["mood"], "signals": ["scam"],
    "persona": "someone", "problems": ["1번째 말: 이상합니다"],
    "turns": [
        {"who": "bot", "text": "몇 끼 [드세요]?", "topic": "meals", "ms": 12.0},
        {"who": "resident", "text": "대충 먹어", "topic": "meals", "ms": None},
        {"who": "officer", "text": "(당번이 받음)", "topic": None, "ms": None},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("expect", "found"),
    [
        (Expect(), []),
        (Expect(factors={"meals": (1, 1)}, unknown=("mood",), signals=frozenset({"scam"}), priority="P2"), []),
        (Expect(factors={"meals": (0, 1)}), []),
        (Expect(factors={"meals": (2, 3)}), ["식사(meals): 2~3단계여야 하는데 1 (“대충 먹어”)입니다"]),
        (Expect(factors={"mood": (0, 0)}), ["우울·무기력·수면(mood): 0단계여야 하는데 알 수 없음입니다"]),
        (Expect(unknown=("meals",)), ["식사(meals): 모르는 것이어야 하는데 1 (“대충 먹어”)입니다"]),
        (Expect(signals=frozenset()), ["위험신호 scam는 없는 일입니다"]),
        (Expect(signals=frozenset({"scam", "violence"})), ["위험신호 violence를 놓쳤습니다"]),
        (Expect(priority="P1"), ["순위: P1여야 하는데 P2입니다"]),
        (Expect(outcome="refused"), ["통화 결과: refused여야 하는데 completed입니다"]),
    ],
)
def test_deviations_are_plain_sentences(expect, found):
    assert run.deviations(expect, RESULT) == found


def test_a_transcript_shows_the_talk_and_the_verdict():
    console = Console(width=200, file=io.StringIO())
    console.print(run.transcript(RESULT))
    text = console.file.getvalue()
    for part in ("안부", "주민", "당번", "몇 끼 [드세요]?", "식사", "“대충 먹어”"):
        assert part in text
    for part in ("4점", "중위험", "P2", "금융사기", "이상합니다"):
        assert part in text
