"""The text before the call: written to the outbox with the mark on its attempt, then delivered at least once."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.calling.campaigns.plan import defaults
from anbu.calling.gateway import Gateway, Refused, Unclear
from anbu.calling.residents.standing import obstacle
from anbu.clock import SEOUL
from anbu.settings import settings
from anbu.store.campaigns import Attempt
from anbu.store.models import Outbox
from anbu.store.session import transaction

log = structlog.get_logger()
KIND = "text"
MANY = 100
MOST_TRIES = 5


def due_texts(now: datetime) -> int:
    """Write the texts whose time has come; → how many. A resident who must not be called gets none."""
    query = select(Attempt).where(Attempt.text_at <= now, Attempt.texted_at.is_(None)).limit(MANY)
    with transaction(exclusive=True) as db:
        rows = db.scalars(query.with_for_update(skip_locked=True, of=Attempt)).all()
        for attempt in rows:
            attempt.texted_at = now
            late = attempt.state != "planned" or attempt.not_after <= now
            if not late and attempt.campaign.state == "running" and obstacle(attempt.resident) is None:
                _write(db, attempt, now)
        return len(rows)


def _write(db: Session, attempt: Attempt, now: datetime) -> None:
    due = attempt.due_at.astimezone(SEOUL)
    body = defaults()["texts"]["before_call"].format(
        office=settings().office_name, number=settings().verify_number,
        when=f"{due.month}월 {due.day}일 {due:%H:%M}",
    )  # fmt: skip
    db.add(Outbox(dedupe_key=f"before:{attempt.id}", kind=KIND, recipient=attempt.resident.phone,
                  body={"text": body}, created_at=now))  # fmt: skip


def deliver_texts(gateway: Gateway) -> int:
    """Send the texts that wait in the outbox; → how many. One that may have gone out is not sent again."""
    with transaction() as db:
        waiting = list(db.scalars(select(Outbox.id).filter_by(kind=KIND, state="waiting").limit(MANY)))
    sent = 0
    for row_id in waiting:
        with transaction(exclusive=True) as db:
            query = select(Outbox).filter_by(id=row_id, state="waiting").with_for_update(skip_locked=True)
            row = db.scalars(query).first()
            if row is None:
                continue
            row.state, row.attempts = "sending", row.attempts + 1
            to, body, tries = row.recipient, row.body["text"], row.attempts
        state = _send(gateway, to, body, tries)
        with transaction() as db:
            db.get(Outbox, row_id).state = state
        sent += state == "sent"
    return sent


def _send(gateway: Gateway, to: str, body: str, tries: int) -> str:
    """→ the state the text is in now: sent, waiting (again), failed, or sending (not known)."""
    try:
        gateway.text(to, body)
        return "sent"
    except Unclear:
        return "sending"
    except Refused as error:
        log.warning("text not sent", code=error.code)
        return "failed" if error.permanent or tries >= MOST_TRIES else "waiting"
