"""Cases as a person reads them in the terminal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from anbu.assessment.vocabulary import BAND_KO, vocabulary
from anbu.calling.record import levels_of
from anbu.casework.cases import queue
from anbu.errors import NotFound
from anbu.store.models import AssessmentRow, Case, ReadingRow, SignalRow, Turn
from anbu.store.session import transaction

SEOUL = ZoneInfo("Asia/Seoul")
COLOURS = {"P0": "bold red", "P1": "red", "P2": "yellow", "P3": "green"}


def _when(moment) -> str:
    return moment.astimezone(SEOUL).strftime("%m-%d %H:%M")


def queue_table(limit: int = 50) -> Table:
    """The review queue, most urgent first."""
    table = Table(title="검토할 사례 (급한 순서)", title_justify="left")
    for heading in ("우선", "누구", "왜", "하신 말씀", "확인 기한", "번호"):
        table.add_column(heading, overflow="fold")
    kinds = vocabulary().priorities
    with transaction() as db:
        for case in queue(db, limit):
            signals = select(SignalRow).filter_by(call_id=case.call_id).where(SignalRow.state != "denied")
            quotes = [s.quote for s in db.scalars(signals) if s.quote]
            table.add_row(
                f"[{COLOURS[case.priority]}]{case.priority} {kinds[case.priority].ko}[/]",
                case.resident.name if case.resident else "모르는 분",
                ", ".join(case.reasons), quotes[0] if quotes else "", _when(case.acknowledge_by), case.id[:8],
            )  # fmt: skip
    return table


def print_case(out: Console, prefix: str) -> None:
    """One case by the beginning of its id. Raises NotFound."""
    words = vocabulary()
    with transaction() as db:
        found = db.scalars(select(Case).where(Case.id.startswith(prefix, autoescape=True)).limit(2)).all()
        if len(found) != 1:
            raise NotFound(f"'{prefix}'로 시작하는 사례가 하나가 아닙니다. `anbu cases list`에서 번호를 보세요.")
        case = found[0]
        who = case.resident.name if case.resident else "모르는 분"
        out.rule(f"[{COLOURS[case.priority]}]{case.priority} {words.priorities[case.priority].ko}[/] {who}")
        out.print("까닭: " + ", ".join(case.reasons))
        out.print(f"열림 {_when(case.opened_at)} · 확인 기한 {_when(case.acknowledge_by)} · 통화 {case.call_id}")
        for turn in db.scalars(select(Turn).filter_by(call_id=case.call_id).order_by(Turn.at, Turn.n)):
            if turn.heard or turn.digits:
                out.print(f"[cyan]주민[/cyan] {turn.heard or turn.digits + '번 누름'}")
            for line in (turn.said or {}).get("lines", []):
                out.print(f"[dim]안부[/dim] {line}")
        _print_signals(out, db, case)
        _print_factors(out, db, case)


def _print_signals(out: Console, db, case: Case) -> None:
    states = {"raised": "", "pending": " (확인 중)", "denied": " (되물었더니 아니라고 함)"}
    for s in db.scalars(select(SignalRow).filter_by(call_id=case.call_id)):
        out.print(f"위험신호 {vocabulary().signals[s.code].ko}{states[s.state]}: “{s.quote}” [dim]{s.source}[/dim]")


def _print_factors(out: Console, db, case: Case) -> None:
    table = Table("항목", "단계", "근거가 된 말", "읽은 규칙", "판")
    readings = db.scalars(select(ReadingRow).filter_by(call_id=case.call_id).order_by(ReadingRow.id)).all()
    standing = levels_of(readings)
    for key, factor in vocabulary().factors.items():
        row = standing.get(key)
        if row is not None:
            table.add_row(factor.ko, str(row.level), row.quote, row.source, row.model[:20])
        else:
            table.add_row(factor.ko, "미확인", "", "", "", style="dim")
    out.print(table)
    a = db.get(AssessmentRow, case.call_id)
    if a:
        out.print(
            f"{a.points}점 · {BAND_KO[a.band]} · 확인 {a.coverage:.0%} · {a.priority} · 평가표 {a.rubric_version}판"
        )
