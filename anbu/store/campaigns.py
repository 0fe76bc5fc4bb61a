"""Tables of campaigns: who is to be called when, each attempt at it, who must not be called, and lists taken in."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import relationship

from anbu.store.base import Base, Utc, new_id
from anbu.store.crypto import Sealed, SealedJson

LIVE = ("claimed", "dialing", "placed", "answered", "unknown")  # states in which a telephone may be ringing
_live = text("state IN ('claimed', 'dialing', 'placed', 'answered', 'unknown')")
_planned = text("state = 'planned'")


class Campaign(Base):
    """Calls to a list. `plan` is the checked form of what the office wrote (anbu/calling/campaigns/plan.py)."""

    __tablename__ = "campaigns"
    id = Column(String(32), primary_key=True, default=new_id)
    name = Column(String(80), nullable=False)
    state = Column(String(10), nullable=False, default="draft")  # draft | running | paused | stopped | finished
    urgent = Column(Boolean, nullable=False, default=False)
    plan = Column(JSON, nullable=False)
    served = Column(Float, nullable=False, default=0.0)  # fair share already had, in attempts by weight
    created_at = Column(Utc, nullable=False)
    started_at = Column(Utc)
    ended_at = Column(Utc)


class Round(Base):
    """One occurrence of a campaign; planned once, even if planning was interrupted."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("campaign_id", "date"),)
    id = Column(Integer, primary_key=True)
    campaign_id = Column(String(32), ForeignKey("campaigns.id"), nullable=False)
    date = Column(Date, nullable=False)
    planned_at = Column(Utc)  # None: planning is under way or was interrupted
    attempts = Column(Integer, nullable=False, default=0)


class Attempt(Base):
    """One try at reaching a resident in a round: by the machine, by a person, by a visit, by post.

    state: planned → claimed → dialing (committed before the request) → placed → answered → done; `unknown` when it is
    not known whether the request was taken. result, once done: reached | busy | no_answer | machine | failed |
    permanent | not_rung | cancelled. An attempt by the machine has the id of its call.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "round", "resident_id", "n"),
        # The database itself sees to it that a resident has at most one live call.
        Index("uq_attempts_live", "resident_id", unique=True, sqlite_where=_live, postgresql_where=_live),
        Index("ix_attempts_live", "state", "lease_until", sqlite_where=_live, postgresql_where=_live),
        # Planned attempts only, so that claiming stays flat however long the history grows.
        Index("ix_attempts_due", "campaign_id", "by", "rank", "due_at",
              sqlite_where=_planned, postgresql_where=_planned),
        Index("ix_attempts_window", "by", "not_after", sqlite_where=_planned, postgresql_where=_planned),
        Index("ix_attempts_text", "text_at", sqlite_where=text("text_at IS NOT NULL AND texted_at IS NULL"),
              postgresql_where=text("text_at IS NOT NULL AND texted_at IS NULL")),
        Index("ix_attempts_resident", "resident_id", "created_at"),
    )  # fmt: skip
    id = Column(String(32), primary_key=True, default=new_id)
    campaign_id = Column(String(32), ForeignKey("campaigns.id"), nullable=False)
    round = Column(Date, nullable=False)
    resident_id = Column(String(32), ForeignKey("residents.id"), nullable=False)
    n = Column(Integer, nullable=False)
    by = Column(String(8), nullable=False, default="machine")  # machine | person | visit | post
    rank = Column(Integer, nullable=False, default=5)  # smaller goes first: 0 promised call-backs … 9
    state = Column(String(8), nullable=False, default="planned")
    result = Column(String(10))
    reason = Column(String(40))  # a word or Twilio's error code
    due_at = Column(Utc, nullable=False)
    not_after = Column(Utc, nullable=False)  # the window's end; by a person: the deadline
    worker = Column(String(40))
    lease_until = Column(Utc)
    slot_at = Column(Utc)  # the moment the shared rate allows the request
    dialled_at = Column(Utc)
    twilio_sid = Column(String(64), unique=True)
    call_id = Column(String(32), ForeignKey("calls.id"), unique=True)
    text_at = Column(Utc)
    texted_at = Column(Utc)
    created_at = Column(Utc, nullable=False)
    done_at = Column(Utc)
    campaign = relationship("Campaign")
    resident = relationship("Resident")
    call = relationship("Call")


class Bucket(Base):
    """The rate all workers share: the next moment a request may go out."""

    __tablename__ = "buckets"
    name = Column(String(40), primary_key=True)  # "account", or a campaign's id
    next_free = Column(Utc)


class DoNotCall(Base):
    """A number that must not be called, whoever it belongs to and whatever list it is on again."""

    __tablename__ = "do_not_call"
    phone_hash = Column(String(64), primary_key=True)
    reason = Column(String(20), nullable=False)  # asked (in a call) | office | wrong_number
    at = Column(Utc, nullable=False)


class Import(Base):
    """A list that was taken in, and what became of each row that was not simply added."""

    __tablename__ = "imports"
    id = Column(String(32), primary_key=True, default=new_id)
    at = Column(Utc, nullable=False)
    file = Column(Sealed, nullable=False)
    rows = Column(Integer, nullable=False)
    added = Column(Integer, nullable=False)
    updated = Column(Integer, nullable=False)
    merged = Column(Integer, nullable=False)
    refused = Column(Integer, nullable=False)
    report = Column(SealedJson, nullable=False)  # [{"row", "column", "problem"}]


class ImportRow(Base):
    """Which residents a list named: a campaign may call just that list."""

    __tablename__ = "import_rows"
    import_id = Column(String(32), ForeignKey("imports.id"), primary_key=True)
    resident_id = Column(String(32), ForeignKey("residents.id"), primary_key=True)
