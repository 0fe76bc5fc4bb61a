"""The audit log: who saw or changed what and when. Appended in the transaction of what it tells of; see store/audit."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from anbu.store.crypto import chain_key
from anbu.store.models import Account, AuditEntry, AuditHead


def record(
    db: Session,
    actor: Account | None,
    action: str,
    now: datetime,
    subject: str | None = None,
    subject_id: str | None = None,
    **detail,
) -> AuditEntry:
    """Append an entry. Call it last in a transaction: writers queue here. `detail`: ids, codes and counts only."""
    db.flush()
    db.execute(update(AuditHead).values(n=AuditHead.n + 1).execution_options(synchronize_session=False))
    n, previous = db.execute(select(AuditHead.n, AuditHead.hash)).one()
    entry = AuditEntry(
        n=n, at=now, account_id=actor.id if actor else None, action=action, subject=subject, subject_id=subject_id,
        detail=detail, previous=previous,
    )  # fmt: skip
    entry.hash = _hash(entry)
    db.add(entry)
    db.execute(update(AuditHead).values(hash=entry.hash).execution_options(synchronize_session=False))
    db.flush()
    return entry


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many entries are sound, the last hash, and in Korean what is wrong (None: nothing)."""

    entries: int
    head: str
    problem: str | None


def verify(db: Session, expected: str | None = None, batch: int = 5000) -> Verdict:
    """Walk the whole chain. `expected`: a hash noted elsewhere earlier, which must still be in the log."""
    n, previous, seen = 0, "", expected in (None, "")
    while True:
        query = select(AuditEntry).where(AuditEntry.n > n).order_by(AuditEntry.n).limit(batch)
        rows = db.scalars(query.execution_options(populate_existing=True)).all()
        if not rows:
            break
        for row in rows:
            if row.n != n + 1:
                return Verdict(n, previous, f"{n + 1}번 기록이 없습니다 (지워졌습니다)")
            if row.previous != previous:
                return Verdict(
                    n, previous, f"{row.n}번 기록이 앞 기록과 이어지지 않습니다 (끼워 넣었거나 바꾸었습니다)"
                )
            if not hmac.compare_digest(row.hash, _hash(row)):
                return Verdict(n, previous, f"{row.n}번 기록의 내용이 바뀌었습니다")
            n, previous = row.n, row.hash
            seen = seen or row.hash == expected
        db.expunge_all()
    head_n, head_hash = db.execute(select(AuditHead.n, AuditHead.hash)).one()
    if (head_n, head_hash) != (n, previous):
        return Verdict(n, previous, f"끝에서 {head_n - n}건이 지워졌습니다 (마지막 번호는 {head_n}번이어야 합니다)")
    if not seen:
        return Verdict(n, previous, "적어 두신 확인값이 기록에 없습니다 (기록을 통째로 바꾸었을 수 있습니다)")
    return Verdict(n, previous, None)


def _hash(entry: AuditEntry) -> str:
    told = [
        entry.n, entry.at.astimezone(timezone.utc).isoformat(), entry.account_id, entry.action, entry.subject,
        entry.subject_id, entry.detail, entry.previous,
    ]  # fmt: skip
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(chain_key(), text.encode(), sha256).hexdigest()
