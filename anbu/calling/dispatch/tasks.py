"""The dispatcher's work as Procrastinate jobs, for any number of workers on one PostgreSQL.

A job's body is "claim what is due and do it" or "look what stands still and move it": the tables are the truth, a job
that is doubled or lost does no harm, and the next second brings another.
"""

from __future__ import annotations

import time
from functools import lru_cache

import structlog
from procrastinate import App, PsycopgConnector
from sqlalchemy import text

from anbu.calling.dispatch.dispatcher import Dispatcher
from anbu.calling.gateway import open_gateway
from anbu.settings import settings
from anbu.store.session import engine

log = structlog.get_logger()
QUEUE = "calls"
DIAL_JOBS = 4  # waiting at a time; each dials for a while
DIAL_FOR_S = 5.0
EVERY_SECOND = "* * * * * *"
EVERY_HALF_MINUTE = "* * * * * */30"
ONE_AT_A_TIME = 0x616E6276


@lru_cache(maxsize=1)
def _dispatcher() -> Dispatcher:
    return Dispatcher(open_gateway())


def dial(timestamp: int = 0) -> None:
    """Dial what is due, for a few seconds."""
    until = time.monotonic() + DIAL_FOR_S
    while time.monotonic() < until and _dispatcher().dial_due():
        pass


def keep_house(timestamp: int = 0) -> None:
    """Settle, expire, look up, cancel, roll over, text."""
    _dispatcher().keep_house()


def plan(timestamp: int = 0) -> None:
    """Plan rounds that are due, close campaigns that are done."""
    _dispatcher().plan()


def make_app() -> App:
    """The job queue in the database of the settings."""
    url = settings().database_url.replace("postgresql+psycopg2://", "postgresql://")
    app = App(connector=PsycopgConnector(conninfo=url))
    for name, work, when, slots in (
        ("dial", dial, EVERY_SECOND, DIAL_JOBS), ("keep_house", keep_house, EVERY_SECOND, 1),
        ("plan", plan, EVERY_HALF_MINUTE, 1),
    ):  # fmt: skip
        task = app.task(queue=QUEUE, name=name)(work)
        for slot in range(slots):
            lock = f"{name}:{slot}"  # at most one waiting job of each kind and slot
            app.periodic(cron=when, periodic_id=lock, queueing_lock=lock)(task)
    return app


def prepare(app: App) -> None:
    """Make the queue's tables unless they are there; many workers may start at once."""
    with engine().begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
            connection.exec_driver_sql(app.schema_manager.get_schema().replace("%", "%%"))


def run(threads: int) -> None:
    """Work until stopped by a signal."""
    app = make_app()
    prepare(app)
    log.info("worker starts", jobs="procrastinate")
    app.run_worker(queues=[QUEUE], concurrency=threads, delete_jobs="always", fetch_job_polling_interval=1.0)
