"""How soon a decision is due once a case is taken."""

from __future__ import annotations

from datetime import datetime, timedelta

DECIDE_WITHIN = {
    "P0": timedelta(hours=1), "P1": timedelta(days=1), "P2": timedelta(days=5), "P3": timedelta(days=14),
}  # fmt: skip


def decide_by(priority: str, start: datetime) -> datetime:
    """When a case of this priority, taken at `start`, is to be decided."""
    return start + DECIDE_WITHIN[priority]
