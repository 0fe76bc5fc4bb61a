"""Rows that may be there already: added once, whoever comes first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_new(db: Session, model: type, rows: Sequence[dict]) -> None:
    """Insert the rows that break no unique key, on SQLite and PostgreSQL alike."""
    if rows:
        dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
        db.execute(dialect.insert(model.__table__).on_conflict_do_nothing(), list(rows))
