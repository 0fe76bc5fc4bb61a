"""What follows a decision: referrals until help has arrived, and what is due to be done again."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String
from sqlalchemy.orm import relationship

from anbu.store.base import Base, Utc, new_id
from anbu.store.crypto import Sealed


class Referral(Base):
    """A resident passed on to a programme. `state`: asked | accepted | helped | refused | failed.

    `helped` means a person confirmed that help arrived; only that, `refused` and `failed` end a referral.
    """

    __tablename__ = "referrals"
    __table_args__ = (Index("ix_referrals_state", "state", "town", "due_at"),)
    id = Column(String(32), primary_key=True, default=new_id)
    case_id = Column(String(32), ForeignKey("cases.id"), nullable=False, index=True)
    resident_id = Column(String(32), ForeignKey("residents.id"), index=True)
    review_id = Column(String(32), ForeignKey("reviews.id"))
    town = Column(String(40))
    programme = Column(String(40), nullable=False)  # a key of programmes.yml
    state = Column(String(10), nullable=False, default="asked")
    note = Column(Sealed)
    result = Column(Sealed)
    created_by = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    created_at = Column(Utc, nullable=False)
    due_at = Column(Utc)
    closed_by = Column(String(32), ForeignKey("accounts.id"))
    closed_at = Column(Utc)
    case = relationship("Case")
    resident = relationship("Resident")


class FollowUp(Base):
    """What is to be done for a resident by a day. `kind`: call | visit | watch; `state`: planned | done | cancelled."""

    __tablename__ = "follow_ups"
    __table_args__ = (Index("ix_follow_ups_due", "state", "town", "due_at"),)
    id = Column(Integer, primary_key=True)
    case_id = Column(String(32), ForeignKey("cases.id"), nullable=False, index=True)
    resident_id = Column(String(32), ForeignKey("residents.id"), index=True)
    review_id = Column(String(32), ForeignKey("reviews.id"))
    account_id = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    town = Column(String(40))
    kind = Column(String(10), nullable=False)
    state = Column(String(10), nullable=False, default="planned")
    due_at = Column(Utc, nullable=False)
    note = Column(Sealed)
    result = Column(Sealed)
    created_at = Column(Utc, nullable=False)
    closed_at = Column(Utc)
    case = relationship("Case")
    resident = relationship("Resident")
    account = relationship("Account")
