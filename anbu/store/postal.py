"""What the postman found at a door."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import relationship

from anbu.store.base import Base, Utc
from anbu.store.crypto import Sealed


class PostalFinding(Base):
    """A postman's report on one task of the postal list. `signs` are codes of data/assessment/postal.yml."""

    __tablename__ = "postal_findings"
    __table_args__ = (Index("ix_postal_findings_town", "town", "at"),)
    id = Column(Integer, primary_key=True)
    attempt_id = Column(String(32), ForeignKey("attempts.id"), unique=True, nullable=False)
    resident_id = Column(String(32), ForeignKey("residents.id"), nullable=False, index=True)
    town = Column(String(60))
    visited_on = Column(Date, nullable=False)
    result = Column(String(10), nullable=False)  # reached | no_answer
    signs = Column(JSON, nullable=False)
    note = Column(Sealed)
    recorded_by = Column(String(32), ForeignKey("accounts.id"), nullable=False)
    at = Column(Utc, nullable=False)
    resident = relationship("Resident")
