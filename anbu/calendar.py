"""The Korean working calendar: public and substitute holidays, and days the office adds (data/calling/calendar.yml)."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import lru_cache

import holidays
import yaml

from anbu.errors import ContentError
from anbu.settings import ROOT

FILE = ROOT / "data" / "calling" / "calendar.yml"


@lru_cache(maxsize=1)
def _calendar() -> dict:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    try:
        extra = {day: str(name) for day, name in (raw["extra_holidays"] or {}).items()}
        widest = tuple(time.fromisoformat(raw["widest"][key]) for key in ("from", "to"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"{FILE.name}: {type(error).__name__} {error}") from error
    if not all(isinstance(day, date) for day in extra):
        raise ContentError(f"{FILE.name}: extra_holidays의 날짜는 2026-10-02처럼 적으세요 (dates as 2026-10-02)")
    return {"extra": extra, "widest": widest}


@lru_cache(maxsize=16)
def _public(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("KR", years=year, language="ko"))


def holiday(day: date) -> str | None:
    """The name of the holiday on that day, or None. Sundays and Saturdays are no holidays."""
    return _calendar()["extra"].get(day) or _public(day.year).get(day)


def widest_hours() -> tuple[time, time]:
    """Between which times of day a call may be made at all."""
    return _calendar()["widest"]


def next_workday(day: date) -> date:
    """The first weekday after `day` that is no holiday."""
    day += timedelta(days=1)
    while day.weekday() >= 5 or holiday(day):
        day += timedelta(days=1)
    return day
