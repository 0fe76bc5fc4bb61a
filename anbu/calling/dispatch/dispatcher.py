"""One worker of the dispatcher: claim and dial, and keep the house in order. Any number of them share a database."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from anbu import clock
from anbu.calling.campaigns.rounds import plan_due
from anbu.calling.campaigns.service import finish_done
from anbu.calling.dispatch import reconcile
from anbu.calling.dispatch.aftermath import overdue, promises
from anbu.calling.dispatch.claiming import claim
from anbu.calling.dispatch.dialling import Dialler
from anbu.calling.dispatch.texts import deliver_texts, due_texts
from anbu.calling.gateway import Gateway
from anbu.settings import settings
from anbu.store.models import new_id
from anbu.store.session import transaction

log = structlog.get_logger()
AHEAD_S = 1.0  # claimed calls wait this long for their moment at most, more or less
IDLE_S = 0.2
KEEP_HOUSE_EVERY_S = 1.0
PLAN_EVERY_S = 30.0


class Dispatcher:
    """Claims and dials with a few threads. Time is injected; `run` uses the real one."""

    def __init__(
        self, gateway: Gateway, *, threads: int = 4, worker: str | None = None,
        now: Callable[[], datetime] = clock.now, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self.worker = worker or f"{socket.gethostname()[:16]}:{os.getpid()}:{new_id()[:6]}"
        self._gateway, self._now, self._threads = gateway, now, threads
        self._lease = timedelta(seconds=settings().lease_s)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dial")
        self._dialler = Dialler(gateway, self.worker, self._lease, now, sleep)

    def dial_due(self) -> int:
        """Claim what is due and dial it; → how many. Claims no more than the rate lets out soon."""
        soon = max(1, round(settings().calls_per_second * AHEAD_S))
        claimed = claim(self.worker, self._now(), min(soon, self._threads * 2), self._lease)
        list(self._pool.map(self._dialler.dial, claimed))
        return len(claimed)

    def keep_house(self) -> dict[str, int]:
        """Settle, expire, look up, cancel, roll over, text; → what was done. Safe in every worker at once."""
        now = self._now()
        did = {"settled": reconcile.settle(now), "expired": reconcile.expire(now)}
        did["asked"] = reconcile.look_up(self._gateway, self._now)
        did["cancelled"] = reconcile.end_of_window(self._gateway, now)
        did["rolled_over"] = reconcile.roll_over(now)
        with transaction(exclusive=True) as db:
            did["overdue"] = overdue(db, now)
            did["promised"] = promises(db, now)
        did["texts"] = due_texts(now)
        deliver_texts(self._gateway)
        return {key: n for key, n in did.items() if n}

    def plan(self) -> int:
        """Plan rounds that are due and close campaigns that are done; → new attempts."""
        planned = sum(plan_due(self._now()).values())
        with transaction(exclusive=True) as db:
            finish_done(db, self._now())
        return planned

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`. Nothing that fails once ends the worker."""
        log.info("worker starts", worker=self.worker)
        next_house = next_plan = 0.0
        while not stop.is_set():
            try:
                at = time.monotonic()
                if at >= next_plan:
                    self.plan()
                    next_plan = at + PLAN_EVERY_S
                if at >= next_house:
                    self.keep_house()
                    next_house = at + KEEP_HOUSE_EVERY_S
                if not self.dial_due():
                    stop.wait(IDLE_S)
            except Exception as error:
                log.error("worker failed", worker=self.worker, error=type(error).__name__)
                stop.wait(1.0)
        log.info("worker stops", worker=self.worker)
