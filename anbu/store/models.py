"""Tables. Names, numbers and words of residents are `Sealed`; times are UTC and timezone-aware."""

from __future__ import annotations

import uuid
from datetime import timezone

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import declarative_base, relationship
from sqlalchemy.types import TypeDecorator

from anbu.store.crypto import Sealed, SealedJson

Base = declarative_base()


def new_id() -> str:
    """An unguessable id that carries nothing about the person."""
    return uuid.uuid4().hex


class Utc(TypeDecorator):
    """A moment, stored as UTC; SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class Resident(Base):
    __tablename__ = "residents"
    id = Column(String(32), primary_key=True, default=new_id)
    name = Column(Sealed, nullable=False)
    phone = Column(Sealed)
    phone_hash = Column(String(64), unique=True)
    script = Column(String(40), nullable=False, default="initial")
    opted_out_at = Column(Utc)
    created_at = Column(Utc, nullable=False)


class Call(Base):
    """One telephone call; `id` is Rasa's sender_id and the only name of the call outside the database."""

    __tablename__ = "calls"
    id = Column(String(32), primary_key=True, default=new_id)
    resident_id = Column(String(32), ForeignKey("residents.id"), index=True)
    direction = Column(String(8), nullable=False)  # outbound | inbound
    script = Column(String(40), nullable=False)
    twilio_sid = Column(String(64), unique=True)
    status = Column(String(16), nullable=False, default="planned")
    sequence = Column(Integer, nullable=False, default=-1)  # Twilio's SequenceNumber of `status`
    created_at = Column(Utc, nullable=False)
    started_at = Column(Utc)
    last_heard_at = Column(Utc, index=True)
    ended_at = Column(Utc)
    closed_at = Column(Utc, index=True)
    outcome = Column(String(16))
    needs_person = Column(String(40))  # why a person must look, whatever the score: silence | error | asked | callback
    callback_at = Column(Utc)
    answered = Column(JSON, nullable=False, default=list)  # the topics that were asked
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
    """What a person must look at; one for a call. Opened by a signal or by the assessment."""

    __tablename__ = "cases"
    id = Column(String(32), primary_key=True, default=new_id)
    call_id = Column(String(32), ForeignKey("calls.id"), unique=True, nullable=False)
    resident_id = Column(String(32), ForeignKey("residents.id"), index=True)
    priority = Column(String(2), nullable=False, index=True)
    state = Column(String(12), nullable=False, default="open")
    reasons = Column(JSON, nullable=False, default=list)
    opened_at = Column(Utc, nullable=False)
    acknowledge_by = Column(Utc, nullable=False, index=True)
    call = relationship("Call")
    resident = relationship("Resident")


class Outbox(Base):
    """A message that must leave, written in the transaction of what caused it; delivered at least once."""

    __tablename__ = "outbox"
    id = Column(Integer, primary_key=True)
    dedupe_key = Column(String(80), unique=True, nullable=False)
    kind = Column(String(20), nullable=False)  # page
    recipient = Column(Sealed, nullable=False)
    case_id = Column(String(32), ForeignKey("cases.id"))
    body = Column(SealedJson, nullable=False)
    state = Column(String(10), nullable=False, default="waiting")
    attempts = Column(Integer, nullable=False, default=0)
    created_at = Column(Utc, nullable=False)
