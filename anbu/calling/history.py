"""What earlier calls say of a resident: missed tries and the last assessment. Queries only."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.calling.campaigns.retry import MISSED
from anbu.store.campaigns import Attempt
from anbu.store.models import AssessmentRow, Call


def missed_in_round(db: Session, attempt: Attempt, by: str) -> int:
    """How many tries of the attempt's round, by the machine or by a person, did not reach the resident."""
    query = (
        select(func.count())
        .select_from(Attempt)
        .filter_by(campaign_id=attempt.campaign_id, round=attempt.round, resident_id=attempt.resident_id, by=by)
        .where(Attempt.result.in_(MISSED))
    )
    return db.scalar(query)


def missed_before(db: Session, call: Call) -> int:
    """How many tries of this call's round were missed; 0 for a call of no campaign."""
    attempt = db.scalars(select(Attempt).filter_by(call_id=call.id)).first()
    return missed_in_round(db, attempt, "machine") if attempt else 0


def last_assessment(db: Session, resident_id: str, before: Call | None = None) -> AssessmentRow | None:
    """The newest assessment of a resident, of a call other than `before`."""
    query = (
        select(AssessmentRow)
        .join(Call, Call.id == AssessmentRow.call_id)
        .where(Call.resident_id == resident_id)
        .order_by(AssessmentRow.at.desc())
        .limit(1)
    )
    if before is not None:
        query = query.where(Call.id != before.id)
    return db.scalars(query).first()
