"""Twilio's status callbacks: at least once and in any order, so a monotone state machine."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from anbu.calling.closing import close_call
from anbu.calling.record import find_call

# A call only moves to the right; the terminal states are equal and the first one stands.
ORDER = {
    "planned": 0, "queued": 1, "initiated": 2, "ringing": 3, "in-progress": 4, "answered": 4,
    "completed": 5, "busy": 5, "no-answer": 5, "failed": 5, "canceled": 5,
}  # fmt: skip
TERMINAL = {name for name, rank in ORDER.items() if rank == 5}


def apply_status(db: Session, call_id: str, status: str, sequence: int | None, now: datetime) -> bool:
    """Move the call on if this report is news; → whether it was. Raises NotFound, ValueError on an unknown status."""
    if status not in ORDER:
        raise ValueError("CallStatus is not one Twilio sends")
    call = find_call(db, call_id)
    if ORDER[status] <= ORDER.get(call.status, 0):
        return False
    call.status = status
    call.sequence = max(call.sequence, sequence if sequence is not None else -1)
    if status in TERMINAL:
        call.ended_at = call.ended_at or now
        if call.closed_at is None:  # the line ended before the conversation did
            close_call(db, call, "hung_up", now)
    return True
