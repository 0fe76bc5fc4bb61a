"""The audit log: append-only (the database itself refuses changes) and chained by keyed hashes."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String

from anbu.store.base import Base, Utc


class AuditEntry(Base):
    """Who saw or changed what and when. Carries ids and codes, never a resident's words, name or number."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id"), Index("ix_audit_account", "account_id", "n"))
    n = Column(Integer, primary_key=True, autoincrement=False)  # 1, 2, 3 … without gaps
    at = Column(Utc, nullable=False, index=True)
    account_id = Column(String(32), ForeignKey("accounts.id"))  # None: the machine, or nobody signed in
    action = Column(String(40), nullable=False)
    subject = Column(String(20))  # case | resident | call | account | sample | referral | …
    subject_id = Column(String(64))
    detail = Column(JSON, nullable=False)
    previous = Column(String(64), nullable=False)
    hash = Column(String(64), nullable=False)


class AuditHead(Base):
    """The last entry's number and hash; the one row that writers queue at."""

    __tablename__ = "audit_head"
    id = Column(Integer, primary_key=True)
    n = Column(Integer, nullable=False)
    hash = Column(String(64), nullable=False)
