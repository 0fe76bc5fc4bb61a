"""The moment, Asia/Seoul. Everything asks here, so that tests can set it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


def now() -> datetime:
    """The present moment in Seoul, timezone-aware."""
    return datetime.now(SEOUL)
