"""The end of a call: exactly one assessment, whatever ended it. The sweeper closes calls that nobody closed."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anbu.assessment.scoring import Assessment, assess
from anbu.assessment.vocabulary import vocabulary
from anbu.calling.history import missed_before
from anbu.calling.record import levels_of, raise_signal
from anbu.calling.scripts import scripts
from anbu.casework.cases import PERSON_KO, settle_case
from anbu.casework.sampling import draw
from anbu.language.types import Signal
from anbu.store.models import AssessmentRow, Call, Handover, ReadingRow, SignalRow, Turn
from anbu.store.session import transaction

log = structlog.get_logger()


def standing_signals(db: Session, call: Call) -> list[SignalRow]:
    """Signals that count: raised, or pending with no answer to the confirming question."""
    rows = db.scalars(select(SignalRow).filter_by(call_id=call.id).order_by(SignalRow.id)).all()
    return [s for s in rows if s.state != "denied"]


def score(db: Session, call: Call) -> Assessment:
    """The assessment the call's stored readings and signals come to. Pure in what is stored."""
    readings = db.scalars(select(ReadingRow).filter_by(call_id=call.id).order_by(ReadingRow.id)).all()
    levels = {factor: row.level for factor, row in levels_of(readings).items()}
    pattern = _call_pattern(db, call)
    if pattern is not None:
        levels["call_pattern"] = pattern
    asked = scripts()[call.script].factors if call.script in scripts() else None
    codes = [s.code for s in standing_signals(db, call)]
    return assess(levels, codes, asked=asked, person=PERSON_KO.get(call.needs_person))


def close_call(db: Session, call: Call, outcome: str, now: datetime) -> AssessmentRow:
    """Assess a call and settle its case. A second close changes nothing and returns the first assessment."""
    stored = db.get(AssessmentRow, call.id)
    if stored is not None:
        return stored
    _line_lost(db, call, outcome, now)
    result = score(db, call)
    row = AssessmentRow(
        call_id=call.id, rubric_version=result.rubric_version, levels=result.levels, points=result.points,
        band=result.band, coverage=result.coverage, priority=result.priority, reasons=result.reasons, at=now,
    )  # fmt: skip
    db.add(row)
    call.outcome, call.closed_at = outcome, now
    call.ended_at = call.ended_at or now
    call.dialogue = None
    db.flush()
    settle_case(db, call, result.priority, result.reasons, now)
    draw(db, call, row, now)
    log.info("call closed", call=call.id, outcome=outcome, priority=result.priority, band=result.band)
    return row


def sweep(now: datetime, stale_after_s: float) -> list[str]:
    """Close calls that were heard of but have been still for `stale_after_s` seconds, each on its own; → their ids."""
    edge = now - timedelta(seconds=stale_after_s)
    query = select(Call.id).where(
        Call.closed_at.is_(None),
        Call.started_at.isnot(None),
        or_(Call.last_heard_at < edge, Call.last_heard_at.is_(None) & (Call.started_at < edge)),
        Call.id.notin_(select(Handover.call_id).where(Handover.state != "ended")),  # they talk to a person
    )
    with transaction() as db:
        stale = list(db.scalars(query))
    closed = []
    for call_id in stale:
        try:
            with transaction() as db:
                close_call(db, db.get(Call, call_id), "hung_up", now)
            closed.append(call_id)
        except Exception as error:  # one call that cannot be assessed must not hold up the others
            log.error("not swept", call=call_id, error=type(error).__name__)
    if closed:
        log.warning("swept", calls=closed)
    return closed


def rescore(db: Session, call: Call) -> tuple[AssessmentRow, Assessment]:
    """The stored assessment beside one recomputed from the stored readings; nothing is changed."""
    return db.get(AssessmentRow, call.id), score(db, call)


def _line_lost(db: Session, call: Call, outcome: str, now: datetime) -> None:
    """A P0 signal and then a dropped line or silence is a danger of its own."""
    lost = outcome == "hung_up" or (outcome == "callback" and call.needs_person == "silence")
    if lost and any(vocabulary().signals[s.code].priority == "P0" for s in standing_signals(db, call)):
        raise_signal(db, call, None, Signal("line_lost", "", 0, 0, False, "rule:line_lost"), now)


def close_unanswered(call: Call, outcome: str, now: datetime) -> None:
    """End a call that no person answered (no_answer, machine): it says nothing of the resident, so nothing is assessed.

    The dispatcher decides what follows; when every try was missed, it closes the last call as unreachable.
    """
    call.outcome, call.closed_at = outcome, now
    call.ended_at = call.ended_at or now
    call.dialogue = None
    log.info("call not answered", call=call.id, outcome=outcome)


def _call_pattern(db: Session, call: Call) -> int | None:
    """3 when nobody could be reached, 2 when most of the call was silence, else the tries missed before it (0-2).

    None while nothing was exchanged.
    """
    if any(s.code == "unreachable" for s in standing_signals(db, call)):
        return 3
    turns = [t for t in db.scalars(select(Turn).filter_by(call_id=call.id)) if t.topic]
    if not turns:
        return None
    silent = sum(t.heard is None and t.digits is None for t in turns)
    return 2 if silent * 2 > len(turns) else min(missed_before(db, call), 2)
