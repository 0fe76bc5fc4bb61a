"""Live news of the queue by server-sent events: one watcher asks the database, every open page hears of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from anbu import clock
from anbu.casework import queue
from anbu.casework.roles import may, sees_town
from anbu.casework.signin import who
from anbu.console.web import cookie_name
from anbu.store.models import Account, Case
from anbu.store.session import transaction

log = structlog.get_logger()
LOOK_EVERY_S = 1.0
OVERLAP = timedelta(seconds=10)  # a transaction may commit after its changes were dated
HEARTBEAT_S = 15.0


class Watcher:
    """Looks for changed cases while anybody listens, and wakes the listeners."""

    def __init__(self):
        self.listeners: set[asyncio.Queue] = set()
        self.task: asyncio.Task | None = None
        self.seen: dict[tuple[str, int], datetime] = {}

    def listen(self) -> asyncio.Queue:
        news: asyncio.Queue = asyncio.Queue(maxsize=100)
        self.listeners.add(news)
        if self.task is None or self.task.done():
            self.seen = {}
            self.task = asyncio.create_task(self._watch())
        return news

    def leave(self, news: asyncio.Queue) -> None:
        self.listeners.discard(news)

    async def _watch(self) -> None:
        first = True
        while self.listeners:
            try:
                changed = await run_in_threadpool(self._look)
                if changed and not first:
                    for news in list(self.listeners):
                        if not news.full():
                            news.put_nowait(changed)
                first = False
            except Exception as error:  # a database that is away for a moment must not silence the queue for good
                log.error("live queue", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> list[dict]:
        now = clock.now()
        with transaction() as db:
            query = select(Case.id, Case.version, Case.town, Case.priority, Case.state, Case.holder_id, Case.changed_at)
            rows = db.execute(query.where(Case.changed_at > now - OVERLAP).limit(500)).all()
        fresh = [r for r in rows if (r.id, r.version) not in self.seen]
        self.seen = {k: t for k, t in self.seen.items() if t > now - 2 * OVERLAP}
        self.seen.update({(r.id, r.version): now for r in rows})
        return [
            {"id": r.id, "town": r.town, "urgent": r.priority == "P0" and r.state == "open" and r.holder_id is None}
            for r in fresh
        ]


def _account(request: Request) -> Account | None:
    with transaction() as db:
        account = who(db, request.cookies.get(cookie_name()), clock.now(), touch=False)
        return account if account is not None and may(account, "cases") else None


def _numbers(account: Account) -> dict:
    with transaction() as db:
        return queue.counts(db, account, clock.now())


async def events(request: Request) -> Response:
    """A stream: `numbers` (counts), `changed` (the queue moved), `urgent` (a new P0), `ended` (the session is over)."""
    account = await run_in_threadpool(_account, request)
    if account is None:
        return Response(status_code=401)
    return StreamingResponse(
        _stream(request, account), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _stream(request: Request, account: Account) -> AsyncIterator[str]:
    watcher: Watcher = request.app.state.watcher
    news = watcher.listen()
    told: set[str] = set()
    try:
        yield _event("numbers", await run_in_threadpool(_numbers, account))
        while not await request.is_disconnected():
            try:
                changed = await asyncio.wait_for(news.get(), HEARTBEAT_S)
            except asyncio.TimeoutError:
                account = await run_in_threadpool(_account, request)
                if account is None:
                    yield _event("ended", {})
                    return
                yield ": still here\n\n"
                continue
            mine = [c for c in changed if sees_town(account, c["town"])]
            if not mine:
                continue
            urgent = {c["id"] for c in mine if c["urgent"]} - told
            told |= urgent
            numbers = await run_in_threadpool(_numbers, account)
            yield _event("urgent" if urgent else "changed", {"cases": sorted(c["id"] for c in mine), **numbers})
    finally:
        watcher.leave(news)


def _event(name: str, data: dict) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


ROUTES = [Route("/live", events)]
