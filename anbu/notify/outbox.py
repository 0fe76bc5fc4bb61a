"""The outbox: messages written with their cause, delivered at least once by whoever drains it."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.settings import settings
from anbu.store.models import Case, Outbox

log = structlog.get_logger()


def page(db: Session, case: Case, why: str, now: datetime) -> Outbox:
    """Page the person on duty about a case, once for each `why`. Carries no words of the resident."""
    key = f"{case.id}:{why}"
    row = db.scalars(select(Outbox).filter_by(dedupe_key=key)).first()
    if row is None:
        recipient = settings().on_duty_number or settings().page_to
        body = {"case": case.id, "priority": case.priority, "why": why, "reasons": case.reasons}
        row = Outbox(dedupe_key=key, kind="page", recipient=recipient, case_id=case.id, body=body, created_at=now)
        db.add(row)
        db.flush()
        log.warning("page", case=case.id, priority=case.priority, why=why)
    return row
