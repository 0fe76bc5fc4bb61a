"""`anbu calls …` and `anbu worker`: the dispatcher at work."""

from __future__ import annotations

import signal
import threading

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(no_args_is_help=True, help="거는 전화")
out = Console()


@app.command("stuck")
def show_stuck() -> None:
    """움직이지 않는 것과 그 까닭."""
    from anbu import clock
    from anbu.calling.dispatch.stuck import stuck
    from anbu.cli import prepare
    from anbu.store.session import transaction

    prepare()
    with transaction() as db:
        found = stuck(db, clock.now())
    if not found:
        out.print("막힌 것이 없습니다.")
        return
    table = Table("무엇", "번호", "언제부터", "까닭")
    for one in found:
        table.add_row(one.kind, one.id[:8], f"{one.since.astimezone(clock.SEOUL):%m-%d %H:%M}", one.why)
    out.print(table)
    raise typer.Exit(1)


def worker(threads: int = typer.Option(4, help="한꺼번에 몇 통을 걸지 (통화 수가 아니라 거는 일)")) -> None:
    """전화를 거는 작업자. 여러 대에서 여럿을 켜도 한 분께 두 번 걸지 않습니다. Ctrl-C로 멈춥니다.

    PostgreSQL이면 Procrastinate 작업으로, SQLite면 제 힘으로 돕니다.
    """
    from anbu.cli import prepare
    from anbu.store.session import engine

    prepare()
    if engine().dialect.name == "postgresql":
        from anbu.calling.dispatch.tasks import run

        run(threads)
        return
    from anbu.calling.dispatch.dispatcher import Dispatcher
    from anbu.calling.gateway import open_gateway

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    Dispatcher(open_gateway(), threads=threads).run(stop)
