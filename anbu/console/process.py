"""The console beside the engine: a process of its own, so that a busy page never keeps a caller waiting."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from anbu.console.server import default_port
from anbu.errors import AnbuError
from anbu.rehearsal.engine import stop
from anbu.settings import ROOT, settings

START_WITHIN_S = 30
LOG = ROOT / "var" / "console.log"


@contextmanager
def running_console(port: int | None = None) -> Iterator[str]:
    """Start the console and stop it on leaving; yields its address. Raises AnbuError that says where to look."""
    port = port or default_port()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with open(LOG, "wb") as sink:
        command = [sys.executable, "-m", "anbu.console.server", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT)
        try:
            _await_ready(process, port)
            yield settings().console_url
        finally:
            stop(process)


def _await_ready(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AnbuError(
        f"검토 화면이 뜨지 않았습니다. {LOG}를 보세요. 다른 프로그램이 {port}번 포트를 쓰고 있을 수 있습니다."
    )
