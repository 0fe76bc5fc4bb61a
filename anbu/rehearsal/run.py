"""Rehearsed calls: open the call, play it, read its outcome from the record, compare it with what is expected."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu import clock
from anbu.assessment.vocabulary import BAND_KO, vocabulary
from anbu.calling.closing import standing_signals
from anbu.calling.record import add_resident, find_resident, levels_of, open_call
from anbu.rehearsal.engine import running_engine
from anbu.rehearsal.interactive import TerminalResident
from anbu.rehearsal.persona import Expect, Persona, load, persona_files
from anbu.rehearsal.player import Player, Recording
from anbu.rehearsal.resident import Resident
from anbu.settings import settings
from anbu.store.models import AssessmentRow, Call, Case, ReadingRow
from anbu.store.session import transaction

CLOSED_WITHIN_S = 5.0  # after its last word a call must be assessed
NOTHING = {
    "outcome": None, "priority": None, "band": None, "points": None, "coverage": None, "factors": {}, "unknown": [],
    "signals": [], "case_id": None,
}  # fmt: skip
OUTCOME_KO = {
    "completed": "끝까지 통화함", "refused": "통화를 원하지 않음", "callback": "다시 전화하기로 함",
    "wrong_number": "번호가 틀림", "proxy": "다른 사람이 받음", "opt_out": "전화를 그만 받겠다고 함",
    "hung_up": "도중에 끊음", "handed_over": "사람에게 연결함",
}  # fmt: skip
WHO_KO = {"bot": "안부", "resident": "주민", "officer": "당번"}
PRIORITY_STYLE = {"P0": "bold white on red", "P1": "bold red", "P2": "yellow", "P3": "green"}


def rehearse(
    paths: Iterable[Path | str],
    url: str | None = None,
    *,
    overrides: Mapping[str, str] | None = None,
    on_result: Callable[[dict], None] = lambda result: None,
) -> list[dict]:
    """Hold a call as each persona (files, or every file of a folder) and return their results.

    url: public base URL of a running engine that shares this database; None starts one, with `overrides` added to its
    environment. All files are checked before the first call. Raises ContentError on a bad one.
    """
    personas = [(path, load(path)) for path in persona_files(paths)]
    results = []
    with _engine_at(url, overrides) as base_url:
        for path, persona in personas:
            results.append(rehearse_one(path.stem, persona, base_url))
            on_result(results[-1])
    return results


def rehearse_one(name: str, persona: Persona, base_url: str) -> dict:
    """Hold one call as a persona with a running engine; `name` is how the result calls it."""
    recording = _call(persona, base_url, Resident(persona))
    result = _result(name, recording)
    if persona.expect is not None:
        result["problems"] += deviations(persona.expect, result)
    return result


def interact(script: str = "initial", url: str | None = None) -> dict:
    """Hold a call with the person at the terminal; prints the verdict and returns the result."""
    console = Console()
    with _engine_at(url) as base_url:
        terminal = TerminalResident(console)
        persona = Persona(name="홍길동", script=script)
        result = _result("interactive", _call(persona, base_url, terminal, terminal.show))
    console.print(verdict(result))
    return result


@contextmanager
def _engine_at(url: str | None, overrides: Mapping[str, str] | None = None) -> Iterator[str]:
    if url is not None:
        yield url.rstrip("/")
        return
    with running_engine(overrides) as engine:
        yield engine.url


def _call(persona: Persona, base_url: str, resident, on_turn=lambda turn: None) -> Recording:
    """Open the call in the database as a dispatcher would, and play it."""
    now = clock.now()
    with transaction() as db:
        number, call_id = _unused_number(db), None
        if persona.direction == "outbound" or persona.known:
            row = add_resident(db, persona.name, number, now, persona.script)
        if persona.direction == "outbound":
            call_id = open_call(db, row, "outbound", persona.script, now).id
    token = settings().twilio_auth_token.get_secret_value()
    return Player(
        base_url, token, resident, number=number, call_id=call_id, on_duty=persona.on_duty, on_turn=on_turn
    ).play()


def _unused_number(db: Session) -> str:
    """A Korean mobile number in a range that is not assigned (010-0xxx), held by nobody in the database."""
    while True:
        number = f"+82100{secrets.randbelow(10**7):07d}"
        if find_resident(db, number) is None:
            return number


def _result(name: str, recording: Recording) -> dict:
    """The result of a call: its turns and problems, and its outcome once it is assessed."""
    problems = list(recording.problems)
    outcome, deadline = None, time.monotonic() + CLOSED_WITHIN_S
    while recording.call_id and outcome is None and time.monotonic() < deadline:
        with transaction() as db:
            outcome = outcome_of(db, recording.call_id)
        if outcome is None:
            time.sleep(0.1)
    if outcome is None:
        problems.append(f"통화가 끝나고 {CLOSED_WITHIN_S:.0f}초가 지나도 평가되지 않았습니다")
    return {"persona": name, **NOTHING, **(outcome or {}), "turns": recording.turns, "problems": problems}


def outcome_of(db: Session, call_id: str) -> dict | None:
    """What the record says a call came to, or None while it has no assessment."""
    call, assessment = db.get(Call, call_id), db.get(AssessmentRow, call_id)
    if assessment is None:
        return None
    readings = db.scalars(select(ReadingRow).filter_by(call_id=call_id).order_by(ReadingRow.id)).all()
    factors = {key: {"level": row.level, "quote": row.quote} for key, row in levels_of(readings).items()}
    if assessment.levels.get("call_pattern"):  # computed from the record, so without a quote
        factors["call_pattern"] = {"level": assessment.levels["call_pattern"], "quote": ""}
    case = db.scalars(select(Case).filter_by(call_id=call_id)).first()
    return {
        "outcome": call.outcome,
        "priority": assessment.priority,
        "band": assessment.band,
        "points": assessment.points,
        "coverage": assessment.coverage,
        "factors": factors,
        "unknown": [key for key, level in assessment.levels.items() if level is None],
        "signals": list(dict.fromkeys(signal.code for signal in standing_signals(db, call))),
        "case_id": case.id if case else None,
    }


def deviations(expect: Expect, result: dict) -> list[str]:
    """Where a result differs from what is expected, in plain sentences."""
    found = []
    for factor, (low, high) in expect.factors.items():
        read = result["factors"].get(factor)
        if read is None or not low <= read["level"] <= high:
            wanted = str(low) if low == high else f"{low}~{high}"
            got = "알 수 없음" if read is None else f"{read['level']} (“{read['quote']}”)"
            found.append(f"{vocabulary().factors[factor].ko}({factor}): {wanted}단계여야 하는데 {got}입니다")
    for factor in expect.unknown:
        if factor in result["factors"]:
            got = result["factors"][factor]
            ko = vocabulary().factors[factor].ko
            found.append(f"{ko}({factor}): 모르는 것이어야 하는데 {got['level']} (“{got['quote']}”)입니다")
    if expect.signals is not None and set(result["signals"]) != expect.signals:
        missed, extra = sorted(expect.signals - set(result["signals"])), sorted(set(result["signals"]) - expect.signals)
        found += [f"위험신호 {code}를 놓쳤습니다" for code in missed]
        found += [f"위험신호 {code}는 없는 일입니다" for code in extra]
    for key, ko in (("priority", "순위"), ("outcome", "통화 결과")):
        wanted = getattr(expect, key)
        if wanted is not None and result[key] != wanted:
            found.append(f"{ko}: {wanted}여야 하는데 {result[key] or '알 수 없음'}입니다")
    return found


def transcript(result: dict) -> RenderableType:
    """A call to read: who said what, then the verdict."""
    talk = Table.grid(padding=(0, 2))
    talk.add_column(style="bold", no_wrap=True)
    talk.add_column(overflow="fold")
    for turn in result["turns"]:
        style = {"resident": "cyan", "officer": "magenta"}.get(turn["who"], "")
        talk.add_row(Text(WHO_KO[turn["who"]], style), Text(turn["text"], style))
    return Group(Text(f"── {result['persona']} ──", "bold"), talk, Text(""), verdict(result), Text(""))


def verdict(result: dict) -> RenderableType:
    """What a call came to: levels with quotes, points, band, coverage, signals, priority, problems."""
    words = vocabulary()
    levels = Table("항목", "단계", box=None, padding=(0, 2), header_style="dim")
    levels.add_column("주민의 말", overflow="fold")
    for key in words.factors:
        if key in result["factors"]:
            read = result["factors"][key]
            level = Text(str(read["level"]), "bold red" if read["level"] >= 2 else "")
            levels.add_row(words.factors[key].ko, level, Text(f"“{read['quote']}”" if read["quote"] else "(통화 기록)"))
    parts: list[RenderableType] = [levels] if result["factors"] else []
    unknown = [words.factors[key].ko for key in result["unknown"]]
    if unknown:
        parts.append(Text(f"알 수 없음: {', '.join(unknown)}", "dim"))
    if result["priority"]:
        signals = ", ".join(words.signals[code].ko for code in result["signals"]) or "없음"
        priority = words.priorities[result["priority"]]
        parts.append(
            Text.assemble(
                (f" {priority.code} {priority.ko} ", PRIORITY_STYLE[priority.code]),
                f"  {result['points']}점 · {BAND_KO[result['band']]} · 확인된 항목 {result['coverage']:.0%}",
                f" · 위험신호: {signals} · {OUTCOME_KO.get(result['outcome'], result['outcome'])}",
            )
        )  # fmt: skip
    parts += [Text(f"✗ {problem}", "red") for problem in result["problems"]]
    return Group(*parts)
