"""Twilio's status callbacks: at least once and in any order, so a monotone state machine."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from anbu.calling.closing import close_call, close_unanswered
from anbu.calling.record import find_call
from anbu.store.models import Call

# A call only moves to the right; the terminal states are equal and the first one stands.
ORDER = {
    "planned": 0, "queued": 1, "initiated": 2, "ringing": 3, "in-progress": 4, "answered": 4,
    "completed": 5, "busy": 5, "no-answer": 5, "failed": 5, "canceled": 5,
}  # fmt: skip
TERMINAL = {name for name, rank in ORDER.items() if rank == 5}
UNANSWERED = TERMINAL - {"completed"}
MACHINES = ("machine", "fax")  # how Twilio's words for a machine begin; `unknown` is treated as a person


def apply_status(
    db: Session, call_id: str, status: str, sequence: int | None, now: datetime, sid: str | None = None
) -> bool:
    """Move the call on if this report is news; → whether it was. Raises NotFound, ValueError on an unknown status."""
    if status not in ORDER:
        raise ValueError("CallStatus is not one Twilio sends")
    call = find_call(db, call_id)
    call.twilio_sid = call.twilio_sid or sid
    if ORDER[status] <= ORDER.get(call.status, 0):
        return False
    call.status = status
    call.sequence = max(call.sequence, sequence if sequence is not None else -1)
    if status in TERMINAL:
        call.ended_at = call.ended_at or now
        if call.closed_at is not None:
            return True
        if by_machine(call):
            close_unanswered(call, "machine", now)
        elif status in UNANSWERED and call.started_at is None:
            close_unanswered(call, "no_answer", now)
        else:  # the line ended before the conversation did
            close_call(db, call, "hung_up", now)
    return True


def note_answered_by(db: Session, call_id: str, answered_by: str, now: datetime) -> bool:
    """A person or a machine took the call; → whether it was a machine, to which nothing is said. Raises NotFound."""
    call = find_call(db, call_id)
    call.answered_by = answered_by[:24]
    if by_machine(call) and call.closed_at is None:
        close_unanswered(call, "machine", now)
    return by_machine(call)


def by_machine(call: Call) -> bool:
    return (call.answered_by or "").startswith(MACHINES)
