"""What the office does with a campaign: create, start, pause, resume, stop. Nothing is dialled before it is started."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from anbu.calling.campaigns.forecast import obstacles
from anbu.calling.campaigns.plan import Plan, parse
from anbu.calling.campaigns.rounds import plan_of
from anbu.clock import SEOUL
from anbu.errors import ContentError, NotFound
from anbu.store.campaigns import LIVE, Attempt, Campaign, Round
from anbu.store.models import new_id

log = structlog.get_logger()
CALL_BACKS = "callbacks"  # the id of the standing campaign that promised call-backs belong to
STATES_KO = {"draft": "준비", "running": "진행 중", "paused": "멈춤", "stopped": "그만둠", "finished": "마침"}
_MOVES = {"start": ("draft",), "pause": ("running",), "resume": ("paused",), "stop": ("draft", "running", "paused")}


def create(db: Session, plan: Plan, now: datetime) -> Campaign:
    """Keep a checked plan as a draft."""
    campaign = Campaign(id=new_id(), name=plan.name, plan=plan.raw, urgent=plan.urgent, created_at=now, served=0.0)
    campaign.state = "draft"
    db.add(campaign)
    db.flush()
    return campaign


def find(db: Session, prefix: str) -> Campaign:
    """The campaign whose id or name begins so. Raises NotFound."""
    begins = Campaign.id.startswith(prefix, autoescape=True) | Campaign.name.startswith(prefix, autoescape=True)
    found = db.scalars(select(Campaign).where(begins).limit(2)).all()
    if len(found) != 1:
        raise NotFound(f"'{prefix}'로 시작하는 캠페인이 하나가 아닙니다. `anbu campaign list`에서 번호를 보세요.")
    return found[0]


def move(db: Session, campaign: Campaign, to: str, now: datetime) -> None:
    """start | pause | resume | stop. Raises ContentError when the campaign is not in a state for it."""
    if campaign.state not in _MOVES[to]:
        raise ContentError(
            f"'{campaign.name}'은(는) {STATES_KO[campaign.state]} 상태라 그렇게 할 수 없습니다 (wrong state)"
        )
    if to == "start":
        if wrong := obstacles(plan_of(campaign)):
            raise ContentError("시작할 수 없습니다:\n" + "\n".join(f"  {line}" for line in wrong))
        campaign.started_at = now
    campaign.state = {"start": "running", "pause": "paused", "resume": "running", "stop": "stopped"}[to]
    if to == "stop":
        campaign.ended_at = now
        db.execute(
            update(Attempt)
            .filter_by(campaign_id=campaign.id, state="planned")
            .values(state="done", result="cancelled", reason="stopped", done_at=now)
            .execution_options(synchronize_session=False)
        )
    log.info("campaign", campaign=campaign.id, did=to)


def finish_done(db: Session, now: datetime) -> int:
    """Close campaigns that have no round left, nothing planned and nothing live; → how many."""
    closed = 0
    for campaign in db.scalars(select(Campaign).filter_by(state="running")):
        plan = plan_of(campaign)
        today = now.astimezone(SEOUL).date()
        rounds = db.scalars(select(Round).filter_by(campaign_id=campaign.id)).all()
        coming = plan.rule is not None and (plan.ends is None or plan.ends > today)
        open_rounds = [r for r in rounds if r.planned_at is None]
        if coming or open_rounds or not rounds:
            continue
        states = select(Attempt.id).filter_by(campaign_id=campaign.id)
        if db.scalar(states.where(Attempt.state == "planned").limit(1)) is None and (
            db.scalar(states.where(Attempt.state.in_(LIVE)).limit(1)) is None
        ):
            campaign.state, campaign.ended_at = "finished", now
            closed += 1
    return closed


def call_backs(db: Session, now: datetime) -> Campaign:
    """The standing campaign for calls promised outside any campaign; made when first needed."""
    campaign = db.get(Campaign, CALL_BACKS)
    if campaign is None:
        raw = {"name": "다시 걸기로 한 전화", "windows": ["매일 08:00-21:00"], "holidays": "call", "round_days": 3}
        plan = parse(raw, now.astimezone(SEOUL).date())
        campaign = Campaign(id=CALL_BACKS, name=plan.name, plan=plan.raw, state="standing", created_at=now,
                            started_at=now, urgent=False, served=0.0)  # fmt: skip
        db.add(campaign)
        db.flush()
    return campaign


def summary(db: Session, campaign_id: str) -> dict[str, dict[str, int]]:
    """Attempts counted by who makes them and by state, or result once done."""
    outcome = func.coalesce(Attempt.result, Attempt.state)
    query = select(Attempt.by, outcome, func.count()).filter_by(campaign_id=campaign_id).group_by(Attempt.by, outcome)
    counts: dict[str, dict[str, int]] = {}
    for by, what, n in db.execute(query):
        counts.setdefault(by, {})[what] = n
    return counts
