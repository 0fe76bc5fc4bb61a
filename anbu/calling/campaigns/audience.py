"""Whom a campaign means: residents by town, age, flags, list or last priority, read in pages without their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.calling.residents.standing import obstacle
from anbu.calling.windows import Window, windows
from anbu.errors import ContentError
from anbu.store.campaigns import Import, ImportRow
from anbu.store.models import AssessmentRow, Call, Resident

PAGE = 2000
_COLUMNS = (
    Resident.id, Resident.phone_hash, Resident.opted_out_at, Resident.phone_state, Resident.consent,
    Resident.preferred, Resident.flags, Resident.birth_year,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One resident of the audience. `obstacle`: why the machine must not call (residents/standing.py), or None."""

    id: str
    preferred: tuple[Window, ...]
    flagged: bool
    obstacle: str | None


def pages(db: Session, chosen: Mapping[str, Any], today: date) -> Iterator[list[Member]]:
    """The whole audience, a page at a time."""
    after: str | None = ""
    while after is not None:
        members, after = page(db, chosen, today, after)
        yield members


def page(db: Session, chosen: Mapping[str, Any], today: date, after: str) -> tuple[list[Member], str | None]:
    """The members after that id, in the order of ids; → them and where to go on, None at the end.

    Raises ContentError when a list is not known.
    """
    query = select(*_COLUMNS).order_by(Resident.id).where(Resident.id > after).limit(PAGE)
    if "towns" in chosen:
        query = query.where(Resident.town.in_(chosen["towns"]))
    if "ids" in chosen:
        query = query.where(Resident.id.in_(chosen["ids"]))
    if "list" in chosen:
        rows = select(ImportRow.resident_id).filter_by(import_id=_list(db, chosen["list"]))
        query = query.where(Resident.id.in_(rows))
    if "min_age" in chosen:
        query = query.where(Resident.birth_year <= today.year - chosen["min_age"])
    if "max_age" in chosen:
        query = query.where(Resident.birth_year >= today.year - chosen["max_age"])
    if "last_priority" in chosen:
        query = query.where(Resident.id.in_(_with_last_priority(chosen["last_priority"])))
    flags = set(chosen.get("flags", ()))
    rows = db.execute(query).all()
    members = [
        Member(row.id, _windows(row.preferred), bool(row.flags), obstacle(row))
        for row in rows
        if not flags or flags & set(row.flags)
    ]
    return members, rows[-1].id if len(rows) == PAGE else None


def _windows(stored: list) -> tuple[Window, ...]:
    return windows(stored) if stored else ()


def _list(db: Session, prefix: str) -> str:
    found = db.scalars(select(Import.id).where(Import.id.startswith(prefix, autoescape=True)).limit(2)).all()
    if len(found) != 1:
        raise ContentError(f"'{prefix}'로 시작하는 명단이 하나가 아닙니다 (no such list, or more than one)")
    return found[0]


def _with_last_priority(wanted: list[str]):
    """Residents whose newest assessment has one of the priorities."""
    newest = (
        select(Call.resident_id, func.max(AssessmentRow.at).label("at"))
        .join(AssessmentRow, AssessmentRow.call_id == Call.id)
        .group_by(Call.resident_id)
        .subquery()
    )
    return (
        select(Call.resident_id)
        .join(AssessmentRow, AssessmentRow.call_id == Call.id)
        .join(newest, (newest.c.resident_id == Call.resident_id) & (newest.c.at == AssessmentRow.at))
        .where(AssessmentRow.priority.in_(wanted))
    )
