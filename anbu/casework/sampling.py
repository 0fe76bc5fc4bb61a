"""Blind second look: a random share of the calls judged 저위험 or 일반 is scored again, the machine's score unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.assessment.vocabulary import LEVELS, most_urgent, vocabulary
from anbu.casework.audit import record
from anbu.casework.casefile import reassess
from anbu.casework.cases import raise_case
from anbu.casework.decide import LONGEST_TEXT
from anbu.casework.roles import in_towns
from anbu.errors import NotFound, Refused
from anbu.settings import settings
from anbu.store.crypto import fingerprint
from anbu.store.models import Account, AssessmentRow, Call, Sample, SignalRow, Turn, new_id

PAGE = 50


def draw(db: Session, call: Call, assessment: AssessmentRow, now: datetime) -> Sample | None:
    """Throw the dice for a call that was just assessed; only those at P3 take part.

    The dice are a keyed hash of the call's id: nobody can foresee or repeat them until they fit.
    """
    share = settings().sample_share
    if assessment.priority != "P3" or dice(call.id) >= share or not _was_talked(db, call):
        return None
    signals = db.scalars(select(SignalRow.code).filter_by(call_id=call.id).where(SignalRow.state != "denied"))
    sample = Sample(
        id=new_id(), call_id=call.id, town=call.town, share=share, machine_priority=assessment.priority,
        machine_levels=assessment.levels, machine_signals=list(dict.fromkeys(signals)), state="waiting", drawn_at=now,
    )  # fmt: skip
    db.add(sample)
    return sample


def dice(call_id: str) -> float:
    """A number in [0, 1) that belongs to the call."""
    return int(fingerprint("sample:" + call_id)[:13], 16) / 16**13


def waiting(db: Session, account: Account, limit: int = PAGE) -> list[Sample]:
    """Samples to be scored in the account's towns, the oldest first."""
    query = select(Sample).where(Sample.state == "waiting", in_towns(account, Sample.town))
    return list(db.scalars(query.order_by(Sample.drawn_at, Sample.id).limit(limit)))


def how_many_wait(db: Session, account: Account) -> int:
    criteria = (Sample.state == "waiting", in_towns(account, Sample.town))
    return db.scalar(select(func.count()).select_from(select(Sample.id).where(*criteria).limit(1000).subquery()))


def find_sample(db: Session, account: Account, sample_id: str) -> Sample:
    """Raises NotFound, also for a sample of another town."""
    sample = db.scalars(select(Sample).where(Sample.id == sample_id, in_towns(account, Sample.town))).first()
    if sample is None:
        raise NotFound("그런 통화가 없거나, 맡은 동의 통화가 아니에요.")
    return sample


def score(
    db: Session,
    sample: Sample,
    account: Account,
    levels: Mapping[str, int | None],
    signals: Iterable[str],
    reason: str,
    now: datetime,
) -> Sample:
    """Store a person's own scoring. What the machine missed becomes a case. Raises Refused."""
    words, signals = vocabulary(), list(dict.fromkeys(signals))
    if sample.state != "waiting":
        raise Refused("이미 다른 분이 확인하셨어요.")
    asked = set(words.factors) - {"call_pattern"}
    if set(levels) != asked or not set(signals) <= set(words.signals):
        raise Refused("모든 항목에 단계를 골라 주세요. 알 수 없으면 ‘미확인’을 골라 주세요.")
    if any(level is not None and level not in LEVELS for level in levels.values()):
        raise Refused("단계는 0에서 3까지예요.")
    if len(reason) > LONGEST_TEXT:
        raise Refused(f"글은 {LONGEST_TEXT:,}자까지 적을 수 있어요.")
    full = {**levels, "call_pattern": sample.machine_levels.get("call_pattern")}
    result = reassess(sample.call, full, signals)
    sample.levels, sample.signals, sample.points, sample.band = full, signals, result.points, result.band
    sample.priority, sample.reason, sample.state = result.priority, reason.strip() or None, "scored"
    sample.scorer_id, sample.scored_at = account.id, now
    sample.missed = most_urgent((result.priority, sample.machine_priority)) != sample.machine_priority
    if sample.missed:
        raise_case(db, sample.call, result.priority, [f"두 번째 확인에서 찾음: {why}" for why in result.reasons], now)
    record(db, account, "sample.scored", now, "sample", sample.id, priority=sample.priority, missed=sample.missed)
    return sample


def _was_talked(db: Session, call: Call) -> bool:
    """Whether the resident said anything: there is nothing to score in silence."""
    return (
        db.scalars(select(Turn.id).where(Turn.call_id == call.id, Turn.heard.isnot(None)).limit(1)).first() is not None
    )
