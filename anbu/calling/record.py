"""The record of a call: every utterance and its danger signals are written here before the dialogue sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer

from anbu.assessment.vocabulary import vocabulary
from anbu.casework.cases import raise_case
from anbu.errors import NotFound
from anbu.language.types import Signal
from anbu.store.crypto import fingerprint
from anbu.store.models import Call, ReadingRow, Resident, SignalRow, Turn, new_id


def add_resident(db: Session, name: str, phone: str | None, now: datetime, script: str = "initial") -> Resident:
    """A resident, found again by the keyed hash of the number (E.164) when there is one."""
    key = fingerprint(phone) if phone else None
    known = db.scalars(select(Resident).filter_by(phone_hash=key)).first() if key else None
    if known:
        return known
    resident = Resident(id=new_id(), name=name, phone=phone, phone_hash=key, script=script, created_at=now)
    db.add(resident)
    db.flush()
    return resident


def find_resident(db: Session, phone: str) -> Resident | None:
    """Who has this number (E.164), or None."""
    return db.scalars(select(Resident).filter_by(phone_hash=fingerprint(phone))).first()


def open_call(
    db: Session, resident: Resident | None, direction: str, script: str, now: datetime, sid: str | None = None
) -> Call:
    """A new call, not yet answered."""
    call = Call(
        id=new_id(), resident_id=resident.id if resident else None, town=resident.town if resident else None,
        direction=direction, script=script, twilio_sid=sid, status="planned", sequence=-1, created_at=now,
        answered=[],
    )  # fmt: skip
    db.add(call)
    db.flush()
    return call


def find_call(db: Session, call_id: str) -> Call:
    """The call of that id. Raises NotFound."""
    call = db.get(Call, call_id)
    if call is None:
        raise NotFound(f"call {call_id!r} is not known")
    return call


def find_turn(db: Session, call: Call, n: int, token: str | None) -> Turn | None:
    """The turn already recorded under Twilio's idempotency token or, failing that, under this number."""
    key = fingerprint(token) if token else None
    same = or_(Turn.n == n, Turn.token == key) if key else Turn.n == n
    found = db.scalars(select(Turn).where(Turn.call_id == call.id, same)).all()
    return next((turn for turn in found if key and turn.token == key), next(iter(found), None))


def last_turns(db: Session, call: Call, most: int, *, below: int) -> Sequence[Turn]:
    """The last few turns with numbers below `below`, latest first; the words heard are fetched only when asked for."""
    query = select(Turn).where(Turn.call_id == call.id, Turn.n < below).order_by(Turn.n.desc()).limit(most)
    return db.scalars(query.options(defer(Turn.heard), defer(Turn.reply))).all()


def hear(
    db: Session,
    call: Call,
    n: int,
    now: datetime,
    *,
    topic: str | None = None,
    heard: str | None = None,
    digits: str | None = None,
    confidence: float | None = None,
    token: str | None = None,
    signals: Iterable[Signal] = (),
) -> Turn:
    """Write an utterance with its danger signals and open or raise the case, all in the caller's transaction."""
    turn = Turn(
        call_id=call.id, n=n, topic=topic, heard=heard, digits=digits, confidence=confidence,
        token=fingerprint(token) if token else None, at=now,
    )  # fmt: skip
    db.add(turn)
    call.last_heard_at = now
    if topic and topic not in call.answered:
        call.answered = [*call.answered, topic]
    db.flush()
    for signal in signals:
        raise_signal(db, call, turn, signal, now)
    return turn


def raise_signal(db: Session, call: Call, turn: Turn | None, signal: Signal, now: datetime) -> SignalRow:
    """Add a signal to the call unless the same turn has it already, and open or raise the case."""
    same = db.scalars(select(SignalRow).filter_by(call_id=call.id, code=signal.code)).all()
    row = next((s for s in same if turn is not None and s.turn_id == turn.id), None)
    if row is None:
        row = SignalRow(
            call_id=call.id, turn_id=turn.id if turn else None, code=signal.code, quote=signal.quote,
            start=signal.start, end=signal.end, confirm=signal.confirm, source=signal.source, at=now,
            state="pending" if signal.confirm else "raised",
        )  # fmt: skip
        db.add(row)
    elif not signal.confirm:
        row.confirm, row.state = False, "raised"
    db.flush()
    kind = vocabulary().signals[signal.code]
    if row.state == "pending":  # nobody is paged for a figure of speech; unanswered, it counts in full at the end
        raise_case(db, call, max(kind.priority, "P1"), [f"위험신호: {kind.ko} (확인 중)"], now)
    else:
        raise_case(db, call, kind.priority, [f"위험신호: {kind.ko}"], now)
    return row


def resolve_pending(db: Session, call: Call, code: str, confirmed: bool, now: datetime) -> None:
    """The resident answered the confirming question about `code`: every pending signal of it is raised or denied."""
    for row in db.scalars(select(SignalRow).filter_by(call_id=call.id, code=code, state="pending")):
        row.state = "raised" if confirmed else "denied"
        if confirmed:
            kind = vocabulary().signals[code]
            raise_case(db, call, kind.priority, [f"위험신호: {kind.ko}"], now)


def note_understanding(db: Session, call: Call, turn: Turn, understood: Mapping, model: str, now: datetime) -> None:
    """Write what was read from the turn: act, factor levels, and signals beyond those of the screen."""
    turn.act = understood["act"]
    for factor, r in understood["factors"].items():
        if factor not in vocabulary().factors:
            continue
        db.add(
            ReadingRow(
                call_id=call.id, turn_id=turn.id, factor=factor, level=r["level"], quote=r["quote"],
                start=r.get("start"), end=r.get("end"), asked=factor == turn.topic,
                corrects=understood["act"] == "correct", source=r.get("source", "model"),
                confidence=r.get("confidence"), model=model, at=now,
            )
        )  # fmt: skip
    for s in understood["signals"]:
        signal = Signal(s["code"], s["quote"], s["start"], s["end"], s["confirm"], s.get("source", "model"))
        raise_signal(db, call, turn, signal, now)
    db.flush()


def levels_of(readings: Iterable[ReadingRow]) -> dict[str, ReadingRow]:
    """The reading that stands for each factor.

    A correction replaces what was said before; an answer to the question replaces what was volunteered unless it is
    lower than a volunteered 2 or 3 (a short "괜찮아요" does not take back a clear account); otherwise the higher
    stands. For self_harm the highest always stands: a "no" never clears anyone.
    """
    standing: dict[str, ReadingRow] = {}
    for row in readings:
        before = standing.get(row.factor)
        if before is None or row.level >= before.level:
            standing[row.factor] = row
        elif row.factor == "self_harm":
            continue
        elif row.corrects or (row.asked and (before.asked or before.level < 2)):
            standing[row.factor] = row
    return standing


def load_dialogue(db: Session, call_id: str) -> dict | None:
    """The dialogue's state as last saved, or None."""
    call = db.get(Call, call_id)
    return call.dialogue if call is not None else None
