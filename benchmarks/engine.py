"""`make bench`: this engine against the stock `twilio_voice` channel with Rasa's default pipeline, in one run."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
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
from anbu.settings import ROOT
from benchmarks.load import measure, report, stock
from benchmarks.load.lines import Line
from benchmarks.load.measure import Figures

FOLDER = ROOT / "var" / "bench"
RESULTS = Path(__file__).parent / "results"
VERSIONS = ("rasa", "tensorflow", "kiwipiepy", "sqlalchemy", "twilio")


def bench(
    quick: bool = typer.Option(False, help="fewer calls; the files and the README are left alone"),
) -> None:
    """Measure both engines, print the table and write it to benchmarks/results/ and the README."""
    console = Console(stderr=True)
    size = measure.QUICK if quick else measure.FULL
    try:
        with console.status("비교 대상을 준비합니다…") as status:
            model = stock.trained(status.update)
        with _running_ours() as (line, pid, load_s):
            ours = _measured("안부", line, pid, load_s, size, console)
        with console.status("비교 대상을 띄웁니다 (30초쯤)…"), stock.running(model) as (line, pid, load_s):
            status_off = _measured  # the status line gives way to the progress bar
            theirs = status_off("기본 Rasa", line, pid, load_s, size, console)
    except AnbuError as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(1) from None
    found = report.rows(theirs, ours)
    Console().print(report.table(found))
    if not quick:
        where = {
            "date": datetime.now().astimezone().isoformat(timespec="minutes"), "machine": measure.machine(),
            "versions": {"python": sys.version.split()[0], **{name: version(name) for name in VERSIONS}},
        }  # fmt: skip
        report.write(RESULTS, ROOT / "README.md", found, theirs, ours, where)
        console.print(f"▸ {RESULTS.relative_to(ROOT)}/engine.md")
