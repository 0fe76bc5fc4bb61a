"""The real engine as a subprocess, for rehearsals, tests and `anbu up`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from anbu.errors import AnbuError
from anbu.settings import ROOT, settings

LOG = ROOT / "var" / "engine.log"
START_WITHIN_S = 180
STOP_WITHIN_S = 10
ON_DUTY_NUMBER = "+821000000119"  # made up, so that hand-overs can be played; no such number is assigned


@dataclass(frozen=True)
class Engine:
    """A running engine. `url` is the public base URL that its webhooks are signed for."""

    url: str
    process: subprocess.Popen
    log: Path

    def wait(self) -> None:
        """Until Ctrl-C. Raises AnbuError when the engine ends by itself."""
        try:
            self.process.wait()
        except KeyboardInterrupt:
            return
        raise AnbuError(_died(self.process, self.log))


@contextmanager
def running_engine(
    overrides: Mapping[str, str] | None = None,
    *,
    port: int | None = None,
    rehearsal: bool = True,
    log: Path = LOG,
    endpoints: str = "endpoints.yml",
) -> Iterator[Engine]:
    """Start the engine, wait until it can answer calls, and stop it on leaving.

    overrides: environment variables for the engine alone. port: a free one when None. rehearsal: the public URL is the
    local one and a made-up officer can be dialled; otherwise settings decide. Raises AnbuError that says what to do.
    """
    if not list(settings().models_dir.glob("*.tar.gz")):
        where = settings().models_dir
        raise AnbuError(f"학습한 모델이 {where}에 없습니다. 먼저 `make train`을 실행하세요 (no trained model)")
    port = port or free_port()
    local = f"http://127.0.0.1:{port}"
    own = {"ANBU_PUBLIC_URL": local} if rehearsal or "public_url" not in settings().__fields_set__ else {}
    if rehearsal:
        own["ANBU_ON_DUTY_NUMBER"] = ON_DUTY_NUMBER
    env = {
        **os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3", **own, **(overrides or {}),
    }  # fmt: skip
    command = [
        sys.executable, "-m", "rasa", "run", "--model", str(settings().models_dir), "--port", str(port),
        "--credentials", "credentials.yml", "--endpoints", endpoints, "--interface", "127.0.0.1",
    ]  # fmt: skip
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as sink, _terminable():
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=sink, stderr=subprocess.STDOUT)
        try:
            _await_ready(process, local, log)
            yield Engine(env.get("ANBU_PUBLIC_URL") or settings().public_url, process, log)
        finally:
            stop(process)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process: subprocess.Popen) -> None:
    """Ask the process to end; kill it if it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ready(process: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    with Console(stderr=True).status("안부 엔진을 띄웁니다 (20초쯤)…"):
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AnbuError(_died(process, log))
            try:
                if httpx.get(f"{url}/webhooks/voice/ready", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
    raise AnbuError(f"엔진이 {START_WITHIN_S}초 안에 준비되지 않았습니다 (not ready). {_tail(log)}")


def _died(process: subprocess.Popen, log: Path) -> str:
    return f"엔진이 멈추었습니다 (the engine ended with code {process.returncode}). {_tail(log)}"


def _tail(log: Path, lines: int = 15) -> str:
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return f"{log}의 끝:\n" + "\n".join(f"  {line}" for line in last)


@contextmanager
def _terminable() -> Iterator[None]:
    """Within, SIGTERM unwinds the stack like Ctrl-C, so that the engine never outlives us. Main thread only."""
    try:
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
