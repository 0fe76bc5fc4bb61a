"""The board's figures by town and period: aggregates in the database, over columns that indexes lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.assessment.agreement import Rate, rate, weighted_rate
from anbu.assessment.deadlines import deadlines
from anbu.casework.roles import in_towns
from anbu.clock import SEOUL
from anbu.errors import Refused
from anbu.store.models import Account, AssessmentRow, Call, Case, Referral, Review, Sample, SignalRow
from anbu.store.moments import seconds_between, seoul_day

LONGEST = timedelta(days=366)
USUAL = timedelta(days=27)
BANDS = ("high", "medium", "low", "none", "held")
BUSIEST = 30  # officers that are listed


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included, in Seoul; `town` "" is every town the account sees."""

    first: date
    last: date
    town: str = ""

    @classmethod
    def of(cls, first: str, last: str, town: str, today: date) -> Period:
        """From a form's fields; empty ones are the last four weeks. Raises Refused."""
        try:
            until = date.fromisoformat(last) if last else today
            since = date.fromisoformat(first) if first else until - USUAL
        except ValueError:
            raise Refused("날짜는 2026-11-23처럼 적어 주세요.") from None
        if since > until:
            raise Refused("시작하는 날이 끝나는 날보다 늦어요.")
        if until - today > LONGEST:
            raise Refused("끝나는 날이 너무 멀어요.")
        if until - since > LONGEST:
            raise Refused("한 번에 1년까지 볼 수 있어요.")
        return cls(since, until, town.strip()[:60])

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), SEOUL)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), SEOUL)

    def holds(self, column):
        return (column >= self.start) & (column < self.end)


@dataclass(frozen=True)
class Waits:
    """How long something took in seconds, and how many of `of` were within their target."""

    of: int
    p50: float | None
    p95: float | None
    in_time: int | None = None
    target_s: int | None = None


@dataclass(frozen=True)
class Load:
    """What lies with one person: open cases held now, decided and double-checked in the period."""

    name: str
    holds: int
    decided: int


@dataclass
class Board:
    """Every figure of the board. Counts by day: day → key → number."""

    period: Period
    attempts: int = 0
    answered: int = 0
    completed: int = 0
    talked: int = 0  # calls that were assessed
    by_day: dict[date, dict[str, int]] = field(default_factory=dict)  # attempts, answered, completed
    bands: dict[date, dict[str, int]] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)  # calls in which the signal stands
    opened: dict[str, int] = field(default_factory=dict)  # cases by priority
    acknowledged: dict[str, Waits] = field(default_factory=dict)
    decided: dict[str, Waits] = field(default_factory=dict)
    overdue: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    help: Waits = field(default_factory=lambda: Waits(0, None, None))
    referrals: dict[str, int] = field(default_factory=dict)
    load: list[Load] = field(default_factory=list)
    missed: Rate = field(default_factory=lambda: rate(0, 0))
    sampled: int = 0
    low_calls: int = 0  # calls at P3, from which the samples are drawn

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.attempts if self.attempts else None

    @property
    def completion(self) -> float | None:
        return self.completed / self.answered if self.answered else None

    def per_thousand(self, code: str) -> float:
        return 1000 * self.signals.get(code, 0) / self.talked if self.talked else 0.0

    @property
    def missed_calls(self) -> tuple[float, float, float] | None:
        """How many calls of the period the machine may have missed: estimate, low and high."""
        if self.missed.value is None:
            return None
        return tuple(self.low_calls * share for share in (self.missed.value, self.missed.low, self.missed.high))


def board(db: Session, account: Account, period: Period, now: datetime) -> Board:
    """Gather the figures of the towns the account sees."""
    found = Board(period)

    def here(column):
        return in_towns(account, column) & ((column == period.town) if period.town else True)

    _calls(db, found, here)
    _signals(db, found, here)
    _cases(db, found, here, now)
    _help(db, found, here)
    _load(db, found, here)
    _samples(db, found, here)
    return found


def _calls(db: Session, found: Board, here) -> None:
    day = seoul_day(Call.closed_at).label("day")
    query = (
        select(
            day, AssessmentRow.band, func.count(),
            func.sum(when((Call.started_at.isnot(None), 1), else_=0)),
            func.sum(when((Call.outcome == "completed", 1), else_=0)),
            func.sum(when(((AssessmentRow.priority == "P3") & Call.started_at.isnot(None), 1), else_=0)),
        )
        .select_from(Call).outerjoin(AssessmentRow, AssessmentRow.call_id == Call.id)
        .where(found.period.holds(Call.closed_at), here(Call.town))
        .group_by(day, AssessmentRow.band)
    )  # fmt: skip
    by_day: dict = defaultdict(lambda: dict.fromkeys(("attempts", "answered", "completed"), 0))
    bands: dict = defaultdict(lambda: dict.fromkeys(BANDS, 0))
    for at, band, calls, answered, completed, low in db.execute(query):
        for key, number in (("attempts", calls), ("answered", answered), ("completed", completed)):
            by_day[at][key] += int(number)
        if band in BANDS and answered:
            bands[at][band] += int(answered)
        found.low_calls += int(low or 0)
    found.by_day, found.bands = dict(sorted(by_day.items())), dict(sorted(bands.items()))
    found.attempts = sum(d["attempts"] for d in by_day.values())
    found.answered = sum(d["answered"] for d in by_day.values())
    found.completed = sum(d["completed"] for d in by_day.values())
    found.talked = sum(sum(d.values()) for d in bands.values())


def _signals(db: Session, found: Board, here) -> None:
    query = (
        select(SignalRow.code, func.count(SignalRow.call_id.distinct()))
        .join(Call, Call.id == SignalRow.call_id)
        .where(found.period.holds(Call.closed_at), here(Call.town), SignalRow.state != "denied")
        .group_by(SignalRow.code)
    )
    found.signals = {code: count for code, count in db.execute(query)}


def _cases(db: Session, found: Board, here, now: datetime) -> None:
    mine = (found.period.holds(Case.opened_at), here(Case.town))
    acknowledged = seconds_between(Case.opened_at, Case.acknowledged_at)
    query = select(
        Case.priority, func.count(),
        func.sum(when((Case.acknowledged_at <= Case.acknowledge_by, 1), else_=0)),
        func.sum(when((Case.decided_at <= Case.decide_by, 1), else_=0)),
        func.count(Case.acknowledged_at), func.count(Case.decided_at),
    ).where(*mine).group_by(Case.priority)  # fmt: skip
    rules = deadlines().rules
    for priority, number, in_time, decided_in_time, taken, decided in db.execute(query):
        found.opened[priority] = number
        only = (*mine, Case.priority == priority)
        decision = seconds_between(Case.opened_at, Case.decided_at)
        found.acknowledged[priority] = Waits(
            taken, *_percentiles(db, acknowledged, taken, *only, Case.acknowledged_at.isnot(None)), int(in_time or 0),
            rules[priority].acknowledge_s,
        )  # fmt: skip
        found.decided[priority] = Waits(
            decided, *_percentiles(db, decision, decided, *only, Case.decided_at.isnot(None)),
            int(decided_in_time or 0), rules[priority].decide_s,
        )  # fmt: skip
    is_open = (Case.state == "open") & here(Case.town)
    overdue = func.sum(when((Case.due_at < now, 1), else_=0))
    for priority, number, late in db.execute(
        select(Case.priority, func.count(), overdue).where(is_open).group_by(Case.priority)
    ):
        found.waiting[priority], found.overdue[priority] = number, int(late or 0)


def _percentiles(db: Session, length, number: int, *criteria) -> tuple[float | None, float | None]:
    """p50 and p95 by nearest rank, in the database."""
    if not number:
        return None, None
    ordered = select(length).where(*criteria).order_by(length)
    ranks = (max(0, -(-number * share // 100) - 1) for share in (50, 95))
    return tuple(db.scalar(ordered.offset(rank).limit(1)) for rank in ranks)


def _help(db: Session, found: Board, here) -> None:
    """From the case to help that a person confirmed."""
    mine = (found.period.holds(Referral.created_at), here(Referral.town))
    found.referrals = dict(db.execute(select(Referral.state, func.count()).where(*mine).group_by(Referral.state)).all())
    helped = found.referrals.get("helped", 0)
    length = seconds_between(Case.opened_at, Referral.closed_at)
    arrived = (*mine, Referral.state == "helped", Case.id == Referral.case_id)
    found.help = Waits(helped, *_percentiles(db, length, helped, *arrived))


def _load(db: Session, found: Board, here) -> None:
    holds = select(Case.holder_id, func.count()).where(
        Case.state == "open", Case.holder_id.isnot(None), here(Case.town)
    )
    decided = select(Review.reviewer_id, func.count()).where(found.period.holds(Review.at), here(Review.town))
    held = dict(db.execute(holds.group_by(Case.holder_id)).all())
    done = dict(db.execute(decided.group_by(Review.reviewer_id)).all())
    ids = sorted({*held, *done}, key=lambda i: (-held.get(i, 0), -done.get(i, 0)))[:BUSIEST]
    names = dict(db.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).all())
    found.load = [Load(names.get(i, "?"), held.get(i, 0), done.get(i, 0)) for i in ids]


def _samples(db: Session, found: Board, here) -> None:
    """Of the calls the machine let go, how many a person would have looked at."""
    query = select(Sample.missed, Sample.share).where(
        Sample.state == "scored", found.period.holds(Sample.scored_at), here(Sample.town)
    )
    scored = db.execute(query).all()
    found.sampled = len(scored)
    found.missed = weighted_rate([bool(m) for m, _ in scored], [s for _, s in scored])


def by_week(days: dict[date, dict[str, int]], keys: Iterable[str]) -> dict[date, dict[str, int]]:
    """The same counts by the Monday of each week."""
    weeks: dict[date, dict[str, int]] = {}
    for day, counts in days.items():
        monday = day - timedelta(days=day.weekday())
        week = weeks.setdefault(monday, dict.fromkeys(keys, 0))
        for key in keys:
            week[key] += counts.get(key, 0)
    return weeks
