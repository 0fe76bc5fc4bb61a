"""The outbox: messages written with their cause, delivered at least once by whoever drains it (see delivery)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.notify.duty import managers, on_duty
from anbu.settings import Settings, settings
from anbu.store.models import Account, Case, Outbox

log = structlog.get_logger()


def page(db: Session, case: Case, why: str, now: datetime, people: Sequence[Account] | None = None) -> list[Outbox]:
    """Page people about a case, once for each `why`; → the rows, the first of them keyed `<case>:<why>`.

    people: whom; None is the first on duty, and the managers when nobody is. Everyone is paged by each channel that is
    set up and that they have an address for. Where nothing is set up the page stays a record. Carries no name, number
    or words of the resident.
    """
    key = f"{case.id}:{why}"
    if known := db.scalars(select(Outbox).filter_by(dedupe_key=key)).first():
        return [known]
    if people is None:
        people = on_duty(db, case.town, now)[:1] or managers(db, case.town)
    body = {"case": case.id, "priority": case.priority, "why": why, "due": case.acknowledge_by.isoformat()}
    rows = [
        Outbox(
            dedupe_key=key if n == 1 else f"{key}:{n}", kind="page", channel=channel, recipient=recipient,
            account_id=account_id, case_id=case.id, body=body, next_try_at=now if channel else None, created_at=now,
            state="waiting", attempts=0,
        )
        for n, (channel, recipient, account_id) in enumerate(_targets(people, settings()), 1)
    ]  # fmt: skip
    db.add_all(rows)
    db.flush()
    log.warning("page", case=case.id, priority=case.priority, why=why, messages=len(rows))
    return rows


def _targets(people: Sequence[Account], given: Settings) -> list[tuple[str | None, str, str | None]]:
    """(channel, recipient, account id) for each message to send."""
    texts, mails = given.twilio_account_sid and given.phone_number, given.smtp_host and given.mail_from
    found: list[tuple[str | None, str, str | None]] = []
    for person in people:
        if texts and person.phone:
            found.append(("sms", person.phone, person.id))
        if mails and person.email:
            found.append(("mail", person.email, person.id))
    if not found and texts and given.on_duty_number:
        found.append(("sms", given.on_duty_number, None))
    if given.page_webhook_url:
        found.append(("webhook", "webhook", people[0].id if people else None))
    if not found:
        found.append((None, given.on_duty_number or given.page_to, people[0].id if people else None))
    return found
