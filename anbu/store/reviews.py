"""What people make of a call: first review, corrections, double check, blind second look, and what they opened."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import relationship

from anbu.store.base import Base, Utc, new_id
from anbu.store.crypto import Sealed


class Look(Base):
    """That an account opened something of a case: `what` is page | transcript."""

    __tablename__ = "looks"
    __table_args__ = (UniqueConstraint("case_id", "account_id", "what"),)
    id = Column(Integer, primary_key=True)
    case_id = Column(String(32), ForeignKey("cases.id"), nullable=False)
    account_id = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    what = Column(String(12), nullable=False)
    times = Column(Integer, nullable=False, default=1)
    first_at = Column(Utc, nullable=False)
    last_at = Column(Utc, nullable=False)


class Correction(Base):
    """A level or signal overturned by a person. `after` None: unknown (a level), not there (a signal).

    Levels are 0–3; a signal is 1 when it stands. Until the decision `review_id` is None. Corrections that lower count
    only once another person has confirmed them; those that raise count at once.
    """

    __tablename__ = "corrections"
    id = Column(Integer, primary_key=True)
    case_id = Column(String(32), ForeignKey("cases.id"), nullable=False, index=True)
    review_id = Column(String(32), ForeignKey("reviews.id"), index=True)
    account_id = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    kind = Column(String(8), nullable=False)  # factor | signal
    code = Column(String(40), nullable=False)
    before = Column(Integer)
    after = Column(Integer)
    lowers = Column(Boolean, nullable=False)
    quote = Column(Sealed)  # the resident's words it rests on
    reason = Column(Sealed)
    withdrawn_at = Column(Utc)
    at = Column(Utc, nullable=False)
    account = relationship("Account")


class Review(Base):
    """A decision on a case. `state`: waiting (for the double check) | final | returned | confirmed | overridden."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_case", "case_id", "at"),
        Index("ix_reviews_waiting", "state", "priority", "at"),
        Index("ix_reviews_town", "town", "at"),
        Index("ix_reviews_at", "at"),
    )
    id = Column(String(32), primary_key=True, default=new_id)
    case_id = Column(String(32), ForeignKey("cases.id"), nullable=False)
    call_id = Column(String(32), ForeignKey("calls.id"), nullable=False, index=True)
    town = Column(String(40))
    reviewer_id = Column(String(32), ForeignKey("accounts.id"), nullable=False, index=True)
    decision = Column(String(12), nullable=False)  # none | watch | call_back | visit | refer | emergency
    reason = Column(Sealed)
    note = Column(Sealed)
    rubric_version = Column(String(20), nullable=False)
    machine_priority = Column(String(2), nullable=False)
    machine_levels = Column(JSON, nullable=False)  # factor → 0–3 or None, as the machine had them
    machine_signals = Column(JSON, nullable=False)  # codes
    levels = Column(JSON, nullable=False)  # as the reviewer leaves them
    signals = Column(JSON, nullable=False)
    points = Column(Integer, nullable=False)
    band = Column(String(10), nullable=False)
    priority = Column(String(2), nullable=False)
    state = Column(String(12), nullable=False)
    needs_check = Column(Boolean, nullable=False)
    transcript_opened_at = Column(Utc, nullable=False)
    at = Column(Utc, nullable=False)
    reviewer = relationship("Account")
    case = relationship("Case")


class DoubleCheck(Base):
    """Another person's look at a decision. `verdict`: confirmed | returned | overridden."""

    __tablename__ = "double_checks"
    id = Column(Integer, primary_key=True)
    review_id = Column(String(32), ForeignKey("reviews.id"), unique=True, nullable=False)
    checker_id = Column(String(32), ForeignKey("accounts.id"), nullable=False, index=True)
    verdict = Column(String(12), nullable=False)
    decision = Column(String(12))  # when overridden
    priority = Column(String(2))  # when overridden
    levels = Column(JSON, nullable=False)  # as the checker holds them
    signals = Column(JSON, nullable=False)
    reason = Column(Sealed)
    transcript_opened_at = Column(Utc, nullable=False)
    at = Column(Utc, nullable=False, index=True)
    checker = relationship("Account")
    review = relationship("Review")


class Sample(Base):
    """A call judged 저위험 or 일반, drawn at random for a blind second look. `state`: waiting | scored."""

    __tablename__ = "samples"
    __table_args__ = (Index("ix_samples_waiting", "state", "drawn_at"),)
    id = Column(String(32), primary_key=True, default=new_id)
    call_id = Column(String(32), ForeignKey("calls.id"), unique=True, nullable=False)
    town = Column(String(40))
    share = Column(Float, nullable=False)  # the chance with which this call was drawn
    machine_priority = Column(String(2), nullable=False)
    machine_levels = Column(JSON, nullable=False)
    machine_signals = Column(JSON, nullable=False)
    state = Column(String(10), nullable=False, default="waiting")
    scorer_id = Column(String(32), ForeignKey("accounts.id"))
    levels = Column(JSON)
    signals = Column(JSON)
    points = Column(Integer)
    band = Column(String(10))
    priority = Column(String(2))
    missed = Column(Boolean)  # the person's priority is P0, P1 or P2 where the machine had P3
    reason = Column(Sealed)
    drawn_at = Column(Utc, nullable=False)
    scored_at = Column(Utc, index=True)
    scorer = relationship("Account")
    call = relationship("Call")
