"""The hazard list for the 읍면동 안전협의체: homes to look at, without what was said."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.assessment.vocabulary import DATA
from anbu.assessment.vocabulary import vocabulary as assessment
from anbu.casework.board import Period
from anbu.casework.roles import in_towns
from anbu.clock import SEOUL
from anbu.errors import ContentError
from anbu.store.models import Account, AssessmentRow, Case, Resident, SignalRow

FILE = DATA / "assessment" / "hazards.yml"
HEADER = ("읍면동", "주소", "성명", "위험", "볼 것", "들은 날", "순위", "사례", "살펴본 결과")
MOST = 5000


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, dict]:
    """signals and factors that make a home one to look at. Raises ContentError."""
    raw, words = yaml.safe_load(FILE.read_text(encoding="utf-8")), assessment()
    strange = [s for s in raw["signals"] if s not in words.signals]
    strange += [f for f, g in raw["factors"].items() if f not in words.factors or g["from"] not in (1, 2, 3)]
    if strange:
        raise ContentError(f"{FILE.name}: {', '.join(strange)} 을(를) factors.yml 과 견주어 고쳐 주세요")
    return raw


def hazard_list(db: Session, account: Account, period: Period) -> Iterator[list[str]]:
    """Rows under HEADER: the cases opened in the period whose call tells of a hazard, the most urgent first.

    The committee are neighbours: the name is cut short and nothing that was said is passed on.
    """
    rules = vocabulary()
    query = (
        select(Case, Resident, AssessmentRow.levels)
        .join(Resident, Resident.id == Case.resident_id)
        .outerjoin(AssessmentRow, AssessmentRow.call_id == Case.call_id)
        .where(period.holds(Case.opened_at), in_towns(account, Case.town))
        .where((Case.town == period.town) if period.town else True)
        .order_by(Case.priority, Case.opened_at)
        .limit(MOST)
    )
    rows = db.execute(query).all()
    heard: dict[str, set[str]] = {}
    ids = [case.call_id for case, _, _ in rows]
    for start in range(0, len(ids), 500):
        signals = select(SignalRow.call_id, SignalRow.code).where(
            SignalRow.call_id.in_(ids[start : start + 500]), SignalRow.code.in_(rules["signals"]),
            SignalRow.state != "denied",
        )  # fmt: skip
        for call_id, code in db.execute(signals):
            heard.setdefault(call_id, set()).add(code)
    for case, who, levels in rows:
        found = [given for code, given in rules["signals"].items() if code in heard.get(case.call_id, ())]
        found += [g for factor, g in rules["factors"].items() if ((levels or {}).get(factor) or 0) >= g["from"]]
        if not found:
            continue
        dangers, looks = ", ".join(g["ko"] for g in found), ", ".join(g["look"] for g in found)
        day = f"{case.opened_at.astimezone(SEOUL):%Y-%m-%d}"
        home = [case.town or "", who.address or "", masked(who.name)]
        yield [*home, dangers, looks, day, case.priority, case.id[:8], ""]


def masked(name: str) -> str:
    """김순자 → 김○○"""
    return name[:1] + "○" * max(0, len(name.strip()) - 1)
