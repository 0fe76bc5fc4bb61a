"""What `make bench` measured, as a table on the terminal, in benchmarks/results/ and in the README."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from benchmarks.load.measure import CONCURRENT, Figures

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


@dataclass(frozen=True)
class Row:
    """One line of the table. `figure` is ours over stock."""

    name: str
    stock: str
    ours: str
    figure: str = ""
    aim: str = ""
    met: bool | None = None


def rows(stock: Figures, ours: Figures) -> list[Row]:
    """The table, aims and all."""

    def row(name: str, show: Callable[[float], str], key: str, most: float | None = None) -> Row:
        theirs, own = getattr(stock, key), getattr(ours, key)
        aim, met = ("", None) if most is None else (f"≤ {most:.2g}×", own / theirs <= most)
        return Row(name, show(theirs), show(own), _x(own / theirs), aim, met)

    def faster(calls: int, key: str) -> Row:
        theirs, own = getattr(stock, key), getattr(ours, key)
        name = f"초당 응답, {calls}통화 (turns a second, {calls} call{'s' if calls > 1 else ''})"
        return Row(name, f"{theirs:.1f}", f"{own:.1f}", _x(own / theirs), "≥ 3×", own / theirs >= 3)

    grown = ours.growth
    return [
        row("응답 p50 (turn, p50)", _ms, "p50_ms", 1 / 3),
        row("응답 p95 (turn, p95)", _ms, "p95_ms"),
        row("프로세서 시간 (processor time a turn)", _ms, "cpu_ms"),
        faster(1, "per_second_1"),
        faster(CONCURRENT, "per_second_16"),
        row(f"응답 p95, {CONCURRENT}통화 (turn, p95, {CONCURRENT} calls)", _ms, "p95_16_ms"),
        row("메모리 (resident memory)", _mb, "loaded_mb", 0.6),
        row("뜨는 시간 (load time)", _s, "load_s"),
        Row(
            "60번째 / 5번째 응답 (turn 60 over turn 5)", _growth(stock), _growth(ours), "", "≤ 1.3×",
            grown is not None and grown <= 1.3,
        ),
    ]  # fmt: skip


def table(found: list[Row]) -> Table:
    """For the terminal."""
    shown = Table(title="안부 엔진과 기본 Rasa (this engine against stock Rasa)")
    for heading in ("", "기본 Rasa (stock)", "안부 (ours)", "안부/기본 (ratio)", "목표 (aim)", ""):
        shown.add_column(heading, justify="left" if not heading else "right")
    for row in found:
        shown.add_row(row.name, row.stock, row.ours, row.figure, row.aim, _mark(row, "[green]✓[/]", "[red]✗[/]"))
    return shown


def markdown(found: list[Row], where: dict) -> str:
    """For files."""
    lines = [
        "| | 기본 Rasa (stock) | 안부 (ours) | 안부/기본 (ratio) | 목표 (aim) | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    lines += [f"| {r.name} | {r.stock} | {r.ours} | {r.figure} | {r.aim} | {_mark(r, '✓', '✗')} |" for r in found]
    machine, versions = where["machine"], where["versions"]
    lines += [
        "",
        f"{where['date']}, {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ". `make bench`",
    ]
    return "\n".join(lines)


def write(folder: Path, readme: Path, found: list[Row], stock: Figures, ours: Figures, where: dict) -> None:
    """engine.md and engine.json in `folder`, and the marked block of the README when it has one."""
    folder.mkdir(parents=True, exist_ok=True)
    text = markdown(found, where)
    (folder / "engine.md").write_text(f"# `make bench`\n\n{text}\n\n{METHOD}", encoding="utf-8")
    measured = {**where, "stock": stock.as_dict(), "ours": ours.as_dict()}
    (folder / "engine.json").write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if readme.exists():
        before = readme.read_text(encoding="utf-8")
        after = within(before, text)
        if after != before:
            readme.write_text(after, encoding="utf-8")


def within(readme: str, text: str) -> str:
    """The README with `text` between the markers; unchanged when it has none."""
    block = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    return block.sub(lambda _: f"{BEGIN}\n{text}\n{END}", readme)


METHOD = f"""\
Both engines are started by `rasa run` on loopback, one after the other, and take the same scripted calls over HTTP:
the same words in the same order, after warm-up calls. *Ours* is the engine as it takes real calls: signed webhooks,
every utterance committed to SQLite (encrypted) before it is understood, danger screen, custom actions, TwiML.
*Stock* is Rasa's `twilio_voice` channel with the default pipeline and policies (DIET, TED, UnexpecTED), trained on the
same act phrases, with the same questions asked by a form and the same interruptions; it keeps nothing on disk, checks
no signature, and needs no action server, all of which is to its advantage.

- Turn times are measured by the caller, one call at a time; the greeting is left out.
- Processor time a turn: of the server process, hardly moved by what else the machine does at the time.
- Turns a second: all turns of all calls over the time they took, one server process.
- Memory: resident, after all calls. Load time: from starting the process until it can answer.
- Turn 60 over turn 5: medians over calls that interrupt nearly every question four times; both turns answer a question
  (`interrupted_*` in engine.json: turns 59 and 4, both the same interruption).
- `{CONCURRENT} calls`: as many callers at once, each speaking as soon as it has its reply. The caller runs on the same
  machine.
"""


def _mark(row: Row, yes: str, no: str) -> str:
    return "" if row.met is None else yes if row.met else no


def _ms(value: float) -> str:
    return f"{value:.1f} ms"


def _s(value: float) -> str:
    return f"{value:.1f} s"


def _mb(value: float) -> str:
    return f"{value:,.0f} MB"


def _x(value: float) -> str:
    return f"{value:.2f}×"


def _growth(figures: Figures) -> str:
    if figures.growth is None:
        return "–"
    return f"{figures.late_ms:.1f} / {figures.early_ms:.1f} ms = {figures.growth:.2f}×"
