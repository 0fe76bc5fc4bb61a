"""Words do not stay for ever: by age (settings), or at once when a resident asks. Numbers and codes stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from anbu import clock
from anbu.casework.audit import record
from anbu.casework.decide import reason_of
from anbu.errors import NotFound, Refused
from anbu.settings import settings
from anbu.store.models import (
    Account,
    Call,
    Case,
    Correction,
    DoubleCheck,
    FollowUp,
    ReadingRow,
    Referral,
    Resident,
    Review,
    Sample,
    SignalRow,
    Turn,
)
from anbu.store.session import transaction

ERASED_NAME = "지운 주민"
BATCH = 200


def expire_words(db: Session, now: datetime, limit: int = BATCH) -> int:
    """Remove what was said in calls older than the settings keep; → how many calls. Open cases keep their words."""
    edge = now - timedelta(days=settings().keep_words_days)
    query = (
        select(Call.id)
        .outerjoin(Case, Case.call_id == Call.id)
        .where(
            Call.words_expired_at.is_(None),
            Call.closed_at < edge,
            or_(Case.id.is_(None), and_(Case.state == "closed", Case.closed_at < edge)),
        )
        .order_by(Call.closed_at)
        .limit(limit)
    )
    calls = list(db.scalars(query))
    if calls:
        _remove_words(db, calls, now)
        record(db, None, "words.expired", now, calls=len(calls), before=edge.isoformat())
    return len(calls)


def expire_all() -> int:
    """Expire until nothing is left to expire, a batch in each transaction; → how many calls."""
    total = 0
    while True:
        with transaction() as db:
            expired = expire_words(db, clock.now())
        total += expired
        if expired < BATCH:
            return total


def erase_resident(db: Session, resident_id: str, by: Account | None, reason: str, now: datetime) -> Resident:
    """Remove a resident's identity and words; statistics and the audit log stay. Raises Refused while a case is open.

    What a person wrote about them goes too. The number is forgotten, so that a later call starts anew.
    """
    resident = db.get(Resident, resident_id)
    if resident is None:
        raise NotFound("그런 주민이 없어요.")
    if resident.erased_at is not None:
        raise Refused("이미 지운 분이에요.")
    reason = reason_of(reason)
    open_case = select(Case.id).where(Case.resident_id == resident_id, Case.state != "closed").limit(1)
    if db.scalars(open_case).first():
        raise Refused("아직 끝나지 않은 사례가 있어요. 사례를 마친 뒤에 지울 수 있어요.")
    calls = list(db.scalars(select(Call.id).filter_by(resident_id=resident_id)))
    _remove_words(db, calls, now)
    resident.name, resident.phone, resident.phone_hash = ERASED_NAME, None, None
    resident.name_hash = None
    resident.opted_out_at = resident.opted_out_at or now
    resident.erased_at = now
    record(db, by, "resident.erased", now, "resident", resident_id, calls=len(calls))
    return resident


def _remove_words(db: Session, calls: list[str], now: datetime) -> None:
    def change(table, criterion, **values):
        db.execute(update(table).where(criterion).values(**values).execution_options(synchronize_session=False))

    change(Turn, Turn.call_id.in_(calls), heard=None, said=None, reply=None, digits=None)
    change(SignalRow, SignalRow.call_id.in_(calls), quote=None, start=None, end=None)
    change(ReadingRow, ReadingRow.call_id.in_(calls), quote=None, start=None, end=None)
    change(Sample, Sample.call_id.in_(calls), reason=None)
    change(Call, Call.id.in_(calls), words_expired_at=now, dialogue=None)
    cases = select(Case.id).where(Case.call_id.in_(calls))
    reviews = select(Review.id).where(Review.call_id.in_(calls))
    change(Review, Review.call_id.in_(calls), reason=None, note=None)
    change(DoubleCheck, DoubleCheck.review_id.in_(reviews), reason=None)
    change(Correction, Correction.case_id.in_(cases), quote=None, reason=None)
    change(FollowUp, FollowUp.case_id.in_(cases), note=None, result=None)
    change(Referral, Referral.case_id.in_(cases), note=None, result=None)
    db.expire_all()
