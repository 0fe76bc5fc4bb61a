"""Rounds: when one is due, each resident of the audience gets a first attempt. May be interrupted and run again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import structlog
from sqlalchemy import func, select

from anbu.calling.campaigns.audience import Member, page, pages
from anbu.calling.campaigns.plan import Plan, parse
from anbu.clock import SEOUL
from anbu.store.campaigns import Attempt, Campaign, Round
from anbu.store.insert import insert_new
from anbu.store.models import new_id
from anbu.store.session import transaction

log = structlog.get_logger()
AHEAD = timedelta(days=1)  # a round is planned the day before, so that texts can go out in time
FLAGGED, ORDINARY = 4, 5  # ranks of first attempts
NOT_CALLED = ("asked", "no_consent")  # a person's wish: neither called nor visited


def plan_of(campaign: Campaign) -> Plan:
    """The checked plan of a stored campaign."""
    return _parsed(json.dumps(campaign.plan), campaign.created_at.astimezone(SEOUL).date())


@lru_cache(maxsize=256)
def _parsed(stored: str, created: date) -> Plan:
    return parse(json.loads(stored), created)


def plan_due(now: datetime) -> dict[str, int]:
    """Plan every round that is due and not planned yet; → attempts by campaign. Each page is its own transaction."""
    with transaction() as db:
        running = [(c.id, plan_of(c)) for c in db.scalars(select(Campaign).filter_by(state="running"))]
        done = {(r.campaign_id, r.date) for r in db.scalars(select(Round).where(Round.planned_at.isnot(None)))}
    planned = {}
    for campaign_id, plan in running:
        for day in due_rounds(plan, now):
            if (campaign_id, day) not in done:
                planned[campaign_id] = planned.get(campaign_id, 0) + plan_round(campaign_id, plan, day, now)
    return planned


def due_rounds(plan: Plan, now: datetime) -> list[date]:
    """The newest round that has begun and is not over, and the next one if it begins tomorrow.

    Rounds that passed while nothing ran are not made up for.
    """
    today = now.astimezone(SEOUL).date()
    days = plan.rounds(today - timedelta(days=plan.round_days), today + AHEAD)
    begun = [day for day in days if day <= today][-1:]
    return [day for day in [*begun, *(day for day in days if day > today)] if plan.closes(day) > now]


def plan_round(campaign_id: str, plan: Plan, day: date, now: datetime) -> int:
    """Make the first attempts of a round; → how many it has. Running it again adds only what is missing."""
    with transaction() as db:
        insert_new(db, Round, [{"campaign_id": campaign_id, "date": day, "attempts": 0}])
    after: str | None = ""
    while after is not None:
        with transaction() as db:
            members, after = page(db, plan.residents, day, after)
            insert_new(db, Attempt, list(_attempts(campaign_id, plan, day, members, now)))
    with transaction() as db:
        row = db.scalars(select(Round).filter_by(campaign_id=campaign_id, date=day)).one()
        mine = select(func.count()).select_from(Attempt).filter_by(campaign_id=campaign_id, round=day)
        row.planned_at, row.attempts = now, db.scalar(mine)
        log.info("round planned", campaign=campaign_id, date=day.isoformat(), attempts=row.attempts)
        return row.attempts


def _attempts(campaign_id: str, plan: Plan, day: date, members: Iterable[Member], now: datetime):
    begins = max(now + (plan.text_before or timedelta()), datetime.combine(day, time(), SEOUL))
    for member in members:
        if member.obstacle in NOT_CALLED:
            continue
        span = plan.span(day, begins, member.preferred)
        if span is None or member.obstacle:  # no number, or no time left in this round: a person takes over
            yield _row(campaign_id, day, member.id, "person", now, now + plan.retry.person_within, ORDINARY,
                       reason=member.obstacle or "no_window")  # fmt: skip
            continue
        text_at = span.opens - plan.text_before if plan.text_before else None
        rank = FLAGGED if member.flagged else ORDINARY
        yield _row(campaign_id, day, member.id, "machine", span.opens, span.closes, rank, now=now, text_at=text_at)


def _row(campaign_id, day, resident_id, by, due_at, not_after, rank, *, now=None, reason=None, text_at=None) -> dict:
    return {
        "id": new_id(), "campaign_id": campaign_id, "round": day, "resident_id": resident_id, "n": 1, "by": by,
        "rank": rank, "state": "planned", "reason": reason, "due_at": due_at, "not_after": not_after,
        "text_at": text_at, "created_at": now or due_at,
    }  # fmt: skip


def audience_counts(plan: Plan, day: date) -> Counter:
    """How many residents the campaign means, by obstacle (None: can be called)."""
    counts: Counter = Counter()
    with transaction() as db:
        for members in pages(db, plan.residents, day):
            counts.update(member.obstacle for member in members)
    return counts
