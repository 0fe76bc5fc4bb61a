"""Tables. Names, numbers and words of residents are `Sealed`; times are UTC and timezone-aware."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import relationship, validates

from anbu.store.aftercare import FollowUp, Referral
from anbu.store.audit import AuditEntry, AuditHead
from anbu.store.base import Base, Utc, new_id
from anbu.store.campaigns import Attempt, Bucket, Campaign, DoNotCall, Import, ImportRow, Round
from anbu.store.crypto import Sealed, SealedJson, fingerprint
from anbu.store.handovers import Handover, HandoverLeg, Redial
from anbu.store.people import Account, AccountTown, Duty, LoginSession, SavedView
from anbu.store.postal import PostalFinding
from anbu.store.reviews import Correction, DoubleCheck, Look, Review, Sample

__all__ = [
    "Account", "AccountTown", "AssessmentRow", "Attempt", "AuditEntry", "AuditHead", "Base", "Bucket", "Call",
    "Campaign", "Case", "Correction", "DoNotCall", "DoubleCheck", "Duty", "FollowUp", "Handover", "HandoverLeg",
    "Import", "ImportRow", "LoginSession", "Look", "Outbox", "PostalFinding", "ReadingRow", "Redial", "Referral",
    "Resident", "Review", "Round", "Sample", "SavedView", "SignalRow", "Turn", "Utc", "name_key", "new_id",
    "number_key",
]  # fmt: skip


def name_key(name: str) -> str:
    """By which a resident is found by the whole name, however it is spaced."""
    return fingerprint("name:" + "".join(name.split()))


def number_key(phone: str) -> str:
    """By which residents are found by the last four digits of their number."""
    return fingerprint("tail:" + "".join(c for c in phone if c.isdigit())[-4:])


class Resident(Base):
    __tablename__ = "residents"
    id = Column(String(32), primary_key=True, default=new_id)
    name = Column(Sealed, nullable=False)
    phone = Column(Sealed)
    phone_hash = Column(String(64), unique=True)
    name_hash = Column(String(64), index=True)
    tail_hash = Column(String(64), index=True)
    town = Column(String(40), index=True)  # 읍면동
    script = Column(String(40), nullable=False, default="initial")
    birth_year = Column(Integer)
    address = Column(Sealed)
    consent = Column(String(8), nullable=False, default="unknown")  # given | refused | unknown, to being called
    consent_basis = Column(String(80))
    preferred = Column(JSON, nullable=False, default=list)  # windows (anbu/calling/windows.py); [] any time
    flags = Column(JSON, nullable=False, default=list)  # 위기정보, in the office's words
    language = Column(String(10), nullable=False, default="ko")
    hard_of_hearing = Column(Boolean, nullable=False, default=False)
    note = Column(Sealed)  # on speech and hearing
    phone_state = Column(String(12), nullable=False, default="ok")  # ok | unassigned | wrong
    voice = Column(String(40))  # of data/voice/voices.yml; None: the office's
    opted_out_at = Column(Utc)
    erased_at = Column(Utc)  # on request: name, number and words are gone, the statistics stay
    created_at = Column(Utc, nullable=False)

    @validates("name")
    def _find_by_name(self, _key, name):
        self.name_hash = name_key(name)
        return name

    @validates("phone")
    def _find_by_number(self, _key, phone):
        self.tail_hash = number_key(phone) if phone else None
        return phone


class Call(Base):
    """One telephone call; `id` is Rasa's sender_id and the only name of the call outside the database."""

    __tablename__ = "calls"
    __table_args__ = (Index("ix_calls_town", "town", "closed_at"),)
    id = Column(String(32), primary_key=True, default=new_id)
    resident_id = Column(String(32), ForeignKey("residents.id"), index=True)
    town = Column(String(40))  # the resident's, as it was then
    direction = Column(String(8), nullable=False)  # outbound | inbound
    script = Column(String(40), nullable=False)
    twilio_sid = Column(String(64), unique=True)
    status = Column(String(16), nullable=False, default="planned")
    sequence = Column(Integer, nullable=False, default=-1)  # Twilio's SequenceNumber of `status`
    answered_by = Column(String(24))  # Twilio's word: human, machine_start, fax, unknown …
    created_at = Column(Utc, nullable=False)
    started_at = Column(Utc)
    last_heard_at = Column(Utc, index=True)
    ended_at = Column(Utc)
    closed_at = Column(Utc, index=True)
    outcome = Column(String(16))
    needs_person = Column(String(40))  # why a person must look, whatever the score: silence | error | asked | callback
    callback_at = Column(Utc)
    answered = Column(JSON, nullable=False, default=list)  # the topics that were asked
    words_expired_at = Column(Utc)  # what was said has been removed, by age or on request
    dialogue = Column(SealedJson)  # the dialogue's slots, so that a restarted engine can go on
    resident = relationship("Resident")
    turns = relationship("Turn", order_by="Turn.n", back_populates="call")


class Turn(Base):
    """One webhook exchange: what was heard (None on the opening and on silence) and what was said in reply."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("call_id", "n"),)
    id = Column(Integer, primary_key=True)
    call_id = Column(String(32), ForeignKey("calls.id"), nullable=False)
    n = Column(Integer, nullable=False)
    token = Column(String(64), index=True)  # fingerprint of Twilio's idempotency token
    topic = Column(String(40))  # the question this utterance answers
    heard = Column(Sealed)
    digits = Column(String(8))
    confidence = Column(Float)
    act = Column(String(20))
    said = Column(SealedJson)  # the lines of the reply
    next_topic = Column(String(40))  # the question the reply ends with
    reply = Column(Sealed)  # the TwiML, replayed when Twilio asks again
    at = Column(Utc, nullable=False)
    ms = Column(Float)
    call = relationship("Call", back_populates="turns")


class SignalRow(Base):
    """A danger signal heard in a turn. `state`: raised | pending (a confirming question is open) | denied."""

    __tablename__ = "signals"
    id = Column(Integer, primary_key=True)
    call_id = Column(String(32), ForeignKey("calls.id"), nullable=False, index=True)
    turn_id = Column(Integer, ForeignKey("turns.id"))
    code = Column(String(40), nullable=False)
    quote = Column(Sealed)
    start = Column(Integer)
    end = Column(Integer)
    confirm = Column(Boolean, nullable=False, default=False)
    state = Column(String(10), nullable=False, default="raised")
    source = Column(String(80), nullable=False)
    at = Column(Utc, nullable=False)


class ReadingRow(Base):
    """A factor level read from a turn. `asked`: it answers the question that was asked."""

    __tablename__ = "readings"
    id = Column(Integer, primary_key=True)
    call_id = Column(String(32), ForeignKey("calls.id"), nullable=False, index=True)
    turn_id = Column(Integer, ForeignKey("turns.id"))
    factor = Column(String(40), nullable=False)
    level = Column(Integer, nullable=False)
    quote = Column(Sealed)
    start = Column(Integer)
    end = Column(Integer)
    asked = Column(Boolean, nullable=False, default=False)
    corrects = Column(Boolean, nullable=False, default=False)
    source = Column(String(80), nullable=False)
    confidence = Column(Float)
    model = Column(String(40), nullable=False)
    at = Column(Utc, nullable=False)


class AssessmentRow(Base):
    """The one assessment of a call."""

    __tablename__ = "assessments"
    call_id = Column(String(32), ForeignKey("calls.id"), primary_key=True)
    rubric_version = Column(String(20), nullable=False)
    levels = Column(JSON, nullable=False)
    points = Column(Integer, nullable=False)
    band = Column(String(10), nullable=False)
    coverage = Column(Float, nullable=False)
    priority = Column(String(2), nullable=False)
    reasons = Column(JSON, nullable=False)
    at = Column(Utc, nullable=False)


class Case(Base):
    """What a person must look at; one for a call. Opened by a signal or by the assessment.

    `state`: open (waits for a decision) | checking (waits for the double check) | closed. `version` grows with every
    change, so that a stale form is recognised. `due_at` is the deadline that runs now: of the acknowledgement until
    the case is taken, then of the decision.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_queue", "state", "priority", "due_at", "id"),
        Index("ix_cases_town_queue", "town", "state", "priority", "due_at", "id"),
        Index("ix_cases_holder_queue", "holder_id", "state", "priority", "due_at", "id"),
        Index("ix_cases_due", "state", "due_at"),
        Index("ix_cases_town_opened", "town", "opened_at"),
    )
    id = Column(String(32), primary_key=True, default=new_id)
    call_id = Column(String(32), ForeignKey("calls.id"), unique=True, nullable=False)
    resident_id = Column(String(32), ForeignKey("residents.id"), index=True)
    town = Column(String(40))
    priority = Column(String(2), nullable=False, index=True)
    state = Column(String(12), nullable=False, default="open")
    reasons = Column(JSON, nullable=False, default=list)
    opened_at = Column(Utc, nullable=False, index=True)
    acknowledge_by = Column(Utc, nullable=False, index=True)
    acknowledged_at = Column(Utc)
    holder_id = Column(String(32), ForeignKey("accounts.id"))
    taken_at = Column(Utc)
    decide_by = Column(Utc)
    decided_at = Column(Utc)
    closed_at = Column(Utc)
    due_at = Column(Utc, nullable=False)
    escalated = Column(Integer, nullable=False, default=0)  # how many on the rota have been paged in turn
    version = Column(Integer, nullable=False, default=1)
    changed_at = Column(Utc, nullable=False, index=True)
    call = relationship("Call")
    resident = relationship("Resident")
    holder = relationship("Account")


class Outbox(Base):
    """A message that must leave, written in the transaction of what caused it; delivered at least once."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "state", "next_try_at"),)
    id = Column(Integer, primary_key=True)
    dedupe_key = Column(String(80), unique=True, nullable=False)
    kind = Column(String(20), nullable=False)  # page
    channel = Column(String(10))  # sms | mail | webhook; None: nothing but the record
    account_id = Column(String(32), ForeignKey("accounts.id"))  # who is paged
    recipient = Column(Sealed, nullable=False)
    case_id = Column(String(32), ForeignKey("cases.id"), index=True)
    body = Column(SealedJson, nullable=False)
    state = Column(String(10), nullable=False, default="waiting")  # waiting | sent | failing | given_up
    attempts = Column(Integer, nullable=False, default=0)
    next_try_at = Column(Utc)
    sent_at = Column(Utc)
    error = Column(String(200))  # what went wrong last, without personal data
    created_at = Column(Utc, nullable=False)
