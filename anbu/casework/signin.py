"""Signing in: argon2, a lock after repeated failures, sessions that end by themselves."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from argon2.exceptions import Argon2Error
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from anbu.casework.accounts import HASHER
from anbu.casework.audit import record
from anbu.settings import settings
from anbu.store.models import Account, LoginSession

SEEN_EVERY = timedelta(minutes=1)  # how finely `last_seen_at` is kept
# Compared with when there is no such account, so that a wrong name takes as long as a wrong password.
_NOBODY = HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True)
class SignedIn:
    """The outcome of an attempt: the cookie's token, or in Korean why not."""

    token: str | None
    why: str | None


WRONG = "아이디나 비밀번호가 맞지 않아요."


def password_fits(account: Account | None, password: str) -> bool:
    """Whether it is the account's password; takes as long for an account that is not there."""
    stored = account.password_hash if account and account.password_hash else None
    try:
        HASHER.verify(stored or _NOBODY, password[:1000])
    except Argon2Error:
        return False
    return stored is not None


def sign_in(db: Session, login: str, password: str, now: datetime) -> SignedIn:
    """Try a password. The failures it counts are to be committed, so nothing is raised."""
    account = db.scalars(select(Account).filter_by(login=login.strip().lower()[:60]).with_for_update()).first()
    fits = password_fits(account, password)
    if account is None or not account.active:
        record(db, account, "login.failed", now)
        return SignedIn(None, WRONG)
    if account.locked_until and account.locked_until > now:
        minutes = int((account.locked_until - now).total_seconds() // 60) + 1
        record(db, account, "login.locked", now, "account", account.id)
        return SignedIn(
            None, f"여러 번 틀려서 잠시 잠겼어요. {minutes}분 뒤에 다시 해 보시거나 운영 담당에게 말씀하세요."
        )
    if not fits:
        account.failed_logins += 1
        if account.failed_logins >= settings().login_attempts:
            account.locked_until = now + timedelta(minutes=settings().login_lock_min)
            account.failed_logins = 0
        record(db, account, "login.failed", now, "account", account.id)
        return SignedIn(None, WRONG)
    if HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = HASHER.hash(password)
    return SignedIn(open_session_for(db, account, now, "password"), None)


def open_session_for(db: Session, account: Account, now: datetime, how: str) -> str:
    """A new session of an account whose identity is proven; → the cookie's token."""
    account.failed_logins, account.locked_until, account.last_login_at = 0, None, now
    token = secrets.token_urlsafe(32)
    ends = now + timedelta(hours=settings().session_max_h)
    db.execute(delete(LoginSession).where(LoginSession.expires_at < now))
    db.add(
        LoginSession(
            token_hash=session_hash(token), account_id=account.id, created_at=now, last_seen_at=now, expires_at=ends
        )
    )
    record(db, account, "login", now, "account", account.id, how=how)
    return token


def who(db: Session, token: str | None, now: datetime, *, touch: bool = True) -> Account | None:
    """The account of a session that still holds, or None. `touch`: this was something a person did."""
    if not token:
        return None
    session = db.get(LoginSession, session_hash(token))
    if session is None:
        return None
    idle = timedelta(minutes=settings().session_idle_min)
    if session.expires_at <= now or session.last_seen_at + idle <= now or not session.account.active:
        return None
    if touch and now - session.last_seen_at >= SEEN_EVERY:
        session.last_seen_at = now
    return session.account


def sign_out(db: Session, token: str, account: Account, now: datetime) -> None:
    db.execute(delete(LoginSession).where(LoginSession.token_hash == session_hash(token)))
    record(db, account, "logout", now, "account", account.id)


def form_token(token: str) -> str:
    """What every form of this session must send back (CSRF); says nothing about the session's own token."""
    return hmac.new(token.encode(), b"anbu form", sha256).hexdigest()


def session_hash(token: str) -> str:
    """Under which a session is stored."""
    return sha256(token.encode()).hexdigest()
