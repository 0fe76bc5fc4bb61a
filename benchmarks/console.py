"""`make bench-console`: 20 officers at once over 100,000 cases and 5,000,000 turns on PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import typer
from rich.console import Console
from rich.table import Table

from anbu import clock
from anbu.rehearsal.engine import free_port, stop
from anbu.settings import ROOT, settings
from anbu.store import session
from benchmarks.load.measure import machine
from benchmarks.officers import postgres, visits
from benchmarks.officers.seed import Size, seed

OFFICERS = 20
AIM_MS = 300
RESULTS = Path(__file__).parent / "results" / "console.md"
SMALL = Size(residents=1000, calls=20_000, turns=5)
PAGE_KO = {"queue": "대기열", "case": "사례", "transcript": "사례와 통화 내용", "board": "현황"}


def main(
    quick: bool = typer.Option(False, "--quick", help="few rows; the result file is left alone"),
    rounds: int = typer.Option(20, help="rounds of four pages an officer"),
    think: float = typer.Option(2.0, help="mean seconds a person looks at a page"),
) -> None:
    """Seed, measure with people's pauses and without any, print the table and write it."""
    console, size = Console(stderr=True), SMALL if quick else Size()
    with postgres.server() as cluster, console.status("준비합니다…") as status:
        os.environ.update(
            ANBU_DATABASE_URL=cluster.url(cluster.create()), ANBU_TWILIO_AUTH_TOKEN="bench",
            ANBU_DATA_KEY=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        )  # fmt: skip
        settings.cache_clear()
        session.migrate()
        started = time.perf_counter()
        tokens = seed(session.engine(), size, clock.now(), lambda text: status.update(f"채웁니다: {text}"))
        seeded_s, weighs = time.perf_counter() - started, _megabytes()
        # a few managers who see every town, the rest officers of one
        chosen = [*list(tokens.values())[: OFFICERS - 4], *list(tokens.values())[-4:]]
        found = {}
        with _console() as url:
            for name, pause in (("사람처럼 쉬며", think), ("쉬지 않고", 0.0)):
                status.update(f"잽니다: {name}")
                cookie = "anbu"
                found[name] = asyncio.run(visits.visits(url, cookie, chosen, rounds, pause))
        session.engine().dispose()
    for name, seen in found.items():
        Console().print(_table(f"{name} ({seen.answers / seen.seconds:.1f} 화면/초)", seen))
    if not quick:
        RESULTS.write_text(_markdown(size, found, think, seeded_s, weighs), encoding="utf-8")
        console.print(f"▸ {RESULTS.relative_to(ROOT)}")


@contextmanager
def _console() -> Iterator[str]:
    """The console as it runs in service."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {**os.environ, "ANBU_CONSOLE_URL": url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "anbu.console.server", str(port)], cwd=ROOT, env=env)
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        stop(process)


def _megabytes() -> float:
    with session.engine().connect() as db:
        return db.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() / 1e6


def _table(title: str, seen: visits.Seen) -> Table:
    table = Table("화면", "번", "p50 ms", "p95 ms", "가장 느림 ms", "KB", title=title)
    for f in seen.figures():
        met = "green" if f.p95_ms <= AIM_MS else "red"
        cells = (f"{f.p50_ms:.0f}", f"[{met}]{f.p95_ms:.0f}[/]", f"{f.slowest_ms:.0f}", f"{f.kilobytes:.0f}")
        table.add_row(PAGE_KO[f.page], str(f.answers), *cells)
    return table


def _markdown(size: Size, found: dict[str, visits.Seen], think: float, seeded_s: float, weighs: float) -> str:
    where, today = machine(), datetime.now().astimezone()
    lines = [
        "# 검토 화면의 속도 (`make bench-console`)", "",
        f"{today:%Y-%m-%d}, {where['processor']} {where['cores']}코어, 메모리 {where['memory_gb']} GB.", "",
        f"- PostgreSQL에 사례 {size.cases:,}건, 통화 {size.calls:,}건, 발화 {size.calls * size.turns:,}개, "
        f"주민 {size.residents:,}명 ({weighs / 1000:.1f} GB, 채우는 데 {seeded_s:.0f}초)",
        f"- 담당자 {OFFICERS}명(모든 동을 보는 관리자 4명 포함)이 대기열 → 사례 → 통화 내용 → 현황을 되풀이해 엶",
        "- 서버와 데이터베이스와 담당자가 모두 이 기계에서 돎",
        f"- 목표: 모든 화면의 p95 {AIM_MS} ms 아래", "",
    ]  # fmt: skip
    for name, seen in found.items():
        pause = (
            f"한 화면을 평균 {think:.0f}초 보고 넘어갑니다"
            if name == "사람처럼 쉬며"
            else "답을 받자마자 다음을 엽니다"
        )
        lines += [
            f"## {name}", "", f"{pause}: 초당 {seen.answers / seen.seconds:.1f} 화면.", "",
            "| 화면 | 번 | p50 | p95 | 가장 느림 | 크기 | 목표 |", "|---|---:|---:|---:|---:|---:|---|",
        ]  # fmt: skip
        lines += [
            f"| {PAGE_KO[f.page]} | {f.answers} | {f.p50_ms:.0f} ms | {f.p95_ms:.0f} ms | {f.slowest_ms:.0f} ms "
            f"| {f.kilobytes:.0f} KB | {'이룸' if f.p95_ms <= AIM_MS else '못 미침'} |"
            for f in seen.figures()
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
