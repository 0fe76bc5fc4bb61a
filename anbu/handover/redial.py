"""A line lost in danger is rung again, once; when nobody answers, people are paged."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anbu import clock
from anbu.assessment.vocabulary import vocabulary
from anbu.calling.closing import standing_signals
from anbu.calling.record import open_call
from anbu.handover.line import Line, LineError
from anbu.handover.machine import Order
from anbu.handover.script import handover_script
from anbu.notify.outbox import page
from anbu.store.models import Call, Case, Redial
from anbu.store.session import transaction

log = structlog.get_logger()


def after_loss(db: Session, call: Call, now: datetime) -> list[Order]:
    """Ring the resident again if the line was lost in danger and that is safe; page when it cannot be done."""
    if call.outcome != "hung_up":
        return []
    codes = {s.code for s in standing_signals(db, call)}
    known = db.scalars(select(Redial).where(or_(Redial.call_id == call.id, Redial.again_id == call.id))).first()
    if "line_lost" not in codes or known is not None:
        return []
    if codes & handover_script().no_redial_for or call.resident is None or not call.resident.phone:
        return missed(db, call.id, now)
    again = open_call(db, call.resident, "outbound", call.script, now)
    db.add(Redial(call_id=call.id, again_id=again.id, state="ringing", at=now))
    db.flush()
    log.warning("line lost in danger: ringing again", call=call.id, again=again.id)
    return [Order("call_again", again.id)]


def of(db: Session, again_id: str) -> Redial | None:
    """The redial that this call is."""
    return db.scalars(select(Redial).filter_by(again_id=again_id)).first()


def missed(db: Session, call_id: str, now: datetime) -> list[Order]:
    """Nobody could be reached again: page about the case of the lost call."""
    for case in db.scalars(select(Case).filter_by(call_id=call_id)):
        page(db, case, "line_lost", now)
    return []


def not_reached(db: Session, again_id: str, now: datetime) -> None:
    """The second call was not answered by anybody who spoke."""
    redial = of(db, again_id)
    if redial is not None and redial.state == "ringing":
        redial.state = "missed"
        missed(db, redial.call_id, now)


def in_danger(db: Session, call: Call) -> bool:
    """Whether a P0 signal of the call stands."""
    kinds = vocabulary().signals
    return any(kinds[s.code].priority == "P0" for s in standing_signals(db, call))


def call_again(again_id: str, line: Line | None, base: str) -> list[Order]:
    """Carry out the second call; a line that cannot is the same as nobody answering."""
    with transaction() as db:
        number = db.get(Call, again_id).resident.phone
    try:
        if line is None:
            raise LineError("no_account")
        url, status = f"{base}/again?call={again_id}", f"{base}/again/status?call={again_id}"
        sid = line.dial(number, url, status, handover_script().ring_s)
    except LineError as error:
        log.error("not rung again", call=again_id, code=error.code)
        with transaction() as db:
            not_reached(db, again_id, clock.now())
        return []
    with transaction() as db:
        db.get(Call, again_id).twilio_sid = sid
    return []
