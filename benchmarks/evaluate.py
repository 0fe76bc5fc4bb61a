"""`make evaluate`: how well utterances are understood, by the components a call uses.

The evaluation set is held out: tune on the development set and on training phrases, never on it. Its errors are
therefore written only when asked for (`--errors`), to judge labels or to retire the set.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import typer
from rich.console import Console

from anbu.errors import AnbuError
from anbu.language import artefact
from anbu.language.corpus import examples
from anbu.settings import ROOT
from benchmarks.evaluation import baseline, errors, gold, run, tables
from benchmarks.evaluation.figures import Figures
from benchmarks.evaluation.metrics import Rate

DATA = ROOT / "data"
RESULTS = Path(__file__).parent / "results"
BASELINE = RESULTS / "baseline.json"
SCRATCH = ROOT / "var" / "evaluation"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Set = Enum("Set", {name: name for name in gold.SETS}, type=str)


@app.command()
def main(
    set_: Set = typer.Option(Set.evaluation, "--set", help="evaluation(따로 둔 것) 또는 development(조율용)"),
    check: bool = typer.Option(False, "--check", help="적지 않고, 기준(baseline.json)보다 나빠졌으면 1로 끝냅니다"),
    set_baseline: bool = typer.Option(False, "--set-baseline", help="이 결과를 기준으로 삼습니다"),
    write_errors: bool = typer.Option(False, "--errors", help="evaluation에서도 틀린 발화를 적습니다"),
    newest: bool = typer.Option(False, "--newest", help="새로 학습하지 않고 가장 새 모델을 씁니다"),
    noise: bool = typer.Option(True, help="잡음을 넣어서도 잽니다"),
) -> None:
    """발화를 얼마나 알아듣는지 잽니다. 표를 보이고 benchmarks/results에 적습니다."""
    console = Console()
    utterances = gold.load(set_.value)
    model, training, size = _model(newest, console)
    pairs = run.hear_all(utterances, run.shipped(model), console, noise)
    figures = {kind: Figures.of(found) for kind, found in pairs.items()}
    shown = [
        tables.summary(figures), tables.signals(figures), tables.factors(figures),
        tables.confusion(figures[gold.CLEAN]),
        tables.resources(figures, training, size, f"{_memory_mb():,.0f} MB"),
    ]  # fmt: skip
    for table in shown:
        table.show(console)
    leaked = gold.in_common(utterances, (e.text for e in examples(DATA)))
    note = f"발화 {len(utterances):,}개. 여덟 자 이상인 발화 가운데 학습 문구와 같은 것 {leaked}개."
    console.print(note)
    if not check:
        _write(set_.value, figures, shown, note)
    if write_errors or set_ is Set.development:
        SCRATCH.mkdir(parents=True, exist_ok=True)
        (SCRATCH / "errors.md").write_text(f"# 틀린 발화 ({set_.value})\n\n{errors.listing(pairs)}", encoding="utf-8")
        console.print("▸ 읽어 볼 틀린 발화: var/evaluation/errors.md")
    if set_baseline:
        _set_baseline(set_.value, figures)
        console.print("▸ 이 결과를 기준으로 적었습니다: benchmarks/results/baseline.json")
    if check and not _passes(set_.value, figures, console):
        raise typer.Exit(1)


def _model(newest: bool, console: Console) -> tuple:
    """The model, and in words what training took and its size."""
    if newest:
        return artefact.newest(), "이번에 하지 않음", "-"
    with console.status("새로 학습합니다 (1분쯤)…"):
        trained = run.trained(DATA, SCRATCH / artefact.NAME)
    return trained.model, f"{trained.seconds:.0f} s (CPU {trained.cpu_seconds:.0f} s)", f"{trained.size_mb:.1f} MB"


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(name: str, figures: Mapping[str, Figures], shown: list[tables.Table], note: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    head = f"# 말귀 평가 — {name}\n\n`make evaluate`가 적습니다 (written by `make evaluate`). {note}\n"
    (RESULTS / f"{name}.md").write_text("\n".join([head, *(t.markdown() for t in shown)]), encoding="utf-8")
    _dump(RESULTS / f"{name}.json", {kind: found.as_json() for kind, found in figures.items()})


def _dump(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _baselines() -> dict:
    return json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}


def _set_baseline(name: str, figures: Mapping[str, Figures]) -> None:
    rates = {kind: found.as_json()["rates"] for kind, found in figures.items()}
    _dump(BASELINE, {**_baselines(), name: rates})


def _passes(set_name: str, figures: Mapping[str, Figures], console: Console) -> bool:
    before: dict | None = _baselines().get(set_name)
    if before is None:
        raise AnbuError(f"benchmarks/results/baseline.json에 {set_name}의 기준이 없습니다. 먼저 --set-baseline.")
    heard = {kind: rates for kind, rates in before.items() if kind in figures}
    then = {kind: {name: Rate(*counts) for name, counts in rates.items()} for kind, rates in heard.items()}
    found = baseline.regressions(then, {kind: f.rates for kind, f in figures.items()})
    if not found:
        console.print("[green]▸ 기준보다 나빠진 것이 없습니다.[/green]")
        return True
    table = tables.Table("기준보다 나빠진 것", ["무엇", "잡음", "기준", "이번"])
    for kind, figure, old, new in found:
        table.rows.append([figure, kind, *(f"{tables.percent(rate)} ({rate.hits}/{rate.of})" for rate in (old, new))])
    table.show(console)
    return False


if __name__ == "__main__":
    try:
        app()
    except AnbuError as error:
        sys.exit(f"{error}")
