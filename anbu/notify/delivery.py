"""Draining the outbox: each message is claimed, sent and its result recorded; failures are tried again, ever later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from anbu.assessment.deadlines import Retries
from anbu.assessment.vocabulary import vocabulary
from anbu.notify.senders import Message, NotSent, Sender
from anbu.settings import settings
from anbu.store.models import Outbox
from anbu.store.session import transaction

log = structlog.get_logger()
LEASE = timedelta(minutes=2)  # a claimed message is tried again after this, should its sender have died
OPEN = ("waiting", "failing")
WHY_KO = {"handover_failed": "전화 연결을 받지 않음", "decide": "처리 기한이 지남"}


def deliver_due(senders: Mapping[str, Sender], retries: Retries, now: datetime, limit: int = 50) -> int:
    """Send what is due; → how many left. Delivery is at least once: a crash after sending sends again."""
    with transaction() as db:
        due = select(Outbox.id).where(
            Outbox.state.in_(OPEN), Outbox.channel.isnot(None), Outbox.next_try_at.isnot(None),
            Outbox.next_try_at <= now,
        )  # fmt: skip
        ids = list(db.scalars(due.order_by(Outbox.next_try_at, Outbox.id).limit(limit)))
    return sum(_deliver(row_id, senders, retries, now) for row_id in ids)


def _deliver(row_id: int, senders: Mapping[str, Sender], retries: Retries, now: datetime) -> bool:
    with transaction() as db:
        mine = update(Outbox).where(Outbox.id == row_id, Outbox.state.in_(OPEN), Outbox.next_try_at <= now)
        claimed = db.execute(
            mine.values(next_try_at=now + LEASE, attempts=Outbox.attempts + 1).execution_options(
                synchronize_session=False
            )
        )
        if claimed.rowcount != 1:  # another process has it
            return False
        row = db.get(Outbox, row_id)
        message, channel, attempts, created = as_message(row), row.channel, row.attempts, row.created_at
    try:
        if channel not in senders:
            raise NotSent(f"{channel} 설정이 없습니다")
        senders[channel].send(message)
        values = {"state": "sent", "sent_at": now, "next_try_at": None, "error": None}
    except NotSent as failure:
        hopeless = failure.permanent or (now - created).total_seconds() >= retries.give_up_after_s
        values = {
            "state": "given_up" if hopeless else "failing", "error": str(failure)[:200],
            "next_try_at": None if hopeless else now + timedelta(seconds=retries.wait_s(attempts)),
        }  # fmt: skip
        log.warning("page not sent", outbox=row_id, channel=channel, attempts=attempts, state=values["state"])
    with transaction() as db:
        same = update(Outbox).where(Outbox.id == row_id).execution_options(synchronize_session=False)
        db.execute(same.values(**values))
    return values["state"] == "sent"


def as_message(row: Outbox) -> Message:
    """The words of a page. Nothing of the resident: who it is and what was said is behind the sign-in."""
    body = row.body
    kind = vocabulary().priorities[body["priority"]]
    what = WHY_KO.get(body["why"].split(":")[0], "확인을 기다림")
    where = f"{settings().console_url}/cases/{body['case']}"
    headline = f"[안부] {kind.ko}({kind.code}) 사례: {what}"
    text = f"{headline}\n지금 열어 주세요: {where}"
    data = {"case": body["case"], "priority": kind.code, "why": body["why"], "url": where}
    return Message(row.dedupe_key, row.recipient, headline, text, data)
