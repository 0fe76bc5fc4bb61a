"""Residents who call us: recognised by number, told why they were called, and the pending call held then and there."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.calling import record
from anbu.calling.campaigns.rounds import plan_of
from anbu.calling.residents.phones import BadNumber, normalise
from anbu.store.campaigns import LIVE, Attempt, Campaign
from anbu.store.models import Call, Resident

log = structlog.get_logger()
RECENT = timedelta(days=3)  # a missed call of this age is still why they call
STILL_TALKING = timedelta(minutes=30)


def incoming(db: Session, number: str | None, sid: str, now: datetime) -> Call:
    """The call of somebody who calls us; one for each `sid`. A resident's pending call becomes this one."""
    call = db.scalars(select(Call).filter_by(twilio_sid=sid)).first()
    if call is not None:
        return call
    resident = _who(db, number)
    pending = _pending(db, resident, now) if resident else None
    script = plan_of(pending.campaign).script if pending else resident.script if resident else "initial"
    call = record.open_call(db, resident, "inbound", script, now, sid)
    if pending is not None:
        _take_up(db, pending, call, now)
    return call


def missed_call(db: Session, call: Call) -> bool:
    """Whether the caller answers a call of ours: then they are told why they were called."""
    if call.direction != "inbound" or call.resident_id is None:
        return False
    if db.scalar(select(Attempt.id).filter_by(call_id=call.id)):
        return True
    since = call.created_at - RECENT
    ours = select(Call.id).filter_by(resident_id=call.resident_id, direction="outbound")
    return (
        db.scalar(ours.where(Call.created_at > since, Call.outcome.in_(("no_answer", "machine"))).limit(1)) is not None
    )


def put_back(db: Session, attempt: Attempt, now: datetime) -> None:
    """They hung up before anything was said: the call is still to be made."""
    attempt.state, attempt.worker, attempt.lease_until, attempt.call_id = "planned", None, None, None
    log.info("call-back came to nothing", attempt=attempt.id)


def _who(db: Session, number: str | None) -> Resident | None:
    try:
        return record.find_resident(db, normalise(number or ""))
    except BadNumber:
        return None


def _pending(db: Session, resident: Resident, now: datetime) -> Attempt | None:
    """What we want to call this resident for: due by now or already rung in this round. None while a call is live."""
    mine = select(Attempt).filter_by(resident_id=resident.id)
    if db.scalars(mine.where(Attempt.state.in_(LIVE)).limit(1)).first():
        return None
    query = (
        mine.join(Campaign, Campaign.id == Attempt.campaign_id)
        .filter(Attempt.state == "planned", Attempt.by.in_(("machine", "person")))
        .where(Campaign.state.in_(("running", "standing")), (Attempt.due_at <= now) | (Attempt.n > 1))
        .order_by(Attempt.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Attempt)
    )
    return db.scalars(query).first()


def _take_up(db: Session, attempt: Attempt, call: Call, now: datetime) -> None:
    attempt.call_id, attempt.state, attempt.reason = call.id, "answered", "called_back"
    attempt.dialled_at, attempt.lease_until = now, now + STILL_TALKING
    db.flush()
    log.info("call-back", attempt=attempt.id, call=call.id)
