"""Who may do what, and whose residents an account sees. Both are asked in every query of the console."""

from __future__ import annotations

from sqlalchemy import or_, true

from anbu.errors import Forbidden
from anbu.store.models import Account

ROLES = ("officer", "manager", "writer", "auditor", "operator")

# permission → roles. Residents' words and names are for officers and managers only.
PERMISSIONS = {
    "cases": {"officer", "manager"},
    "checks": {"manager"},
    "samples": {"officer", "manager"},
    "residents": {"officer", "manager"},
    "erase": {"manager"},
    "board": {"officer", "manager", "auditor", "operator"},
    "examples": {"writer", "manager"},
    "audit": {"auditor"},
    "accounts": {"operator"},
    "outbox": {"operator", "manager"},
    "duty": {"operator", "manager"},
    "self": set(ROLES),
}


def may(account: Account, permission: str) -> bool:
    """Whether the account's role holds the permission."""
    return account.role in PERMISSIONS[permission]


def require(account: Account, permission: str) -> None:
    """Raises Forbidden."""
    if not may(account, permission):
        raise Forbidden("이 화면은 다른 역할을 맡은 분이 씁니다. 필요하시면 운영 담당에게 역할을 바꿔 달라고 하세요.")


def in_towns(account: Account, town):
    """The criterion "of a town this account sees" over a `town` column.

    A case of no known town belongs to nobody and is therefore everybody's: else it would be missed.
    """
    if account.all_towns:
        return true()
    return or_(town.in_(account.town_names), town.is_(None))


def sees_town(account: Account, town: str | None) -> bool:
    """The same for one value."""
    return account.all_towns or town is None or town in account.town_names
