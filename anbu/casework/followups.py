"""What is due: follow-ups of decisions and referrals until a person confirms that help arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from anbu.casework.audit import record
from anbu.casework.decide import reason_of
from anbu.casework.roles import in_towns
from anbu.errors import NotFound, Refused
from anbu.store.models import Account, FollowUp, Referral

PAGE = 100
REFERRAL_STATES = ("accepted", "helped", "refused", "failed")
ENDED = ("helped", "refused", "failed")


def due(db: Session, account: Account, limit: int = PAGE) -> list[FollowUp]:
    """Planned follow-ups in the account's towns, the earliest first."""
    query = select(FollowUp).where(FollowUp.state == "planned", in_towns(account, FollowUp.town))
    query = query.order_by(FollowUp.due_at, FollowUp.id).limit(limit)
    return list(db.scalars(query.options(selectinload(FollowUp.resident), selectinload(FollowUp.account))))


def running(db: Session, account: Account, limit: int = PAGE) -> list[Referral]:
    """Referrals nobody has confirmed the end of, the earliest due first."""
    query = select(Referral).where(Referral.state.in_(("asked", "accepted")), in_towns(account, Referral.town))
    query = query.order_by(Referral.due_at, Referral.id).limit(limit)
    return list(db.scalars(query.options(selectinload(Referral.resident))))


def close_follow_up(
    db: Session, account: Account, follow_up_id: int, state: str, result: str, now: datetime
) -> FollowUp:
    """Done or cancelled, with what came of it. Raises Refused or NotFound."""
    row = db.scalars(select(FollowUp).where(FollowUp.id == follow_up_id, in_towns(account, FollowUp.town))).first()
    if row is None:
        raise NotFound("그런 할 일이 없어요.")
    if row.state != "planned" or state not in ("done", "cancelled"):
        raise Refused("이미 마친 일이에요.")
    row.state, row.result, row.closed_at = state, reason_of(result, "어떻게 되었는지"), now
    record(db, account, "follow_up.closed", now, "case", row.case_id, follow_up=row.id, state=state)
    return row


def change_referral(
    db: Session, account: Account, referral_id: str, state: str, result: str, now: datetime
) -> Referral:
    """Move a referral on. Raises Refused or NotFound."""
    row = db.scalars(select(Referral).where(Referral.id == referral_id, in_towns(account, Referral.town))).first()
    if row is None:
        raise NotFound("그런 연계가 없어요.")
    if row.state in ENDED or state not in REFERRAL_STATES:
        raise Refused("이미 끝난 연계예요.")
    row.state, row.result = state, reason_of(result, "어떻게 되었는지")
    if state in ENDED:
        row.closed_at, row.closed_by = now, account.id
    record(db, account, "referral.changed", now, "case", row.case_id, referral=row.id, state=state)
    return row
