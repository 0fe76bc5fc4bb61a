"""What the office writes of a campaign, checked and typed. The checked form is stored with the campaign as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from dateutil.rrule import rrule, rrulestr

from anbu.assessment.vocabulary import PRIORITIES
from anbu.calling.campaigns import retry as retries
from anbu.calling.campaigns.retry import Retry
from anbu.calling.scripts import script
from anbu.calling.windows import Span, Window, next_span, windows
from anbu.clock import SEOUL
from anbu.errors import ContentError
from anbu.settings import ROOT

FILE = ROOT / "data" / "calling" / "campaign.yml"
REPEATS = {"once": None, "weekly": "FREQ=WEEKLY", "fortnightly": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=MONTHLY"}
KEYS = (
    "name", "script", "residents", "windows", "holidays", "starts", "ends", "repeat", "round_days", "retry",
    "calls_per_second", "concurrent_calls", "text_before_minutes", "urgent",
)  # fmt: skip
FILTER_KEYS = ("towns", "flags", "min_age", "max_age", "list", "ids", "last_priority")

_BY_DAY = re.compile(r"(?:RRULE:)?(?:[A-Z]+=[\w,+-]+;)*FREQ=(?:DAILY|WEEKLY|MONTHLY)(?:;|$)")
_WITHIN_A_DAY = re.compile(r"BYHOUR|BYMINUTE|BYSECOND|DTSTART|\s")


@dataclass(frozen=True)
class Plan:
    """A checked campaign. `raw` is what is stored, and parses to the same again."""

    raw: dict
    name: str
    script: str
    windows: tuple[Window, ...]
    on_holidays: bool
    starts: date
    ends: date | None
    rule: str | None  # RRULE, or None for once
    round_days: int
    retry: Retry
    calls_per_second: float
    concurrent_calls: int
    text_before: timedelta | None
    urgent: bool
    residents: Mapping[str, Any] = field(default_factory=dict)

    def rounds(self, first: date, last: date) -> list[date]:
        """The dates on which a round begins, from `first` to `last`."""
        if self.rule is None:
            return [self.starts] if first <= self.starts <= last else []
        days = _rule(self.rule, self.starts).between(_midnight(first), _midnight(last), inc=True)
        return [d.date() for d in days if self.ends is None or d.date() <= self.ends]

    def closes(self, round_date: date) -> datetime:
        """When a round must be over: the next one begins, its days are used up, or the campaign ends."""
        last = round_date + timedelta(days=self.round_days)
        following = self.rounds(round_date + timedelta(days=1), last) if self.rule else []
        ends = [last, *following[:1], *([self.ends + timedelta(days=1)] if self.ends else [])]
        return datetime.combine(min(ends), time(), SEOUL)

    def span(self, round_date: date, after: datetime, preferred: tuple[Window, ...] = ()) -> Span | None:
        """The next stretch of time in this round, from `after` on, in which a resident may be called."""
        begins = max(after, datetime.combine(round_date, time(), SEOUL))
        return next_span(
            self.windows, begins, preferred=preferred, on_holidays=self.on_holidays, until=self.closes(round_date)
        )  # fmt: skip


@lru_cache(maxsize=1)
def defaults() -> dict:
    """data/calling/campaign.yml: defaults, urgent, assumptions, texts."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def load(path: Path, today: date) -> Plan:
    """A campaign file. Raises ContentError that names the place and what to write there."""
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise ContentError(f"{path}: YAML로 읽을 수 없습니다 (not readable YAML)") from error
    return parse(raw, today, str(path))


def urgent(kind: str, residents: Mapping[str, Any], today: date) -> Plan:
    """An urgent campaign of a kind (폭염, 한파, 재난) that begins today. Raises ContentError."""
    kinds = defaults()["urgent"]
    if kind not in kinds:
        raise ContentError(f"긴급 캠페인의 종류는 {', '.join(kinds)} 가운데 하나입니다 (no such kind)")
    raw = {"name": f"{kind} 안부 {today:%m월 %d일}", **kinds[kind], "urgent": True, "residents": dict(residents)}
    return parse(raw, today, kind)


def parse(raw: Any, today: date, where: str = "캠페인") -> Plan:
    """Check and type what was written; what is missing comes from the defaults. Raises ContentError."""
    if not isinstance(raw, dict):
        raise ContentError(f"{where}: '이름: 값' 꼴로 적으세요 (must be a mapping)")
    if strange := [key for key in raw if key not in KEYS]:
        raise ContentError(f"{where}: 모르는 항목 '{strange[0]}'. 쓸 수 있는 것: {', '.join(KEYS)} (unknown key)")
    raw = {**defaults()["defaults"], **raw}
    name = raw.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 80:
        raise ContentError(f"{where}: name에 이름을 80자 안으로 적으세요 (write a name)")
    script(str(raw["script"]))  # raises when there is none
    allowed = windows(raw["windows"], f"{where}: windows: ")
    if not allowed:
        raise ContentError(f"{where}: windows에 전화할 시간대를 적으세요 (no window)")
    if raw["holidays"] not in ("skip", "call"):
        raise ContentError(f"{where}: holidays는 skip이나 call로 적으세요 (skip or call)")
    starts = _date(raw.get("starts"), "starts", where) or today
    ends = _date(raw.get("ends"), "ends", where)
    if ends is not None and ends < starts:
        raise ContentError(f"{where}: ends가 starts보다 앞섭니다 (ends before it starts)")
    rule = REPEATS.get(raw["repeat"], raw["repeat"])
    _check_rule(rule, starts, where)
    retry_raw = retries.policy(raw["retry"]) if isinstance(raw["retry"], str) else raw["retry"]
    minutes = _number(raw, "text_before_minutes", 0, 24 * 60, where)
    plan = Plan(
        raw={}, name=name.strip(), script=raw["script"], windows=allowed, on_holidays=raw["holidays"] == "call",
        starts=starts, ends=ends, rule=rule, round_days=int(_number(raw, "round_days", 1, 60, where)),
        retry=retries.parse(retry_raw, f"{where}: retry"),
        calls_per_second=_number(raw, "calls_per_second", 0.01, 100, where),
        concurrent_calls=int(_number(raw, "concurrent_calls", 1, 1000, where)),
        text_before=timedelta(minutes=minutes) if minutes else None, urgent=bool(raw.get("urgent")),
        residents=_filter(raw.get("residents") or {}, where),
    )  # fmt: skip
    stored = {
        **raw, "windows": [w.stored() for w in allowed], "starts": starts.isoformat(), "retry": retry_raw,
        "residents": dict(plan.residents), **({"ends": ends.isoformat()} if ends else {}),
    }  # fmt: skip
    plan.raw.update(stored)
    if not any(plan.span(day, datetime.combine(day, time(), SEOUL)) for day in _first_rounds(plan)):
        raise ContentError(
            f"{where}: 시간대가 한 번도 열리지 않습니다. 요일·공휴일·끝나는 날을 확인하세요 (the window never opens)"
        )  # fmt: skip
    return plan


def _first_rounds(plan: Plan) -> list[date]:
    return plan.rounds(plan.starts, plan.starts + timedelta(days=62))[:3]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


@lru_cache(maxsize=256)
def _rule(rule: str, starts: date) -> rrule:
    return rrulestr(rule, dtstart=_midnight(starts))


def _check_rule(rule: Any, starts: date, where: str) -> None:
    if rule is None:
        return
    good = isinstance(rule, str) and _BY_DAY.match(rule) and not _WITHIN_A_DAY.search(rule)
    try:
        good = good and _rule(rule, starts)
    except (ValueError, TypeError):
        good = False
    if not good:
        kinds = ", ".join(REPEATS)
        raise ContentError(f"{where}: repeat은 {kinds}나 FREQ=WEEKLY;INTERVAL=2 같은 RRULE로 적으세요 (not a rule)")


def _date(raw: Any, key: str, where: str) -> date | None:
    if raw is None or (isinstance(raw, date) and not isinstance(raw, datetime)):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise ContentError(f"{where}: {key}는 2026-11-23처럼 적으세요 (write a date)") from None


def _number(raw: dict, key: str, least: float, most: float, where: str) -> float:
    value = raw[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ContentError(f"{where}: {key}는 {least}~{most}의 수로 적으세요 (a number from {least} to {most})")
    return value


def _filter(raw: Any, where: str) -> dict[str, Any]:
    """Who is called: {} is everyone."""
    if not isinstance(raw, dict):
        raise ContentError(f"{where}: residents는 towns, flags, list … 꼴로 적으세요 (must be a mapping)")
    for key, value in raw.items():
        if key not in FILTER_KEYS:
            raise ContentError(f"{where}: residents.{key}: 쓸 수 있는 것은 {', '.join(FILTER_KEYS)} (unknown key)")
        if key in ("min_age", "max_age"):
            _number(raw, key, 0, 130, f"{where}: residents")
        elif key == "list":
            if not isinstance(value, str) or len(value) < 6:
                raise ContentError(f"{where}: residents.list에 명단 번호를 적으세요 (the number of a list)")
        elif not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            raise ContentError(f"{where}: residents.{key}는 [하나, 둘]처럼 목록으로 적으세요 (a list of names)")
    if strange := set(raw.get("last_priority", ())) - set(PRIORITIES):
        raise ContentError(f"{where}: residents.last_priority: '{min(strange)}'는 없습니다. {', '.join(PRIORITIES)}")
    return dict(raw)
