"""Engines and sessions. A transaction is opened at the edge (`with transaction() as db`), never deep inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from anbu.settings import settings

BUSY_TIMEOUT_MS = 5000
POOL = 20


def make_engine(url: str) -> Engine:
    """An engine for `url`; SQLite gets WAL, foreign keys and a busy timeout."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # As many as the console answers at once: beyond the pool, every page would open a connection of its own.
        return create_engine(
            url, future=True, pool_pre_ping=True, hide_parameters=True, pool_size=POOL, max_overflow=POOL,
            connect_args={"options": "-c jit=off"},  # the queries are short: compiling one costs more than it takes
        )  # fmt: skip
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # A pool keeps connections: whenever the last one closes, SQLite checkpoints and deletes its log (20 ms).
    pool = {"poolclass": QueuePool} if parsed.database else {}
    engine = create_engine(url, future=True, hide_parameters=True, connect_args={"check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def _pragmas(connection, _record):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "checkin")
    def _lasting_again(connection, _record):
        if connection is not None:
            connection.execute("PRAGMA synchronous=FULL")

    return engine


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return make_engine(url)


def engine() -> Engine:
    """This process's engine."""
    return _engine(settings().database_url)


def open_session() -> Session:
    """A session for several transactions in a row; what one of them read, the next ones know."""
    return Session(engine(), future=True, expire_on_commit=False)


@contextmanager
def transaction(session: Session | None = None, *, lasting: bool = True, exclusive: bool = False) -> Iterator[Session]:
    """A session whose work is committed on leaving, or rolled back on an exception. `session`: go on with that one.

    What was committed survives a killed process in any case. With `lasting=False` a power cut may still take it, until
    the next lasting transaction: it saves waiting for the disk where what was heard is already safe.
    exclusive: what is read will decide what is written. SQLite then takes its one write lock at once; on PostgreSQL
    the reader locks the rows themselves (`with_for_update`).
    """
    with open_session() if session is None else nullcontext(session) as db, db.begin():
        if exclusive and db.get_bind().dialect.name == "sqlite":
            db.connection().exec_driver_sql("BEGIN IMMEDIATE")
        if not lasting:
            _do_not_wait_for_the_disk(db)
        yield db


def _do_not_wait_for_the_disk(db: Session) -> None:
    """For the transaction that begins; both settings end with it."""
    sqlite = db.get_bind().dialect.name == "sqlite"
    db.connection().exec_driver_sql("PRAGMA synchronous=NORMAL" if sqlite else "SET LOCAL synchronous_commit TO off")


def migrate(url: str | None = None) -> None:
    """Bring the database to the newest revision (creates it when there is none)."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", (url or settings().database_url).replace("%", "%%"))
    command.upgrade(config, "head")
