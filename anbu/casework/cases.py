"""Cases: what a person must look at. A case is opened by a signal or by an assessment, and raised, never lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu import clock
from anbu.assessment.deadlines import deadlines
from anbu.assessment.vocabulary import most_urgent
from anbu.notify.outbox import page
from anbu.store.models import Call, Case, new_id

log = structlog.get_logger()

PERSON_KO = {  # Call.needs_person, as a reason
    "silence": "말씀이 없어 통화를 마침",
    "asked": "사람과 통화하기를 원함",
    "error": "통화 중 기계 오류",
    "callback": "다시 전화하기로 함",
    "opt_out": "다시 전화하지 말라고 함",
    "proxy": "다른 사람이 받음",
    "wrong_number": "번호의 주인이 아니라고 함",
}


def raise_case(db: Session, call: Call, priority: str, reasons: Iterable[str], now: datetime) -> Case:
    """Open the call's case, or raise it to `priority`; a less urgent one only adds its reasons. Pages at P0.

    A case that was decided already and becomes more urgent is open again.
    """
    case = _locked(db, call)
    if case is None:
        case = Case(
            id=new_id(), call_id=call.id, resident_id=call.resident_id, town=call.town, opened_at=now,
            changed_at=clock.now(), reasons=[], state="open", version=0,
        )  # fmt: skip
        db.add(case)
    before = case.priority
    _set(case, most_urgent(p for p in (before, priority) if p), [*case.reasons, *reasons])
    if case.state != "open" and case.priority < before:
        case.state, case.closed_at = "open", None
    db.flush()
    if case.priority == "P0":
        page(db, case, "P0", now)
    log.info("case raised", case=case.id, priority=case.priority)
    return case


def settle_case(db: Session, call: Call, priority: str, reasons: list[str], now: datetime) -> Case | None:
    """Bring the case in line with the call's assessment.

    The assessment counts every signal that stands, so it lowers a case only where an ambiguous word was asked about
    and denied. P3 opens no case; one that exists stays for a person to close.
    """
    case = _locked(db, call)
    if case is None:
        return None if priority == "P3" else raise_case(db, call, priority, reasons, now)
    _set(case, priority, reasons)
    return raise_case(db, call, priority, reasons, now)


def _locked(db: Session, call: Call) -> Case | None:
    """The call's case as it is now, kept from others until the transaction ends."""
    query = select(Case).filter_by(call_id=call.id).with_for_update()
    return db.scalars(query.execution_options(populate_existing=True)).first()


def _set(case: Case, priority: str, reasons: Iterable[str]) -> None:
    reasons = list(dict.fromkeys(reasons))
    if (case.priority, case.reasons) == (priority, reasons):
        return
    case.priority, case.reasons = priority, reasons
    case.acknowledge_by = deadlines().acknowledge_by(priority, case.opened_at)
    if case.taken_at is None:
        case.due_at = case.acknowledge_by
    case.version, case.changed_at = case.version + 1, clock.now()  # of the row, not of what it tells


def queue(db: Session, limit: int = 50) -> list[Case]:
    """Open cases, most urgent first, then the one whose deadline comes first."""
    query = select(Case).filter_by(state="open").order_by(Case.priority, Case.due_at, Case.id).limit(limit)
    return list(db.scalars(query))
