"""Whether a resident may be called, and the ways that changes: asked not to, wrong number, no such number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.store.campaigns import Attempt, DoNotCall
from anbu.store.models import Resident

OPT_OUT, OFFICE, WRONG_NUMBER = "asked", "office", "wrong_number"
WHY_KO = {
    "no_number": "전화번호가 없음",
    "asked": "전화를 원하지 않음",
    "no_consent": "통화에 동의하지 않음",
    "unassigned": "없는 번호",
    "wrong_number": "다른 사람의 번호",
}


def obstacle(resident: Resident) -> str | None:
    """Why this resident must not be called (a key of WHY_KO), or None. `forbid` keeps it true for the number too."""
    if resident.opted_out_at is not None:
        return "asked"
    if resident.phone_state == "wrong":
        return "wrong_number"
    if resident.phone_state == "unassigned":
        return "unassigned"
    if resident.phone_hash is None:
        return "no_number"
    return "no_consent" if resident.consent == "refused" else None


def forbid(db: Session, resident: Resident, reason: str, now: datetime) -> None:
    """Never call this number again, on whatever list it comes back; planned calls are cancelled in this transaction."""
    if reason == WRONG_NUMBER:
        resident.phone_state = "wrong"
    else:
        resident.opted_out_at = resident.opted_out_at or now
    if resident.phone_hash and db.get(DoNotCall, resident.phone_hash) is None:
        db.add(DoNotCall(phone_hash=resident.phone_hash, reason=reason, at=now))
    cancel_planned(db, resident.id, reason, now)


def allow(db: Session, resident: Resident) -> None:
    """The resident wants to be called again."""
    resident.opted_out_at, resident.phone_state = None, "ok"
    if resident.consent == "refused":
        resident.consent = "unknown"
    forbidden = db.get(DoNotCall, resident.phone_hash) if resident.phone_hash else None
    if forbidden is not None:
        db.delete(forbidden)


def cancel_planned(db: Session, resident_id: str, reason: str, now: datetime) -> int:
    """Take back every call that is planned for the resident; → how many. Visits and post stay: nobody is forgotten."""
    planned = select(Attempt).filter_by(resident_id=resident_id, state="planned", by="machine")
    rows = db.scalars(planned).all()
    for row in rows:
        row.state, row.result, row.reason, row.done_at = "done", "cancelled", reason, now
    return len(rows)
