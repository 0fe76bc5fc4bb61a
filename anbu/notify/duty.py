"""Who is called for a town just now: those on the rota in their order, and the managers behind them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anbu.store.models import Account, AccountTown, Duty


def on_duty(db: Session, town: str | None, now: datetime) -> list[Account]:
    """Those on duty for `town` (or for every town), each once, in the order in which they are called."""
    query = (
        select(Account)
        .join(Duty, Duty.account_id == Account.id)
        .where(Duty.starts_at <= now, now < Duty.ends_at, Account.active)
        .where(or_(Duty.town.is_(None), Duty.town == town))
        .order_by(Duty.position, Duty.town.is_(None), Duty.id)
    )
    return list(dict.fromkeys(db.scalars(query)))


def managers(db: Session, town: str | None) -> list[Account]:
    """The active managers of a town."""
    theirs = select(AccountTown.account_id).where(AccountTown.town == town)
    query = select(Account).where(
        Account.role == "manager", Account.active, or_(Account.all_towns, Account.id.in_(theirs))
    )
    return list(db.scalars(query.order_by(Account.login)))
