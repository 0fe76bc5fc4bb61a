"""Accounts: made, changed and given passwords by a person; there is no default account and no default password."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from anbu.casework.audit import record
from anbu.casework.roles import ROLES
from anbu.errors import NotFound, Refused
from anbu.store.models import Account, AccountTown, LoginSession, new_id

HASHER = PasswordHasher()
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


def check_password(password: str, login: str) -> None:
    """Raises Refused when the password is too weak to be taken."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"비밀번호는 {SHORTEST_PASSWORD}자 이상이어야 해요. 낱말 몇 개를 이어 쓰면 외우기 쉬워요.")
    if len(password) > LONGEST_PASSWORD:
        raise Refused(f"비밀번호는 {LONGEST_PASSWORD}자까지 쓸 수 있어요.")
    if len(set(password)) < 5 or login.lower() in password.lower():
        raise Refused("비밀번호가 너무 짐작하기 쉬워요. 아이디를 넣지 말고, 서로 다른 글자를 섞어 주세요.")


def make_account(
    db: Session,
    login: str,
    name: str,
    role: str,
    now: datetime,
    *,
    password: str | None = None,
    towns: Iterable[str] = (),
    all_towns: bool = False,
    by: Account | None = None,
    must_change: bool = True,
) -> Account:
    """A new account. Without a password it can sign in by OIDC only. Raises Refused."""
    login, name = login.strip().lower(), name.strip()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{2,59}", login):
        raise Refused("아이디는 영문 소문자와 숫자로 3자 이상 적어 주세요. 이메일 주소도 괜찮아요.")
    if not name or len(name) > 60:
        raise Refused("이름을 60자 안으로 적어 주세요.")
    if role not in ROLES:
        raise Refused("역할을 골라 주세요.")
    if db.scalars(select(Account.id).filter_by(login=login)).first():
        raise Refused("이미 있는 아이디예요. 다른 아이디를 적어 주세요.")
    if password is not None:
        check_password(password, login)
    account = Account(
        id=new_id(), login=login, name=name, role=role, all_towns=all_towns, created_at=now, active=True,
        password_hash=HASHER.hash(password) if password else None, must_change_password=bool(password) and must_change,
        failed_logins=0,
    )  # fmt: skip
    account.towns = [AccountTown(town=t) for t in clean_towns(towns)]
    db.add(account)
    record(db, by, "account.made", now, "account", account.id, role=role, towns=account.town_names, all_towns=all_towns)
    return account


def change_account(
    db: Session,
    account: Account,
    by: Account | None,
    now: datetime,
    *,
    name: str,
    role: str,
    towns: Iterable[str],
    all_towns: bool,
    active: bool,
    phone: str | None = None,
    email: str | None = None,
    password: str | None = None,
) -> None:
    """Change an account; its sessions end, so that what it may no longer see is gone at once. Raises Refused."""
    if role not in ROLES or not name.strip():
        raise Refused("이름과 역할을 적어 주세요.")
    if by is not None and by.id == account.id and (not active or role != account.role):
        raise Refused("자기 계정의 역할을 바꾸거나 쓰지 않게 할 수는 없어요. 다른 운영 담당에게 부탁하세요.")
    if password:
        check_password(password, account.login)
        account.password_hash, account.must_change_password = HASHER.hash(password), True
        account.failed_logins, account.locked_until = 0, None
    account.name, account.role, account.active, account.all_towns = name.strip(), role, active, all_towns
    account.phone, account.email = phone or None, email or None
    wanted = set(clean_towns(towns))
    account.towns = [t for t in account.towns if t.town in wanted] + [
        AccountTown(town=t) for t in sorted(wanted - set(account.town_names))
    ]
    if by is None or by.id != account.id:
        end_sessions(db, account)
    record(
        db, by, "account.changed", now, "account", account.id, role=role, active=active, towns=sorted(wanted),
        all_towns=all_towns, new_password=bool(password),
    )  # fmt: skip


def change_own_password(db: Session, account: Account, old: str, new: str, now: datetime) -> None:
    """Raises Refused when the old one is wrong or the new one too weak."""
    from anbu.casework.signin import password_fits

    if not password_fits(account, old):
        raise Refused("지금 비밀번호가 맞지 않아요.")
    if old == new:
        raise Refused("지금과 다른 비밀번호를 적어 주세요.")
    check_password(new, account.login)
    account.password_hash, account.must_change_password = HASHER.hash(new), False
    record(db, account, "password.changed", now, "account", account.id)


def end_sessions(db: Session, account: Account, keep: str | None = None) -> None:
    """Sign the account out everywhere, except where the session's hash is `keep`."""
    query = delete(LoginSession).where(LoginSession.account_id == account.id)
    db.execute(query.where(LoginSession.token_hash != keep) if keep else query)


def clean_towns(towns: Iterable[str]) -> list[str]:
    """Names of towns without blanks and doubles."""
    return sorted({t.strip()[:40] for t in towns if t.strip()})


def find_account(db: Session, account_id: str) -> Account:
    """Raises NotFound."""
    account = db.get(Account, account_id)
    if account is None:
        raise NotFound("그런 계정이 없어요.")
    return account


def no_accounts_yet(db: Session) -> bool:
    """Whether this is the first start."""
    return db.scalar(select(func.count()).select_from(Account)) == 0
