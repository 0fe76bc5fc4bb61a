"""Dispatcher workers as processes of their own, for tests that kill them; forked with modules loaded, so quick."""

import multiprocessing
import os
import threading
from datetime import timedelta
from multiprocessing.process import BaseProcess

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.calling.dispatch.workers", "anbu.calling.gateway.twilio", "psycopg2"])

# Loaded once, in the server that workers are forked from.
from anbu import clock  # noqa: E402
from anbu.calling.dispatch.dispatcher import Dispatcher  # noqa: E402
from anbu.calling.gateway import open_gateway  # noqa: E402
from anbu.settings import settings  # noqa: E402


def start_worker(ahead: timedelta) -> BaseProcess:
    """A worker with this process's settings, its clock set ahead."""
    environment = {key: value for key, value in os.environ.items() if key.startswith("ANBU_")}
    process = _context.Process(target=_work, args=(environment, ahead), daemon=True)
    process.start()
    return process


def _work(environment: dict, ahead: timedelta) -> None:
    os.environ.update(environment)
    settings.cache_clear()
    Dispatcher(open_gateway(), threads=4, now=lambda: clock.now() + ahead).run(threading.Event())
