"""How far machine, first reviewer and manager agree, factor by factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.assessment.agreement import Agreement, agreement
from anbu.assessment.vocabulary import vocabulary
from anbu.casework.board import Period
from anbu.casework.roles import in_towns
from anbu.store.models import Account, DoubleCheck, Review, Sample

MOST = 2000  # judgements of a period that are compared, the latest first


@dataclass(frozen=True)
class FactorAccord:
    """One factor. `blind`: machine and a person who had not seen its score, the fairest of the three."""

    factor: str
    ko: str
    blind: Agreement
    review: Agreement
    check: Agreement


def accord(db: Session, account: Account, period: Period) -> list[FactorAccord]:
    """Machine against the blind second look, machine against the first review, first review against the manager."""

    def here(column):
        return in_towns(account, column) & ((column == period.town) if period.town else True)

    blind = select(Sample.machine_levels, Sample.levels).where(
        Sample.state == "scored", period.holds(Sample.scored_at), here(Sample.town)
    )
    reviewed = select(Review.machine_levels, Review.levels).where(period.holds(Review.at), here(Review.town))
    checked = (
        select(Review.levels, DoubleCheck.levels)
        .join(DoubleCheck, DoubleCheck.review_id == Review.id)
        .where(period.holds(DoubleCheck.at), here(Review.town))
    )
    pairs = [
        db.execute(query.order_by(moment.desc()).limit(MOST)).all()
        for query, moment in ((blind, Sample.scored_at), (reviewed, Review.at), (checked, DoubleCheck.at))
    ]
    return [
        FactorAccord(key, factor.ko, *(agreement(_ratings(key, rows)) for rows in pairs))
        for key, factor in vocabulary().factors.items()
        if key != "call_pattern"  # counted, not read: nobody judges it
    ]


def _ratings(factor: str, rows: Iterable[tuple[Mapping, Mapping]]) -> Iterable[tuple[int | None, int | None]]:
    return [(first.get(factor), second.get(factor)) for first, second in rows]
