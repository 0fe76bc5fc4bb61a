"""`make bench`: this engine against the stock `twilio_voice` channel with Rasa's default pipeline, in one run."""

from __future__ import annotations

import base64
import os
import platform
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from anbu.errors import AnbuError
from anbu.rehearsal.engine import running_engine
from anbu.settings import ROOT, settings
from benchmarks.load import measure, report, stock
from benchmarks.load.lines import Line

FOLDER = ROOT / "var" / "bench"
RESULTS = Path(__file__).parent / "results"
VERSIONS = ("rasa", "tensorflow", "kiwipiepy", "sqlalchemy", "twilio")


def main(quick: bool = typer.Option(False, "--quick", help="fewer calls; files and README are left alone")) -> None:
    """Measure both engines, print the table, and write it to benchmarks/results/ and into the README."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stop the engines on the way out
    console = Console(stderr=True)
    size = measure.QUICK if quick else measure.FULL
    try:
        with console.status("비교 대상을 준비합니다…") as status:
            model = stock.trained(status.update)
        with _ours() as running:
            ours = _measured("안부", *running, size, console)
        with stock.running(model) as running:
            theirs = _measured("기본 Rasa", *running, size, console)
    except AnbuError as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(1) from None
    found = report.rows(theirs, ours)
    Console().print(report.table(found))
    if not quick:
        where = {
            "date": datetime.now().astimezone().isoformat(timespec="minutes"), "machine": measure.machine(),
            "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}},
        }  # fmt: skip
        report.write(RESULTS, ROOT / "README.md", found, theirs, ours, where)
        console.print(f"▸ {RESULTS.relative_to(ROOT)}/engine.md")


@contextmanager
def _ours() -> Iterator[tuple[Line, int, float]]:
    """Start our engine on a database, a key and a token of its own; → its line, process id and load time in seconds."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("calls.db*"):
        old.unlink()
    token = secrets.token_hex(16)
    os.environ |= {
        "ANBU_DATABASE_URL": f"sqlite:///{FOLDER / 'calls.db'}", "ANBU_SPOOL_DIR": str(FOLDER / "spool"),
        "ANBU_TWILIO_AUTH_TOKEN": token, "ANBU_DATA_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }  # fmt: skip
    settings.cache_clear()
    started = time.monotonic()
    with running_engine(log=FOLDER / "engine.log") as engine:
        load_s = time.monotonic() - started
        yield Line(engine.url, "/webhooks/voice/answer", token), engine.process.pid, load_s


def _measured(name: str, line: Line, pid: int, load_s: float, size: measure.Size, console: Console) -> measure.Figures:
    """Measure one engine behind a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        phases = {}

        def progress(phase: str, done: int, of: int) -> None:
            if phase not in phases:
                phases[phase] = bar.add_task(f"{name}: {phase}", total=of)
            bar.update(phases[phase], completed=done)

        return measure.measure(line, pid, load_s, size, progress)


if __name__ == "__main__":
    typer.run(main)
