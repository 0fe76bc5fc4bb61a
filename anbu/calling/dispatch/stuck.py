"""What does not move and why, for `anbu calls stuck`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.store.campaigns import Attempt, Campaign
from anbu.store.models import Call, Outbox

MANY = 200


@dataclass(frozen=True)
class Stuck:
    """Something that stands still: `id` of an attempt, campaign or text; since when; why, and what to do."""

    kind: str
    id: str
    since: datetime
    why: str


def stuck(db: Session, now: datetime) -> list[Stuck]:
    """Everything that should have moved by now, the oldest first."""
    found = []
    slow = now - timedelta(minutes=2)
    query = select(Attempt).where(Attempt.state.in_(("claimed", "dialing")), Attempt.lease_until < slow).limit(MANY)
    for a in db.scalars(query):
        found.append(Stuck("통화", a.id, a.lease_until, "맡은 작업자가 사라졌습니다. `anbu worker`를 켜세요"))
    query = select(Attempt).where(Attempt.state == "unknown", Attempt.dialled_at < slow).limit(MANY)
    for a in db.scalars(query):
        found.append(Stuck("통화", a.id, a.dialled_at, f"걸렸는지 모릅니다 ({a.reason}). 조회가 되면 저절로 풀립니다"))
    query = (
        select(Attempt)
        .join(Call, Call.id == Attempt.call_id)
        .where(Attempt.state == "placed", Attempt.dialled_at < now - timedelta(hours=1), Call.closed_at.is_(None))
    )
    for a in db.scalars(query.limit(MANY)):
        found.append(Stuck("통화", a.id, a.dialled_at, "한 시간 넘게 끝났다는 소식이 없습니다"))
    counted = (
        select(Attempt.campaign_id, func.count(), func.min(Attempt.due_at), func.max(Attempt.reason))
        .where(Attempt.by == "machine", Attempt.state == "planned", Attempt.due_at < now - timedelta(minutes=30))
        .group_by(Attempt.campaign_id)
    )
    for campaign_id, n, since, reason in db.execute(counted):
        campaign = db.get(Campaign, campaign_id)
        why = {"paused": "캠페인을 멈추어 두었습니다"}.get(
            campaign.state, "차례가 오지 않습니다: 걸 수 있는 수를 넘었습니다"
        )
        code = f" (마지막 오류 {reason})" if reason and reason.isdigit() else ""
        found.append(Stuck("캠페인", campaign.id, since, f"때가 지난 전화 {n}건. {why}{code}"))
    people = select(Attempt).filter_by(by="person", state="planned").where(Attempt.not_after < now).limit(MANY)
    for a in db.scalars(people):
        found.append(Stuck("담당자", a.id, a.not_after, "담당자가 걸 기한이 지났습니다"))
    for row in db.scalars(select(Outbox).where(Outbox.state.in_(("failed", "sending"))).limit(MANY)):
        found.append(Stuck("문자", str(row.id), row.created_at, f"보내지 못했습니다 ({row.attempts}번)"))
    return sorted(found, key=lambda s: s.since)
