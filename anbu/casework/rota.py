"""The rota: who is called first, second … for a town while nobody acknowledges. Read by anbu/notify/duty.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from anbu.casework.audit import record
from anbu.errors import NotFound, Refused
from anbu.store.models import Account, Duty

LISTED = 200
LONGEST = timedelta(days=31)
POSITIONS = range(1, 10)


def who_can_be_called(db: Session) -> list[Account]:
    """Active officers and managers."""
    query = select(Account).where(Account.active, Account.role.in_(("officer", "manager"))).order_by(Account.name)
    return list(db.scalars(query))


def coming(db: Session, now: datetime) -> list[Duty]:
    """Duties that are not over, the earliest first."""
    query = select(Duty).where(Duty.ends_at > now).order_by(Duty.starts_at, Duty.town, Duty.position).limit(LISTED)
    return list(db.scalars(query.options(selectinload(Duty.account))))


def add_duty(
    db: Session,
    by: Account | None,
    account_id: str,
    town: str,
    position: int,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Duty:
    """Put somebody on duty. `town` "" is every town. Raises Refused."""
    person = next((a for a in who_can_be_called(db) if a.id == account_id), None)
    if person is None:
        raise Refused("당번을 설 분을 골라 주세요. 담당자나 관리자여야 해요.")
    if position not in POSITIONS:
        raise Refused("부르는 차례는 1에서 9까지예요.")
    if not now < ends_at or not starts_at < ends_at:
        raise Refused("끝나는 때는 시작보다, 그리고 지금보다 뒤여야 해요.")
    if ends_at - starts_at > LONGEST:
        raise Refused("당번은 한 번에 31일까지 넣을 수 있어요.")
    town = town.strip()[:40]
    if town and not person.all_towns and town not in person.town_names:
        raise Refused(f"{person.name} 님은 {town}의 사례를 볼 수 없어요. 먼저 계정에 동을 더해 주세요.")
    duty = Duty(account_id=person.id, town=town or None, position=position, starts_at=starts_at, ends_at=ends_at)
    db.add(duty)
    db.flush()
    record(db, by, "duty.added", now, "account", person.id, duty=duty.id, town=town or None)
    return duty


def remove_duty(db: Session, by: Account | None, duty_id: int, now: datetime) -> None:
    """Raises NotFound."""
    duty = db.get(Duty, duty_id)
    if duty is None:
        raise NotFound("그런 당번이 없어요.")
    person = duty.account_id
    db.delete(duty)
    record(db, by, "duty.removed", now, "account", person, duty=duty_id)
