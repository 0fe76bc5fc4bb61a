"""The watch over deadlines: who does not acknowledge in time is followed by the next on duty, then by the managers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anbu import clock
from anbu.assessment.deadlines import Deadlines, deadlines, steps_due
from anbu.notify.delivery import deliver_due
from anbu.notify.duty import managers, on_duty
from anbu.notify.outbox import page
from anbu.notify.senders import senders
from anbu.settings import settings
from anbu.store.models import Case, Outbox
from anbu.store.session import transaction

log = structlog.get_logger()


def escalate(now: datetime, rules: Deadlines | None = None) -> int:
    """Page whom the ladder names for every case whose deadline has passed; → how many cases were paged about."""
    rules = rules or deadlines()
    awake = [p for p, rule in rules.rules.items() if rule.always or rules.calendar.is_open(now)]
    with transaction() as db:
        late = db.execute(_late_to_acknowledge(now, awake)).all()
        towns = {row.town: len(on_duty(db, row.town, now)) for row in {r.town: r for r in late}.values()}
        due = [row.id for row in late if _rungs(rules, row, towns[row.town], now) > row.escalated]
        undecided = list(db.scalars(_late_to_decide(now, awake)))
    return sum(_safely(_climb, case_id, rules, now) for case_id in due) + sum(
        _safely(_remind, case_id, rules, now) for case_id in undecided
    )


def _late_to_acknowledge(now: datetime, priorities: list[str]):
    """Cases nobody has taken (or that were put down again), past their time; the most urgent ones from the start."""
    columns = (Case.id, Case.priority, Case.town, Case.opened_at, Case.acknowledge_by, Case.escalated)
    waiting = (Case.state == "open") & Case.holder_id.is_(None) & Case.priority.in_(priorities)
    late = or_(Case.due_at <= now, Case.priority == "P0")
    return select(*columns).where(waiting, late).order_by(Case.priority, Case.due_at)


def _late_to_decide(now: datetime, priorities: list[str]):
    """Taken cases past their deadline that nobody was reminded of."""
    reminded = select(Outbox.id).where(Outbox.dedupe_key == Case.id + ":decide:" + Case.priority).exists()
    waiting = (Case.state == "open") & Case.holder_id.isnot(None) & Case.priority.in_(priorities)
    return select(Case.id).where(waiting, Case.due_at <= now, Case.decide_by <= now, ~reminded).order_by(Case.due_at)


def _rungs(rules: Deadlines, case, on_duty: int, now: datetime) -> int:
    return steps_due(rules.rules[case.priority], case.opened_at, case.acknowledge_by, on_duty, now)


def _safely(work: Callable, case_id: str, rules: Deadlines, now: datetime) -> bool:
    """One case in its own transaction: it must not hold up the others."""
    try:
        with transaction() as db:
            case = db.scalars(select(Case).filter_by(id=case_id).with_for_update()).one()
            return case.state == "open" and work(db, case, rules, now)
    except Exception as error:
        log.error("not escalated", case=case_id, error=type(error).__name__)
        return False


def _climb(db: Session, case: Case, rules: Deadlines, now: datetime) -> bool:
    """Page those on the rungs that are due: the people on duty one after the other, then all managers."""
    if case.holder_id is not None:
        return False
    duty, from_the_start = on_duty(db, case.town, now), rules.rules[case.priority].first == "opened"
    due = _rungs(rules, case, len(duty), now)
    if due <= case.escalated:
        return False
    if from_the_start:
        page(db, case, case.priority, now)  # what paged the first when the case was opened; kept if it is there
    for rung in range(max(case.escalated, int(from_the_start)), min(due, len(duty))):
        page(db, case, f"late:{rung}", now, [duty[rung]])
    if due > max(len(duty), int(from_the_start)):
        page(db, case, f"late:{due - 1}", now, managers(db, case.town))
    case.escalated = due
    return True


def _remind(db: Session, case: Case, rules: Deadlines, now: datetime) -> bool:
    """The case was taken, and its decision is late."""
    whom = rules.rules[case.priority].decide
    if not whom or case.holder_id is None or case.decided_at is not None:
        return False
    people = [case.holder] if "holder" in whom and case.holder else []
    people += managers(db, case.town) if "managers" in whom or not people else []
    page(db, case, f"decide:{case.priority}", now, list(dict.fromkeys(people)))
    return True


class Watch:
    """A thread that looks at the deadlines and drains the outbox, until it is stopped."""

    def __init__(self, every_s: float | None = None, now: Callable[[], datetime] = clock.now):
        self._every_s, self._now = every_s or settings().watch_every_s, now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> Watch:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends after what is being sent."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        channels = senders(settings())
        while not self._stop.is_set():
            look(self._now(), channels)
            self._stop.wait(self._every_s)


def look(now: datetime, channels: dict | None = None) -> tuple[int, int]:
    """One look: → (cases paged about, messages sent). A failure of one part never keeps the other from its work."""
    counts = []
    for part in (
        lambda: escalate(now),
        lambda: deliver_due(channels if channels is not None else senders(settings()), deadlines().retries, now),
    ):
        try:
            counts.append(part())
        except Exception as error:
            log.error("watch failed", error=type(error).__name__)
            counts.append(0)
    return counts[0], counts[1]
