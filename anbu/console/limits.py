"""Rate limits by address: many for pages, few for signing in. In memory of this process."""

from __future__ import annotations

import threading
import time

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem
from starlette.requests import Request

PAGES = Rate(600, Duration.MINUTE)
SIGN_INS = Rate(20, Duration.MINUTE)
MOST_ADDRESSES = 10_000

_lock = threading.Lock()
_buckets: dict[tuple[str, str], InMemoryBucket] = {}


def allowed(request: Request) -> bool:
    """Whether this address may ask once more just now."""
    return _take("page", PAGES, request)


def may_try_to_sign_in(request: Request) -> bool:
    return _take("sign-in", SIGN_INS, request)


def forget() -> None:
    """Start anew (tests)."""
    with _lock:
        _buckets.clear()


def _take(kind: str, rate: Rate, request: Request) -> bool:
    address, now = request.client.host if request.client else "unknown", int(time.time() * 1000)
    with _lock:
        if len(_buckets) > MOST_ADDRESSES:
            _buckets.clear()
        bucket = _buckets.setdefault((kind, address), InMemoryBucket([rate]))
        bucket.leak(now)
        return bucket.put(RateItem(address, now))
