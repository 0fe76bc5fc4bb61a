"""A PostgreSQL server of the benchmark's own, as Debian installs it: durable, reached by a Unix socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.postgres import Cluster, running

OPTIONS = {
    "listen_addresses": "", "max_connections": "100", "shared_buffers": "1GB", "max_wal_size": "4GB", "timezone": "UTC",
}  # fmt: skip


@contextmanager
def server() -> Iterator[Cluster]:
    """Up while it is used; the data is gone afterwards."""
    with running(OPTIONS, folder="/var/tmp") as cluster:
        yield cluster
