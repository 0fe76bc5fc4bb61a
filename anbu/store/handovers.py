"""Hand-overs: a resident waiting for a person, whose telephones rang for it, and calls rung again after a lost line."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String
from sqlalchemy.orm import relationship

from anbu.store.base import Base, Utc, new_id
from anbu.store.crypto import Sealed


class Handover(Base):
    """One hand-over of a call. State and transitions: anbu/handover/machine.py."""

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_open", "state", "changed_at"),)
    id = Column(String(32), primary_key=True, default=new_id)
    call_id = Column(String(32), ForeignKey("calls.id"), nullable=False, index=True)
    case_id = Column(String(32), ForeignKey("cases.id"), index=True)
    why = Column(String(8), nullable=False)  # danger | asked
    quiet = Column(Boolean, nullable=False, default=False)  # nothing is named aloud, only keys are asked for
    direct = Column(Boolean, nullable=False, default=False)  # the resident's own line dials; REST is not there
    state = Column(String(10), nullable=False)  # ringing | joining | talking | choosing | ended
    outcome = Column(String(14))  # spoke | nobody | resident_left
    round = Column(Integer, nullable=False, default=1)
    news = Column(String(10))  # next | dropped | line | wait: what the bot has to tell the resident
    told = Column(Integer, nullable=False, default=0)  # how often it told something, so that the words vary
    offered = Column(Boolean, nullable=False, default=False)
    untimed = Column(Boolean, nullable=False, default=False)  # the resident was put into the room without a limit
    end_n = Column(Integer)  # the turn that tells the resident how it ended
    spoke_with = Column(String(60))
    spoke_from = Column(Utc)
    spoke_to = Column(Utc)
    opened_at = Column(Utc, nullable=False)
    changed_at = Column(Utc, nullable=False)
    ended_at = Column(Utc)
    call = relationship("Call")
    case = relationship("Case")
    legs = relationship("HandoverLeg", order_by="HandoverLeg.n, HandoverLeg.made", back_populates="handover")


class HandoverLeg(Base):
    """One telephone that is rung for a hand-over."""

    __tablename__ = "handover_legs"
    id = Column(String(32), primary_key=True, default=new_id)
    handover_id = Column(String(32), ForeignKey("handovers.id"), nullable=False, index=True)
    n = Column(Integer, nullable=False)  # the order in which they are rung
    made = Column(Integer, nullable=False, default=0)
    role = Column(String(8), nullable=False)  # officer | manager | line
    label = Column(String(60), nullable=False)
    account_id = Column(String(32), ForeignKey("accounts.id"))
    number = Column(Sealed, nullable=False)
    sid = Column(String(64), unique=True)
    state = Column(String(10), nullable=False, default="planned")  # planned | dialing | answered | accepted | ended
    result = Column(
        String(12)
    )  # busy | no_answer | failed | error | no_key | declined | dropped | spoke | taken | gone
    dialed_at = Column(Utc)
    answered_at = Column(Utc)
    accepted_at = Column(Utc)
    ended_at = Column(Utc)
    handover = relationship("Handover", back_populates="legs")


class Redial(Base):
    """A call rung again because its line was lost in danger; once for each."""

    __tablename__ = "redials"
    call_id = Column(String(32), ForeignKey("calls.id"), primary_key=True)
    again_id = Column(String(32), ForeignKey("calls.id"), unique=True, nullable=False)
    state = Column(String(10), nullable=False)  # ringing | reached | missed
    at = Column(Utc, nullable=False)
