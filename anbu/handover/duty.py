"""Whose telephones ring, in which order: the rota of the resident's town, the settings' numbers, the managers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from anbu.notify import duty
from anbu.settings import settings


@dataclass(frozen=True)
class Target:
    role: str  # officer | manager
    label: str  # as the record names them
    number: str
    account_id: str | None = None


def targets(db: Session, town: str | None, now: datetime) -> list[Target]:
    """Officers, then managers; nobody twice. Without a rota the settings' numbers stand in."""
    s = settings()
    on_rota = [Target("officer", a.name, a.phone, a.id) for a in duty.on_duty(db, town, now) if a.phone]
    numbers = [n.strip() for n in [s.on_duty_number or "", *s.on_duty_numbers.split(",")] if n.strip()]
    stand_in = [Target("officer", f"당번 {i}", number) for i, number in enumerate(numbers, 1)]
    managers = [Target("manager", a.name, a.phone, a.id) for a in duty.managers(db, town) if a.phone]
    if s.manager_number:
        managers.append(Target("manager", "관리자", s.manager_number))
    found: dict[str, Target] = {}
    for target in [*(on_rota or stand_in), *managers]:
        found.setdefault(target.number, target)
    return list(found.values())


def anyone(db: Session, town: str | None, now: datetime) -> bool:
    """Whether there is anybody to ring."""
    return bool(targets(db, town, now))
