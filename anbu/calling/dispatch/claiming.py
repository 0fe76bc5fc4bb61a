"""Claiming: a worker takes due attempts under a lease, fairly between campaigns, within their concurrent calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from anbu.calling.campaigns.rounds import plan_of
from anbu.store.campaigns import LIVE, Attempt, Campaign
from anbu.store.session import transaction

CALLABLE = ("running", "standing")
RANKS = (0, 3, 4, 5)  # promised, retries, flagged, ordinary
URGENT_WEIGHT = 4  # an urgent campaign gets four calls for each one of another
CREDIT = 20  # attempts a campaign that had nothing to do may catch up on


def claim(worker: str, now: datetime, most: int, lease: timedelta) -> list[str]:
    """Take up to `most` due attempts; → their ids. Two workers never get the same one."""
    taken: list[str] = []
    with transaction() as db:
        waiting = db.execute(
            select(Campaign.id, Campaign.served).where(Campaign.state.in_(CALLABLE)).order_by(Campaign.served)
        ).all()
    while waiting and len(taken) < most:
        shares = dict(waiting)
        campaign_id = min(shares, key=shares.get)
        try:
            with transaction(exclusive=True) as db:
                got, served = _claim_from(db, campaign_id, worker, now, 1 if len(waiting) > 1 else most - len(taken),
                                          lease, max(shares.values()))  # fmt: skip
        except IntegrityError:  # another worker took a call of the same resident in this moment
            got, served = [], None
        taken += got
        waiting = [(c, served if c == campaign_id else s) for c, s in waiting if c != campaign_id or got]
    return taken


def _claim_from(
    db: Session, campaign_id: str, worker: str, now: datetime, most: int, lease: timedelta, furthest: float
) -> tuple[list[str], float]:
    """Claim from one campaign under its lock; → ids and its new share. Nothing while another worker is at it."""
    locked = select(Campaign).filter_by(id=campaign_id).with_for_update(skip_locked=True)
    campaign = db.scalars(locked.execution_options(populate_existing=True)).first()
    if campaign is None or campaign.state not in CALLABLE:
        return [], 0.0
    live = select(func.count()).select_from(Attempt).where(Attempt.state.in_(LIVE), Attempt.campaign_id == campaign_id)
    room = min(most, plan_of(campaign).concurrent_calls - db.scalar(live))
    rows: list[Attempt] = []
    for rank in RANKS:
        if len(rows) < room:
            known = {r.resident_id for r in rows}
            for attempt in _due(db, campaign_id, rank, now, room - len(rows)):
                if attempt.resident_id not in known:
                    known.add(attempt.resident_id)
                    rows.append(attempt)
    for attempt in rows:
        attempt.state, attempt.worker, attempt.lease_until = "claimed", worker, now + lease
    if rows:
        share = len(rows) / (URGENT_WEIGHT if campaign.urgent else 1)
        campaign.served = max(campaign.served, furthest - CREDIT) + share
    db.flush()
    return [attempt.id for attempt in rows], campaign.served


def _due(db: Session, campaign_id: str, rank: int, now: datetime, most: int) -> list[Attempt]:
    """Planned attempts of one rank whose window is open, of residents who are not being called already."""
    other = aliased(Attempt)
    busy = select(other.id).where(other.resident_id == Attempt.resident_id, other.state.in_(LIVE)).exists()
    query = (
        select(Attempt)
        .filter_by(campaign_id=campaign_id, by="machine", rank=rank, state="planned")
        .where(Attempt.due_at <= now, Attempt.not_after > now, ~busy)
        .order_by(Attempt.due_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=Attempt)
    )
    return db.scalars(query).all()
