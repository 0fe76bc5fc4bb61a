"""What follows an attempt: another try, the person's list, the unreachable case, a visit, the postal list."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.calendar import next_workday
from anbu.calling.campaigns.plan import Plan
from anbu.calling.campaigns.retry import MISSED
from anbu.calling.campaigns.rounds import plan_of
from anbu.calling.campaigns.service import call_backs
from anbu.calling.closing import close_call
from anbu.calling.history import last_assessment, missed_in_round
from anbu.calling.record import open_call, raise_signal
from anbu.calling.residents.standing import WRONG_NUMBER, cancel_planned, forbid, obstacle
from anbu.casework.cases import raise_case
from anbu.clock import SEOUL
from anbu.language.types import Signal
from anbu.store.campaigns import Attempt
from anbu.store.models import Call, new_id

log = structlog.get_logger()
PROMISED, RETRY = 0, 3  # ranks: a promised call goes first, then retries, then first tries
PROMISE_HOLDS = timedelta(hours=2)  # how long after the promised time a call still keeps the promise
UNREACHABLE = Signal("unreachable", "", 0, 0, False, "rule:unreachable")
RESULTS = ("reached", *MISSED, "permanent", "not_rung", "cancelled")


def finish(db: Session, attempt: Attempt, result: str, now: datetime, reason: str | None = None) -> None:
    """Bring an attempt to its one terminal state and plan what follows. A second time changes nothing."""
    if attempt.state == "done":
        return
    if result not in RESULTS:
        raise ValueError(f"{result!r} is not a result")
    attempt.state, attempt.result, attempt.done_at = "done", result, now
    attempt.reason = reason or attempt.reason
    attempt.lease_until = attempt.worker = None
    db.flush()
    log.info("attempt done", attempt=attempt.id, by=attempt.by, result=result, reason=attempt.reason)
    if result == "reached":
        _reached(db, attempt, now)
    elif result in (*MISSED, "not_rung", "permanent") and attempt.campaign.state not in ("stopped", "finished"):
        _not_reached(db, attempt, now)


def _reached(db: Session, attempt: Attempt, now: datetime) -> None:
    """A call that was held may ask for another one, or for none ever again."""
    call = attempt.call
    for other in db.scalars(_same_round(attempt).filter_by(state="planned")):  # whoever else was to try need not
        other.state, other.result, other.reason, other.done_at = "done", "cancelled", "reached", now
    if call is None:
        return
    if call.outcome == "opt_out":
        forbid(db, attempt.resident, "asked", now)
    elif call.outcome == "wrong_number":
        forbid(db, attempt.resident, WRONG_NUMBER, now)
        _to_person(db, attempt, plan_of(attempt.campaign), now, "wrong_number")
    elif call.outcome == "callback" and call.callback_at is not None:
        promise(db, call, now, attempt)


def promise(db: Session, call: Call, now: datetime, attempt: Attempt | None = None) -> Attempt | None:
    """Schedule the call that was promised in `call`; None when the resident must not be called."""
    if call.resident is None or obstacle(call.resident):
        return None
    campaign = attempt.campaign if attempt else call_backs(db, now)
    day = attempt.round if attempt else call.callback_at.astimezone(SEOUL).date()
    at = max(call.callback_at, now)
    base = attempt or Attempt(campaign_id=campaign.id, round=day, resident_id=call.resident_id)
    return _next(db, base, "machine", at, at + PROMISE_HOLDS, now, rank=PROMISED, reason="promised")


def promises(db: Session, now: datetime) -> int:
    """Calls promised to residents who called us outside any campaign; → how many were scheduled."""
    promised = select(Attempt.id).where(
        Attempt.resident_id == Call.resident_id, Attempt.reason == "promised", Attempt.created_at >= Call.created_at
    )
    linked = select(Attempt.id).where(Attempt.call_id == Call.id)
    query = select(Call).where(
        Call.closed_at > now - timedelta(hours=12), Call.outcome == "callback", Call.callback_at.isnot(None),
        Call.resident_id.isnot(None), ~promised.exists(), ~linked.exists(),
    )  # fmt: skip
    return sum(promise(db, call, now) is not None for call in db.scalars(query.limit(50)).all())


def _not_reached(db: Session, attempt: Attempt, now: datetime) -> None:
    plan = plan_of(attempt.campaign)
    if attempt.by == "machine":
        _machine_again(db, attempt, plan, now)
    elif missed_in_round(db, attempt, "person") < plan.retry.person_tries:
        _next(db, attempt, "person", now, attempt.not_after, now, reason="no_answer")
    else:
        unreachable(db, attempt, now)


def _machine_again(db: Session, attempt: Attempt, plan: Plan, now: datetime) -> None:
    if attempt.result == "permanent" and obstacle(attempt.resident) is None:
        attempt.resident.phone_state = "unassigned"
    missed = missed_in_round(db, attempt, "machine")
    blocked = obstacle(attempt.resident)
    if blocked in ("asked", "no_consent"):
        return
    if blocked or missed >= plan.retry.tries:
        _to_person(db, attempt, plan, now, blocked or "no_answer")
        return
    if attempt.result in MISSED:
        wait = plan.retry.after[attempt.result]
        after = attempt.not_after if wait is None else now + wait
    else:  # it never rang: the next window, without losing a try
        after = now if now < attempt.not_after and attempt.reason != "window" else attempt.not_after
    span = plan.span(attempt.round, after)
    if span is None:
        _to_person(db, attempt, plan, now, "no_window")
    else:
        _next(db, attempt, "machine", span.opens, span.closes, now, rank=RETRY)


def _to_person(db: Session, attempt: Attempt, plan: Plan, now: datetime, reason: str) -> None:
    """The machine has done what it may: a person calls, within the policy's time on working days."""
    if plan.retry.person_tries == 0:
        unreachable(db, attempt, now)
        return
    deadline = now + plan.retry.person_within
    day = deadline.astimezone(SEOUL)
    if not plan.urgent and day.weekday() >= 5:
        deadline = day + (next_workday(day.date()) - day.date())
    _next(db, attempt, "person", now, deadline, now, reason=reason)


def unreachable(db: Session, attempt: Attempt, now: datetime) -> None:
    """Nobody reached the resident: the case for a person, P1, or P0 after a grave last assessment; visit and post."""
    call = _last_call(db, attempt) or _silent_call(db, attempt, now)
    before = last_assessment(db, attempt.resident_id, call)
    raise_signal(db, call, None, UNREACHABLE, now)
    close_call(db, call, "no_answer", now)
    if before is not None and (before.band == "high" or before.priority == "P0"):
        raise_case(db, call, "P0", ["직전 평가가 고위험인데 연락이 닿지 않음"], now)
    plan = plan_of(attempt.campaign)
    cancel_planned(db, attempt.resident_id, "unreachable", now)
    for by in plan.retry.then:
        _next(db, attempt, by, now, now + timedelta(days=14), now, reason="unreachable")


def record_person(db: Session, attempt: Attempt, result: str, now: datetime) -> None:
    """A person tells how their call, visit or letter went: reached, or one of MISSED."""
    finish(db, attempt, result, now)


def overdue(db: Session, now: datetime, limit: int = 100) -> int:
    """Persons' tries whose deadline passed: the resident counts as unreachable, so that nobody is forgotten."""
    late = select(Attempt).filter_by(state="planned", by="person").where(Attempt.not_after <= now).limit(limit)
    rows = db.scalars(late.with_for_update(skip_locked=True, of=Attempt)).all()
    for attempt in rows:
        attempt.state, attempt.result, attempt.reason, attempt.done_at = "done", "no_answer", "nobody_called", now
        unreachable(db, attempt, now)
    return len(rows)


def _same_round(attempt: Attempt):
    """Attempts at the same resident in the same round."""
    return select(Attempt).filter_by(
        campaign_id=attempt.campaign_id, round=attempt.round, resident_id=attempt.resident_id
    )


def _next(
    db: Session, attempt: Attempt, by: str, due_at: datetime, not_after: datetime, now: datetime, *,
    rank: int = RETRY, reason: str | None = None,
) -> Attempt:  # fmt: skip
    """The next attempt of the same resident in the same round."""
    same = dict(campaign_id=attempt.campaign_id, round=attempt.round, resident_id=attempt.resident_id)
    last = db.scalar(select(func.max(Attempt.n)).filter_by(**same))
    following = Attempt(
        id=new_id(), **same, n=(last or 0) + 1, by=by, rank=rank, state="planned", reason=reason,
        due_at=due_at, not_after=not_after, created_at=now,
    )  # fmt: skip
    db.add(following)
    db.flush()
    return following


def _last_call(db: Session, attempt: Attempt) -> Call | None:
    """The newest unanswered call of the attempt's round that has no assessment of its own."""
    same = dict(campaign_id=attempt.campaign_id, round=attempt.round, resident_id=attempt.resident_id)
    query = select(Call).join(Attempt, Attempt.call_id == Call.id).where(Call.outcome == "no_answer")
    query = query.where(*(getattr(Attempt, key) == value for key, value in same.items()))
    return db.scalars(query.order_by(Attempt.n.desc()).limit(1)).first()


def _silent_call(db: Session, attempt: Attempt, now: datetime) -> Call:
    """A call that was never placed (no number to dial), to hang the case on."""
    call = open_call(db, attempt.resident, "outbound", plan_of(attempt.campaign).script, now)
    call.status = "failed"
    return call
