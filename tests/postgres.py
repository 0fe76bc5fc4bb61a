"""PostgreSQL for tests: Debian's server, a cluster of its own in a temporary folder, a fresh database a test.

`postgres_database` is `database` on PostgreSQL; `each_database` runs the test on SQLite and on PostgreSQL. The server
is reached by a Unix socket, so no port is taken. Where the server is missing it is installed if this user may do that;
otherwise the tests are skipped and say what to install.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from anbu.store import session

START_WITHIN_S = 60
MISSING = "PostgreSQL이 없습니다: `apt-get install -y postgresql` (the PostgreSQL server is not installed)"
# Lives for one test run on one machine: no durability against a power cut is wanted.
OPTIONS = {
    "listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "max_connections": "200", "shared_buffers": "128MB", "timezone": "UTC",
}  # fmt: skip


@dataclass
class Cluster:
    """A running server; `url` of a database in it."""

    folder: Path
    process: subprocess.Popen
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, name: str) -> str:
        return f"postgresql://anbu@/{name}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; → its name."""
        name = f"test_{next(self._numbers)}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", future=True)
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def binaries() -> Path | None:
    """The folder of the newest server's programs, installing Debian's package where that is possible."""
    if _installed() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 300}
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=env, **quiet)
        subprocess.run(["apt-get", "install", "-yq", "--no-install-recommends", "postgresql"], env=env, **quiet)
    return _installed()


def _installed() -> Path | None:
    versions = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()]
    on_path = shutil.which("initdb")
    newest = max(versions, key=lambda p: float(p.parent.name), default=None)
    return newest or (Path(on_path).resolve().parent if on_path else None)


def _unprivileged() -> dict:
    """The server refuses to run as root: then it runs as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def running(options: dict[str, str] = OPTIONS, folder: str = "/tmp") -> Iterator[Cluster]:
    """A server with these options, its data in a new folder under `folder`. Skips the test where there is none."""
    programs = binaries()
    if programs is None:
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="anbu-pg-", dir=folder, ignore_cleanup_errors=True) as name:
        place, who = Path(name), _unprivileged()
        if who:
            os.chown(place, who["user"], who["group"])
        os.chmod(place, 0o755)
        data, quiet = place / "data", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **who}
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "anbu", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True, **quiet,
        )  # fmt: skip
        settings = [f"--{key}={value}" for key, value in options.items()]
        server = subprocess.Popen([programs / "postgres", "-D", data, "-k", place, *settings], **quiet)
        cluster = Cluster(place, server)
        try:
            _await(cluster)
            yield cluster
        finally:
            server.send_signal(signal.SIGINT)  # SIGTERM would wait for sessions
            server.wait(30)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of this test run."""
    with running() as cluster:
        yield cluster


def _await(cluster: Cluster) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while True:
        try:
            cluster._administer("SELECT 1")
            return
        except Exception:
            if cluster.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def _migrated_template(postgres) -> str:
    """A database at the newest revision: copying it is quicker than migrating for each test."""
    name = postgres.create()
    session.migrate(postgres.url(name))
    return name


@pytest.fixture
def postgres_database(postgres, _migrated_template, configure, tmp_path):
    """A migrated PostgreSQL database of this test alone; other processes find it in ANBU_DATABASE_URL."""
    name = postgres.create(_migrated_template)
    configure(DATABASE_URL=postgres.url(name), SPOOL_DIR=tmp_path / "spool")
    yield session
    session.engine().dispose()
    postgres.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def each_database(request):
    """The test runs twice: on SQLite and on PostgreSQL."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres_database")
