"""Calling windows: on which weekdays between which hours, Asia/Seoul, around Korean holidays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from anbu.calendar import holiday, widest_hours
from anbu.clock import SEOUL
from anbu.errors import ContentError

DAYS = "월화수목금토일"
LOOK_AHEAD = 40  # days searched for the next opening; longer than any run of Korean holidays
_SPOKEN = re.compile(rf"([{DAYS}](?:\s*[-~,]?\s*[{DAYS}])*|매일|평일|주말)?\s*(\d\S*)\s*[-~]\s*(\d\S*)")
_NAMED = {"매일": DAYS, "평일": DAYS[:5], "주말": DAYS[5:]}


@dataclass(frozen=True)
class Window:
    """`days`: 0 Monday … 6 Sunday; open from `opens` until just before `closes`."""

    days: frozenset[int]
    opens: time
    closes: time

    def stored(self) -> dict:
        return {"days": sorted(self.days), "from": f"{self.opens:%H:%M}", "to": f"{self.closes:%H:%M}"}

    def __str__(self) -> str:
        days = "매일" if len(self.days) == 7 else "".join(DAYS[d] for d in sorted(self.days))
        return f"{days} {self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True)
class Span:
    """A stretch of time in which a call may begin."""

    opens: datetime
    closes: datetime


def window(raw: Any, where: str = "") -> Window:
    """Check {"days", "from", "to"} or words such as "월-금 10:00-12:00". Raises ContentError saying what to write."""
    if isinstance(raw, Window):
        return raw
    if isinstance(raw, str):
        found = _SPOKEN.fullmatch(raw.strip())
        if not found:
            raise ContentError(f"{where}'{raw}': '월-금 10:00-12:00'처럼 적으세요 (write days and hours)")
        raw = {"days": found[1] or "매일", "from": found[2], "to": found[3]}
    if not isinstance(raw, dict) or set(raw) - {"days", "from", "to"} or not {"from", "to"} <= set(raw):
        raise ContentError(f"{where}요일(days)과 시작(from), 끝(to)을 적으세요 (days, from, to)")
    made = Window(_days(raw.get("days", "매일"), where), _time(raw["from"], where), _time(raw["to"], where))
    first, last = widest_hours()
    if made.opens >= made.closes:
        raise ContentError(f"{where}{made}: 시작이 끝보다 늦어 열리지 않습니다 (never opens)")
    if made.opens < first or made.closes > last:
        raise ContentError(f"{where}{made}: 전화는 {first:%H:%M}~{last:%H:%M}에만 겁니다 (outside the allowed hours)")
    return made


def windows(raw: Any, where: str = "") -> tuple[Window, ...]:
    """Several windows: a list, or words separated by semicolons."""
    if isinstance(raw, str):
        raw = [part for part in re.split(r"[;\n]", raw) if part.strip()]
    if not isinstance(raw, Sequence):
        raise ContentError(f"{where}시간대를 목록으로 적으세요 (a list of windows)")
    return tuple(window(one, where) for one in raw)


def _days(raw: Any, where: str) -> frozenset[int]:
    if isinstance(raw, str):
        said = re.sub(r"\s", "", _NAMED.get(raw.strip(), raw))
        said = re.sub(rf"([{DAYS}])[-~]([{DAYS}])", lambda m: DAYS[DAYS.index(m[1]) : DAYS.index(m[2]) + 1], said)
        raw = [c for c in said if c != ","]
    found = {DAYS.find(d) if isinstance(d, str) and len(d) == 1 else d for d in raw} if isinstance(raw, list) else {-1}
    if not found or any(not isinstance(d, int) or isinstance(d, bool) or not 0 <= d <= 6 for d in found):
        raise ContentError(f"{where}요일은 월, 화, 수, 목, 금, 토, 일로 적으세요 (days are 월 to 일)")
    return frozenset(found)


def _time(raw: Any, where: str) -> time:
    found = re.fullmatch(r"(\d{1,2})(?::(\d{2})|시(?:\s*(\d{1,2})분)?)?", str(raw).strip())
    if not found or int(found[1]) > 23 or int(found[2] or found[3] or 0) > 59:
        raise ContentError(f"{where}시각 '{raw}': 09:30처럼 적으세요 (write a time as 09:30)")
    return time(int(found[1]), int(found[2] or found[3] or 0))


@lru_cache(maxsize=4096)
def _on(day: date, allowed: tuple[Window, ...], preferred: tuple[Window, ...], on_holidays: bool) -> tuple[Span, ...]:
    """The spans of one day: the allowed windows, cut to the preferred ones where there are any."""
    if not on_holidays and holiday(day):
        return ()
    spans = [(w.opens, w.closes) for w in allowed if day.weekday() in w.days]
    if preferred:
        wished = [(w.opens, w.closes) for w in preferred if day.weekday() in w.days]
        spans = [(max(a, c), min(b, d)) for a, b in spans for c, d in wished if max(a, c) < min(b, d)]
    return tuple(
        Span(datetime.combine(day, a, SEOUL), datetime.combine(day, b, SEOUL)) for a, b in sorted(set(spans))
    )  # fmt: skip


def next_span(
    allowed: Iterable[Window],
    after: datetime,
    *,
    preferred: Iterable[Window] = (),
    on_holidays: bool = False,
    until: datetime | None = None,
) -> Span | None:
    """The first span that is open at `after` or opens later, beginning at `after` at the earliest; None if none comes.

    A resident's preferred times are kept where they meet the campaign's windows at all; else the campaign's stand.
    until: no span opens from then on.
    """
    allowed, preferred, after = tuple(allowed), tuple(preferred), after.astimezone(SEOUL)
    for wished in (preferred, ()) if preferred else ((),):
        for ahead in range(LOOK_AHEAD):
            for span in _on(after.date() + timedelta(days=ahead), allowed, wished, on_holidays):
                opens = max(span.opens, after)
                if span.closes > after and (until is None or opens < until):
                    return Span(opens, span.closes if until is None else min(span.closes, until))
    return None


def is_open(allowed: Iterable[Window], at: datetime, on_holidays: bool = False) -> bool:
    """Whether a call may begin at that moment."""
    at = at.astimezone(SEOUL)
    return any(s.opens <= at < s.closes for s in _on(at.date(), tuple(allowed), (), on_holidays))
