"""The double check: another person confirms a decision, returns it with a reason, or overrides it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from anbu.assessment.deadlines import deadlines
from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework.audit import record
from anbu.casework.casefile import transcript_opened
from anbu.casework.decide import DECISIONS, reason_of
from anbu.casework.roles import in_towns
from anbu.casework.take import claim_version
from anbu.errors import NotFound, Refused
from anbu.store.models import Account, Case, Correction, DoubleCheck, Review

VERDICTS = ("confirmed", "returned", "overridden")
PAGE = 50


def waiting(db: Session, account: Account, limit: int = PAGE) -> list[Review]:
    """Decisions this account may check (never its own), most urgent first."""
    query = (
        select(Review)
        .where(Review.state == "waiting", in_towns(account, Review.town), Review.reviewer_id != account.id)
        .order_by(Review.machine_priority, Review.at)
        .limit(limit)
    )
    return list(db.scalars(query.options(selectinload(Review.reviewer), selectinload(Review.case))))


def how_many_wait(db: Session, account: Account) -> int:
    """The same as a number, up to a thousand."""
    criteria = (Review.state == "waiting", in_towns(account, Review.town), Review.reviewer_id != account.id)
    return db.scalar(select(func.count()).select_from(select(Review.id).where(*criteria).limit(1000).subquery()))


def find_waiting(db: Session, case: Case) -> Review:
    """The case's decision that waits. Raises NotFound."""
    review = db.scalars(select(Review).filter_by(case_id=case.id, state="waiting")).first()
    if review is None:
        raise NotFound("더블체크를 기다리는 결정이 없어요. 다른 분이 이미 보셨을 수 있어요.")
    return review


def double_check(
    db: Session,
    case: Case,
    account: Account,
    verdict: str,
    version: int,
    now: datetime,
    *,
    reason: str = "",
    decision: str = "",
    priority: str = "",
) -> DoubleCheck:
    """Settle the waiting decision. Raises Refused (own decision, transcript unread, no reason) or Stale."""
    review = find_waiting(db, case)
    if review.reviewer_id == account.id:
        raise Refused("자기가 한 결정은 스스로 더블체크할 수 없어요. 다른 관리자가 보아야 해요.")
    claim_version(db, case, version, now)
    if verdict not in VERDICTS:
        raise Refused("맞는지, 되돌릴지, 바꿀지 골라 주세요.")
    opened = transcript_opened(db, case, account)
    if opened is None:
        raise Refused("더블체크하기 전에 통화 내용을 펼쳐 읽어 주세요.")
    if verdict != "confirmed":
        reason = reason_of(reason)
    if verdict == "overridden" and (decision not in DECISIONS or priority not in PRIORITIES):
        raise Refused("바꿀 결정과 우선순위를 골라 주세요.")
    corrections = db.scalars(select(Correction).filter_by(review_id=review.id)).all()
    overturned = verdict != "confirmed"
    check = DoubleCheck(
        review_id=review.id, checker_id=account.id, verdict=verdict, reason=reason.strip() or None,
        decision=decision if verdict == "overridden" else None,
        priority=priority if verdict == "overridden" else None,
        levels=_undone(review.levels, corrections) if overturned else review.levels,
        signals=_heard_after_all(review.signals, corrections) if overturned else review.signals,
        transcript_opened_at=opened, at=now,
    )  # fmt: skip
    db.add(check)
    review.state = verdict
    if verdict == "returned":
        for correction in corrections:  # the reviewer looks again and may keep or withdraw each
            correction.review_id = None
        case.state, case.decided_at, case.due_at = "open", None, deadlines().decide_by(case.priority, now)
        case.decide_by, case.holder_id = case.due_at, review.reviewer_id
    else:
        case.state, case.closed_at = "closed", now
        case.priority = priority if verdict == "overridden" else review.priority
    record(
        db, account, f"review.{verdict}", now, "case", case.id, review=review.id, decision=check.decision,
        priority=check.priority,
    )  # fmt: skip
    return check


def _undone(levels: dict, corrections: list[Correction]) -> dict:
    """The checker does not go along with what was lowered; what was raised stays."""
    return {**levels, **{c.code: c.before for c in corrections if c.kind == "factor" and c.lowers}}


def _heard_after_all(signals: list[str], corrections: list[Correction]) -> list[str]:
    return [*signals, *(c.code for c in corrections if c.kind == "signal" and c.lowers and c.code not in signals)]
