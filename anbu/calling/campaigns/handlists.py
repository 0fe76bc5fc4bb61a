"""Lists for people: whom an officer must call, visit or have the postman look after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.calling.history import last_assessment
from anbu.calling.residents.phones import national
from anbu.calling.residents.standing import WHY_KO
from anbu.clock import SEOUL
from anbu.errors import NotFound
from anbu.store.campaigns import Attempt
from anbu.store.models import Resident

REASONS_KO = {
    **WHY_KO, "no_answer": "받지 않으심", "no_window": "시간 안에 걸지 못함", "unreachable": "연락 두절",
    "nobody_called": "담당자가 걸지 못함", "promised": "다시 걸기로 함",
}  # fmt: skip
HEADING = ["번호", "이름", "전화번호", "주소", "읍면동", "까닭", "직전 우선순위", "기한"]


@dataclass(frozen=True)
class Task:
    """Something a person is to do for a resident. `id` names it when the result is told."""

    id: str
    resident: Resident
    reason: str
    last_priority: str | None
    deadline: datetime

    def cells(self) -> list[str]:
        who = self.resident
        return [
            self.id[:8], who.name, national(who.phone) if who.phone else "", who.address or "", who.town or "",
            self.reason, self.last_priority or "", f"{self.deadline.astimezone(SEOUL):%m-%d %H:%M}",
        ]  # fmt: skip


def tasks(db: Session, by: str, towns: list[str] | None = None) -> Iterator[Task]:
    """Open tasks for `by` (person, visit, post); graver residents first, then the nearest deadline."""
    query = select(Attempt).filter_by(by=by, state="planned").order_by(Attempt.not_after)
    if towns:
        query = query.join(Resident, Resident.id == Attempt.resident_id).where(Resident.town.in_(towns))
    found = []
    for attempt in db.scalars(query):
        before = last_assessment(db, attempt.resident_id)
        reason = REASONS_KO.get(attempt.reason, attempt.reason or "")
        priority = before.priority if before else None
        found.append(Task(attempt.id, attempt.resident, reason, priority, attempt.not_after))
    return iter(sorted(found, key=lambda t: (t.last_priority or "P9", t.deadline)))


def find_task(db: Session, prefix: str) -> Attempt:
    """An open task by the beginning of its number. Raises NotFound."""
    query = select(Attempt).where(Attempt.id.startswith(prefix, autoescape=True), Attempt.by != "machine")
    found = db.scalars(query.where(Attempt.state == "planned").limit(2)).all()
    if len(found) != 1:
        raise NotFound(f"'{prefix}'로 시작하는 할 일이 하나가 아닙니다. `anbu campaign todo`에서 번호를 보세요.")
    return found[0]
