"""Bringing live attempts to their end: from the record of the call, from a look-up, or from an expired lease.

Everything here may run in any number of workers at once and any number of times.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anbu.calling.callbacks import put_back
from anbu.calling.campaigns.rounds import plan_of
from anbu.calling.dispatch.aftermath import finish
from anbu.calling.dispatch.dialling import place
from anbu.calling.gateway import Gateway, Order, Refused, Unclear
from anbu.calling.status import ORDER, TERMINAL, apply_status, by_machine
from anbu.settings import settings
from anbu.store.campaigns import LIVE, Attempt
from anbu.store.models import Call
from anbu.store.session import transaction

log = structlog.get_logger()
MANY = 200
LOOK_AGAIN = timedelta(seconds=5)
NOT_RUNG = ("planned", "queued")  # Twilio holds the call back to its own pace: it has not rung
_RESULTS = {"busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "not_rung"}


def settle(now: datetime) -> int:
    """Finish live attempts whose calls have ended; → how many."""
    ended = or_(Call.status.in_(TERMINAL), Call.closed_at.isnot(None))
    query = select(Attempt.id).join(Call, Call.id == Attempt.call_id).where(Attempt.state.in_(LIVE), ended).limit(MANY)
    return _each(query, lambda db, attempt: _settled(db, attempt, now))


def _settled(db: Session, attempt: Attempt, now: datetime) -> bool:
    call = attempt.call
    if call is None or not (call.status in TERMINAL or call.closed_at is not None):
        return False
    if call.direction == "inbound" and call.outcome == "hung_up" and len(call.turns) < 2:
        put_back(db, attempt, now)
        return True
    if by_machine(call):
        result = "machine"
    elif call.status in _RESULTS and call.started_at is None:
        result = _RESULTS[call.status]
    elif call.started_at is None and call.closed_at is not None:
        result = "failed"  # picked up, but nothing could be said: our own fault
    else:
        result = "reached"
    if call.direction == "outbound":
        attempt.twilio_sid = attempt.twilio_sid or call.twilio_sid
    finish(db, attempt, result, now)
    return True


def expire(now: datetime) -> int:
    """Leases that ran out: a claim goes back, a request whose answer never came becomes unknown; → how many."""
    query = select(Attempt.id).where(Attempt.state.in_(("claimed", "dialing")), Attempt.lease_until < now).limit(MANY)
    return _each(query, lambda db, attempt: _expired(attempt, now))


def _expired(attempt: Attempt, now: datetime) -> bool:
    if attempt.lease_until is None or attempt.lease_until >= now:
        return False
    if attempt.state == "claimed":  # nothing was sent
        attempt.state, attempt.worker, attempt.lease_until = "planned", None, None
    elif attempt.state == "dialing":
        attempt.state, attempt.reason, attempt.lease_until = "unknown", "worker_lost", now
    else:
        return False
    log.warning("lease expired", attempt=attempt.id, state=attempt.state)
    return True


def look_up(gateway: Gateway, now: Callable[[], datetime]) -> int:
    """Ask the line about unknown attempts, and about placed ones of which nothing is heard; → how many were asked."""
    query = (
        select(Attempt.id)
        .join(Call, Call.id == Attempt.call_id)
        .where(
            Attempt.state.in_(("unknown", "placed")), Attempt.lease_until < now(),
            Call.status.notin_(TERMINAL), Call.closed_at.is_(None),
        )
        .limit(MANY)
    )  # fmt: skip
    asked = 0
    for attempt_id in _ids(query):
        with transaction(exclusive=True) as db:  # others leave it alone while this one asks
            attempt = _take(db, attempt_id)
            if attempt is None or attempt.state not in ("unknown", "placed") or attempt.lease_until >= now():
                continue
            if attempt.call.last_heard_at and attempt.call.last_heard_at > now() - timedelta(minutes=2):
                attempt.lease_until = now() + LOOK_AGAIN  # they are talking
                continue
            attempt.lease_until = now() + LOOK_AGAIN
            state, sid, since = attempt.state, attempt.twilio_sid, attempt.dialled_at
            order = Order(attempt.call_id, attempt.resident.phone)
        asked += 1
        try:
            if state == "unknown" or sid is None:
                _found(attempt_id, order, gateway.find(order, since - timedelta(seconds=2)), now())
            else:
                _reported(attempt_id, gateway.look_up(sid), now())
        except (Refused, Unclear) as error:
            log.warning("look-up failed", attempt=attempt_id, code=error.code)
    return asked


def _found(attempt_id: str, order: Order, reports: list, now: datetime) -> None:
    with transaction(exclusive=True) as db:
        attempt = _take(db, attempt_id)
        if attempt is None or attempt.state not in ("unknown", "placed"):
            return
        bound = set(db.scalars(select(Attempt.twilio_sid).where(Attempt.twilio_sid.in_([r.sid for r in reports]))))
        mine = next((r for r in reports if r.sid not in bound), None)
        if mine is not None:
            place(attempt, mine.sid, now)
            if mine.status in ORDER:
                apply_status(db, order.call_id, mine.status, None, now)
            log.info("unknown call found", attempt=attempt_id)
        elif attempt.call.status != "planned":  # a callback told of it
            place(attempt, attempt.call.twilio_sid, now + LOOK_AGAIN)
        elif now - attempt.dialled_at > timedelta(seconds=settings().unknown_sure_s):
            attempt.state, attempt.worker, attempt.lease_until = "planned", None, None
            log.info("unknown call was never placed", attempt=attempt_id)


def _reported(attempt_id: str, report, now: datetime) -> None:
    with transaction(exclusive=True) as db:
        attempt = _take(db, attempt_id)
        if attempt is None or attempt.state != "placed":
            return
        if report is None:
            apply_status(db, attempt.call_id, "failed", None, now)
        elif report.status in ORDER:
            attempt.call.answered_by = attempt.call.answered_by or report.answered_by
            apply_status(db, attempt.call_id, report.status, None, now)


def end_of_window(gateway: Gateway, now: datetime) -> int:
    """Take back calls that the line still holds when their window ends; → how many."""
    query = (
        select(Attempt.id)
        .join(Call, Call.id == Attempt.call_id)
        .where(Attempt.state == "placed", Attempt.not_after <= now, Call.status.in_(NOT_RUNG))
        .limit(MANY)
    )
    cancelled = 0
    for attempt_id in _ids(query):
        with transaction() as db:
            sid = db.get(Attempt, attempt_id).twilio_sid
        try:
            gateway.cancel(sid)
            report = gateway.look_up(sid)
        except (Refused, Unclear) as error:
            log.warning("not cancelled", attempt=attempt_id, code=error.code)
            continue
        _reported(attempt_id, report, now)
        cancelled += 1
    return cancelled


def roll_over(now: datetime) -> int:
    """Planned calls whose window has passed move to the next one of their round, or to a person; → how many."""
    query = select(Attempt.id).filter_by(by="machine", state="planned").where(Attempt.not_after <= now).limit(MANY)
    return _each(query, lambda db, attempt: _rolled_over(db, attempt, now))


def _rolled_over(db: Session, attempt: Attempt, now: datetime) -> bool:
    if attempt.state != "planned" or attempt.not_after > now:
        return False
    span = plan_of(attempt.campaign).span(attempt.round, now)
    if span is None:
        finish(db, attempt, "not_rung", now, "window")
    else:
        attempt.due_at, attempt.not_after, attempt.reason = span.opens, span.closes, None
    return True


def _ids(query) -> list[str]:
    with transaction() as db:
        return list(db.scalars(query))


def _each(query, handle: Callable[[Session, Attempt], bool]) -> int:
    """Handle each attempt in a transaction of its own, locked; → how many it did something with.

    Attempts that another worker holds are left to it.
    """
    done = 0
    for attempt_id in _ids(query):
        try:
            with transaction(exclusive=True) as db:
                attempt = _take(db, attempt_id)
                done += attempt is not None and handle(db, attempt)
        except Exception as error:  # one attempt that cannot be settled must not hold up the others
            log.error("not settled", attempt=attempt_id, error=type(error).__name__)
    return done


def _take(db: Session, attempt_id: str) -> Attempt | None:
    query = select(Attempt).filter_by(id=attempt_id).with_for_update(skip_locked=True, of=Attempt)
    return db.scalars(query.execution_options(populate_existing=True)).first()
