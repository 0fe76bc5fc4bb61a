"""Those who work with the cases: accounts, their towns and sessions, what they keep, and when they are on duty."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import relationship

from anbu.store.base import Base, Utc, new_id
from anbu.store.crypto import Sealed


class Account(Base):
    """A person who may sign in. `role`: officer | manager | writer | auditor | operator."""

    __tablename__ = "accounts"
    id = Column(String(32), primary_key=True, default=new_id)
    login = Column(String(60), unique=True, nullable=False)  # lower case
    name = Column(String(60), nullable=False)
    role = Column(String(10), nullable=False)
    all_towns = Column(Boolean, nullable=False, default=False)
    password_hash = Column(String(200))  # None: signs in by OIDC only
    oidc_subject = Column(String(255), unique=True)  # "<issuer> <sub>"
    phone = Column(Sealed)  # where pages go
    email = Column(Sealed)
    active = Column(Boolean, nullable=False, default=True)
    failed_logins = Column(Integer, nullable=False, default=0)
    locked_until = Column(Utc)
    must_change_password = Column(Boolean, nullable=False, default=False)
    created_at = Column(Utc, nullable=False)
    last_login_at = Column(Utc)
    towns = relationship("AccountTown", cascade="all, delete-orphan", lazy="selectin")

    @property
    def town_names(self) -> list[str]:
        return sorted(t.town for t in self.towns)


class AccountTown(Base):
    """A town whose residents an account may see."""

    __tablename__ = "account_towns"
    account_id = Column(String(32), ForeignKey("accounts.id"), primary_key=True)
    town = Column(String(40), primary_key=True)


class LoginSession(Base):
    """A signed-in browser, known by the hash of its cookie."""

    __tablename__ = "login_sessions"
    token_hash = Column(String(64), primary_key=True)
    account_id = Column(String(32), ForeignKey("accounts.id"), nullable=False, index=True)
    created_at = Column(Utc, nullable=False)
    last_seen_at = Column(Utc, nullable=False)
    expires_at = Column(Utc, nullable=False, index=True)
    account = relationship("Account")


class SavedView(Base):
    """A named set of queue filters."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "name"),)
    id = Column(Integer, primary_key=True)
    account_id = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    name = Column(String(40), nullable=False)
    filters = Column(JSON, nullable=False)
    created_at = Column(Utc, nullable=False)


class Duty(Base):
    """A turn on the rota: who is called for a town (None: every town), first those of the lowest `position`."""

    __tablename__ = "duties"
    __table_args__ = (Index("ix_duties_when", "ends_at", "starts_at"),)
    id = Column(Integer, primary_key=True)
    account_id = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    town = Column(String(40))
    position = Column(Integer, nullable=False, default=1)
    starts_at = Column(Utc, nullable=False)
    ends_at = Column(Utc, nullable=False)
    account = relationship("Account")
