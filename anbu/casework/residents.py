"""A resident's record as an officer may see it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.casework.roles import in_towns
from anbu.errors import NotFound
from anbu.store.models import Account, AssessmentRow, Call, Case, Resident

LISTED = 50


def find_resident(db: Session, account: Account, resident_id: str) -> Resident:
    """Raises NotFound, also for a resident of another town."""
    query = select(Resident).where(Resident.id == resident_id, in_towns(account, Resident.town))
    resident = db.scalars(query).first()
    if resident is None:
        raise NotFound("그런 분이 없거나, 맡은 동의 주민이 아니에요.")
    return resident


def record_of(db: Session, resident: Resident) -> list[tuple[Call, AssessmentRow | None, Case | None]]:
    """The resident's calls, the last one first, with what they came to."""
    query = (
        select(Call, AssessmentRow, Case)
        .outerjoin(AssessmentRow, AssessmentRow.call_id == Call.id)
        .outerjoin(Case, Case.call_id == Call.id)
        .where(Call.resident_id == resident.id)
        .order_by(Call.created_at.desc())
        .limit(LISTED)
    )
    return [tuple(row) for row in db.execute(query)]
