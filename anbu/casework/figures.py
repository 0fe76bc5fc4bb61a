"""The board as rows of a table, for a CSV."""

from __future__ import annotations

from anbu.assessment.vocabulary import BAND_KO, PRIORITIES, vocabulary
from anbu.casework.board import BANDS, Board

HEADER = ("무엇", "구분", "값")
CALLS_KO = {"attempts": "건 전화", "answered": "받은 전화", "completed": "끝까지 한 전화"}


def rows(found: Board) -> list[tuple[str, str, str]]:
    """(what, of which, number); shares are between 0 and 1, times in seconds."""
    return [
        (what, which, _number(value))
        for part in (_calls, _signals, _cases, _people)
        for what, which, value in part(found)
    ]


def _calls(found: Board):
    yield from ((ko, "", getattr(found, key)) for key, ko in CALLS_KO.items())
    yield "받은 비율", "", found.answer_rate
    yield "끝까지 한 비율", "", found.completion
    for day, counts in found.by_day.items():
        yield from ((ko, str(day), counts[key]) for key, ko in CALLS_KO.items())
    for day, counts in found.bands.items():
        yield from ((f"판정 {BAND_KO[band]}", str(day), counts[band]) for band in BANDS)


def _signals(found: Board):
    kinds = vocabulary().signals
    for code, number in found.signals.items():
        name = kinds[code].ko if code in kinds else code
        yield "위험신호가 있는 통화", name, number
        yield "위험신호 (1,000통화당)", name, found.per_thousand(code)


def _cases(found: Board):
    for priority in PRIORITIES:
        name = f"{priority} {vocabulary().priorities[priority].ko}"
        yield "열린 사례", name, found.opened.get(priority, 0)
        yield "결정을 기다리는 사례", name, found.waiting.get(priority, 0)
        yield "기한이 지난 사례", name, found.overdue.get(priority, 0)
        for what, waits in (("확인", found.acknowledged.get(priority)), ("결정", found.decided.get(priority))):
            if waits:
                yield f"{what}까지 걸린 시간 p50 (초)", name, waits.p50
                yield f"{what}까지 걸린 시간 p95 (초)", name, waits.p95
                yield f"{what} 기한 (초)", name, waits.target_s
                yield f"기한 안에 {what}", name, waits.in_time
                yield f"{what}한 사례", name, waits.of


def _people(found: Board):
    yield "도움이 닿은 연계", "", found.help.of
    yield "도움이 닿기까지 p50 (초)", "", found.help.p50
    yield "도움이 닿기까지 p95 (초)", "", found.help.p95
    for load in found.load:
        yield "지금 맡은 사례", load.name, load.holds
        yield "결정한 사례", load.name, load.decided
    yield "두 번째 확인을 마친 통화", "", found.sampled
    yield "기계가 놓친 비율", "", found.missed.value
    yield "기계가 놓친 비율 95% 구간", "아래", found.missed.low
    yield "기계가 놓친 비율 95% 구간", "위", found.missed.high


def _number(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
