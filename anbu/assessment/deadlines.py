"""Deadlines, office hours and the order in which people are called; from data/assessment/deadlines.yml. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import yaml

from anbu.assessment.vocabulary import DATA, PRIORITIES, Vocabulary, seconds, vocabulary
from anbu.calendar import holiday
from anbu.clock import SEOUL
from anbu.errors import ContentError

DEADLINES = DATA / "assessment" / "deadlines.yml"
WEEKDAYS = ("월", "화", "수", "목", "금", "토", "일")
DAY_S = 86400
MOST_DAYS = 3700  # a calendar that has no working day within ten years is a mistake


@dataclass(frozen=True)
class Calendar:
    """When the office works; Korean holidays and the office's own (anbu.calendar) are days off."""

    opens: time
    closes: time
    weekdays: frozenset[int]

    def works_on(self, day: date) -> bool:
        return day.weekday() in self.weekdays and holiday(day) is None

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(SEOUL)
        return self.works_on(local.date()) and self.opens <= local.time() < self.closes

    def next_open(self, moment: datetime) -> datetime:
        """`moment` if the office is open then, else when it opens next."""
        local = moment.astimezone(SEOUL)
        if self.is_open(local):
            return local
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return datetime.combine(self._working_day(day), self.opens, SEOUL)

    def after(self, moment: datetime, duration_s: int) -> datetime:
        """`duration_s` of office time later; whole days are working days, at the same time of the day."""
        local = self.next_open(moment)
        days, rest = divmod(duration_s, DAY_S)
        for _ in range(days):
            day = self._working_day(local.date() + timedelta(days=1))
            local = datetime.combine(day, local.time(), SEOUL)
        left = timedelta(seconds=rest)
        while left:
            today = datetime.combine(local.date(), self.closes, SEOUL) - local
            if left <= today:
                return local + left
            left -= today
            local = self.next_open(local + today)
        return local

    def _working_day(self, day: date) -> date:
        for ahead in range(MOST_DAYS):
            if self.works_on(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        raise ContentError(f"{DEADLINES.name}: office_hours 대로라면 일하는 날이 없습니다. weekdays 를 고쳐 주세요")


@dataclass(frozen=True)
class Rule:
    """How a priority runs. Seconds throughout; `acknowledge_s` and P0's `next_after_s` are of factors.yml."""

    priority: str
    acknowledge_s: int
    decide_s: int
    always: bool
    first: str  # opened | due
    next_after_s: int
    again_after_s: int | None
    decide: tuple[str, ...]  # holder | managers


@dataclass(frozen=True)
class Retries:
    """Seconds: the first wait, the longest, and when a page is given up."""

    first_s: int
    most_s: int
    give_up_after_s: int

    def wait_s(self, attempts: int) -> int:
        """How long to wait after `attempts` failures (1, 2 …): doubled each time."""
        return min(self.most_s, self.first_s * 2 ** min(attempts - 1, 30))


@dataclass(frozen=True)
class Deadlines:
    calendar: Calendar
    rules: dict[str, Rule]
    retries: Retries

    def acknowledge_by(self, priority: str, opened_at: datetime) -> datetime:
        """When someone must have taken the case."""
        return self._later(priority, opened_at, self.rules[priority].acknowledge_s)

    def decide_by(self, priority: str, opened_at: datetime) -> datetime:
        """When the decision must have been made."""
        return self._later(priority, opened_at, self.rules[priority].decide_s)

    def _later(self, priority: str, moment: datetime, duration_s: int) -> datetime:
        if self.rules[priority].always:
            return moment + timedelta(seconds=duration_s)
        return self.calendar.after(moment, duration_s)


def parse(raw: dict, words: Vocabulary, where: str = "deadlines.yml") -> Deadlines:
    """Check and type the deadlines. Raises ContentError that names the entry and what to mend."""
    place = where
    try:
        place = f"{where}: office_hours"
        hours = raw["office_hours"]
        if strange := [d for d in hours["weekdays"] if d not in WEEKDAYS]:
            raise ContentError(
                f"{place}.weekdays 의 {strange[0]} 은(는) 요일이 아닙니다. 월 화 수 목 금 토 일로 적어 주세요"
            )
        calendar = Calendar(
            time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"]),
            frozenset(WEEKDAYS.index(d) for d in hours["weekdays"]),
        )  # fmt: skip
        if calendar.opens >= calendar.closes or not calendar.weekdays:
            raise ContentError(f"{place}: from 은 to 보다 일러야 하고 weekdays 는 하루 이상이어야 합니다")
        rules = {}
        for code in PRIORITIES:
            place = f"{where}: priorities.{code}, escalation.{code}"
            rules[code] = _rule(code, raw["priorities"][code], raw["escalation"][code], words, place)
        place = f"{where}: retries"
        retries = Retries(*(seconds(raw["retries"][key]) for key in ("first", "most", "give_up_after")))
        if not 0 < retries.first_s <= retries.most_s:
            raise ContentError(f"{place}: first 는 0보다 크고 most 보다 길지 않아야 합니다")
        return Deadlines(calendar, rules, retries)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"{place} 를 읽을 수 없습니다 ({type(error).__name__}: {error})") from error


def _rule(code: str, own: dict, ladder: dict, words: Vocabulary, place: str) -> Rule:
    kind = words.priorities[code]
    if own["counts"] not in ("always", "office") or ladder["first"] not in ("opened", "due"):
        raise ContentError(f"{place}: counts 는 always 나 office, first 는 opened 나 due 입니다")
    if strange := set(ladder.get("decide") or ()) - {"holder", "managers"}:
        raise ContentError(f"{place}: decide 에는 holder 와 managers 만 적을 수 있습니다 ({', '.join(strange)})")
    next_s = kind.then_s if kind.then_s is not None else seconds(ladder["next_after"])
    again = ladder.get("again_after")
    if next_s <= 0 or (again is not None and seconds(again) <= 0):
        raise ContentError(f"{place}: next_after 와 again_after 는 0보다 길어야 합니다")
    return Rule(
        code, kind.acknowledge_within_s, seconds(own["decide_within"]), own["counts"] == "always", ladder["first"],
        next_s, seconds(again) if again is not None else None, tuple(ladder.get("decide") or ()),
    )  # fmt: skip


@lru_cache(maxsize=1)
def deadlines() -> Deadlines:
    """The project's deadlines."""
    return parse(yaml.safe_load(DEADLINES.read_text(encoding="utf-8")), vocabulary(), DEADLINES.name)


def steps_due(rule: Rule, opened_at: datetime, acknowledge_by: datetime, on_duty: int, now: datetime) -> int:
    """How many rungs of the ladder must have been called by `now` while nobody acknowledges.

    Rungs 0 … on_duty-1 are the people on duty in order; from rung `on_duty` on it is the managers, again and again
    where the rule says so.
    """
    start = opened_at if rule.first == "opened" else acknowledge_by
    elapsed = (now - start).total_seconds()
    if elapsed < 0:
        return 0
    climbed = int(elapsed // rule.next_after_s)
    if climbed < on_duty:
        return climbed + 1
    if rule.again_after_s is None:
        return on_duty + 1
    since_managers = elapsed - on_duty * rule.next_after_s
    return on_duty + 1 + int(since_managers // rule.again_after_s)
