"""Taking a case and putting it down again. Whoever comes second sees who was first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from anbu.assessment.deadlines import deadlines
from anbu.casework.audit import record
from anbu.errors import Refused, Stale
from anbu.store.models import Account, Case


def claim_version(db: Session, case: Case, version: int, now: datetime) -> None:
    """Step the case from the version a form was made from to the next. Raises Stale when it is no longer that one."""
    db.flush()
    stepped = db.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == version)
        .values(version=version + 1, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    db.refresh(case)
    if stepped.rowcount != 1:
        raise Stale(
            "이 화면을 여신 뒤에 사례가 바뀌었어요. 쓰신 글은 그대로 두었습니다. "
            "바뀐 내용을 보시고, 그래도 맞으면 다시 저장해 주세요."
        )


def take(db: Session, case: Case, account: Account, now: datetime) -> None:
    """Make the account the case's holder; that is the acknowledgement. Raises Refused when another one has it."""
    if case.holder_id == account.id:
        return
    if case.state != "open":
        raise Refused("이미 결정된 사례예요.")
    taken = db.execute(
        update(Case)
        .where(Case.id == case.id, Case.holder_id.is_(None), Case.state == "open")
        .values(holder_id=account.id, taken_at=now, version=Case.version + 1, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    db.refresh(case)
    if taken.rowcount != 1:
        who = case.holder.name if case.holder else "다른 분"
        raise Refused(f"{who} 님이 먼저 맡으셨어요.")
    case.acknowledged_at = case.acknowledged_at or now
    case.decide_by = case.due_at = deadlines().decide_by(case.priority, case.opened_at)
    record(db, account, "case.taken", now, "case", case.id, priority=case.priority)


def release(db: Session, case: Case, account: Account, now: datetime) -> None:
    """Put the case down: its holder, or a manager for them. Raises Refused."""
    if case.state != "open" or case.holder_id is None:
        raise Refused("내려놓을 수 있는 사례가 아니에요.")
    if case.holder_id != account.id and account.role != "manager":
        raise Refused("맡은 분이나 관리자만 내려놓을 수 있어요.")
    before = case.holder_id
    case.holder_id = case.taken_at = None
    case.due_at = case.acknowledge_by
    case.version, case.changed_at = case.version + 1, now
    record(db, account, "case.released", now, "case", case.id, holder=before)
