"""The comparison on record: which reader to ship. Measured on the development set, never on the held-out one.

`python -m benchmarks.readers` takes a quarter of an hour, nearly all of it for training DIET.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from rich.console import Console

from anbu.errors import AnbuError
from anbu.settings import ROOT
from benchmarks.evaluation import child, diet, variants
from benchmarks.evaluation.figures import Figures
from benchmarks.evaluation.gold import load
from benchmarks.evaluation.tables import Table, per_thousand, percent

SET = "development"
DOCUMENT = ROOT / "docs" / "readers.md"
RESULTS = Path(__file__).parent / "results" / "readers.json"
OPEN, CLOSE = "<!-- figures: python -m benchmarks.readers -->", "<!-- /figures -->"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """A reader's figures with what it costs."""

    ko: str
    figures: Figures
    memory_mb: float
    size_mb: float | None = None
    training_s: float | None = None  # CPU seconds, so that a busy machine does not count

    def accuracy(self) -> list[str]:
        rate = self.figures.rates.get
        return [
            self.ko,
            *map(percent, map(rate, ("signals/recall", "signals/explicit_p0", "signals/false/hard_negatives"))),
            per_thousand(rate("signals/false/ordinary")),
            *map(percent, map(rate, ("factors/accuracy", "factors/abstention", "factors/under", "acts"))),
        ]

    def cost(self) -> list[str]:
        whole = ("·" if value is None else f"{value:,.0f}" for value in (self.memory_mb, self.size_mb, self.training_s))
        return [self.ko, f"{self.figures.p50_ms:.1f}", f"{self.figures.p95_ms:.1f}", *whole]


ACCURACY = ("읽는 법", "신호", "P0", "헷갈림", "예사말‰", "항목", "보류", "낮춤", "화행")
ACCURACY_NOTE = (
    "신호·P0: 재현율. 헷갈림: 헷갈리는 말의 오경보. 예사말‰: 예사말 1,000마디당 오경보. 항목: 받아들일 단계로 읽음. "
    "보류: 읽지 않음. 낮춤: 2↑를 0으로."
)
COST = ("읽는 법", "p50 ms", "p95 ms", "메모리 MB", "모델 파일 MB", "학습 s")
COST_NOTE = "ms와 학습: 한 코어의 CPU 시간. 메모리: 읽는 프로세스의 가장 큰 RSS (Kiwi 포함)."


@app.command()
def main(
    epochs: int = typer.Option(60, help="DIET을 학습하는 횟수"),
    with_diet: bool = typer.Option(True, "--diet/--no-diet", help="DIET도 잽니다 (10분 남짓)"),
) -> None:
    """읽는 법을 견주어 docs/readers.md에 적습니다 (조율용 발화로만)."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        found = _variants(Path(folder), console.print)
        if with_diet:
            found["diet"] = _diet(Path(folder) / "diet.tar.gz", epochs, console.print)
    measured = found.values()
    title = f"정확도 — 조율용 발화 {len(load(SET)):,}개"
    shown = [
        Table(title, ACCURACY, [m.accuracy() for m in measured], ACCURACY_NOTE),
        Table("비용", COST, [m.cost() for m in measured], COST_NOTE),
    ]
    for table in shown:
        table.show(console)
    _write("\n".join(table.markdown() for table in shown), found)
    console.print("▸ docs/readers.md에 적었습니다.")


def _variants(folder: Path, say: Callable[[str], None]) -> dict[str, Measured]:
    module, trained = variants.__name__, {}
    for semantics in (False, True):
        say(f"▸ 선형 모델을 학습합니다 (CoNg {'함께' if semantics else '없이'})…")
        trained[semantics] = child.call(module, "train", str(semantics), str(folder / f"{semantics}.joblib"))
    found = {}
    for key, variant in variants.VARIANTS.items():
        say(f"▸ {variant.ko}…")
        result = child.call(module, "hear", key, str(folder / f"{variant.semantics}.joblib"), SET)
        cost = trained[variant.semantics] if variant.linear else {}
        figures = Figures.of(variants.pairs_of(SET, result["heard"]))
        found[key] = Measured(
            variant.ko, figures, result["memory_mb"], cost.get("size_mb"), cost.get("cpu_seconds")
        )  # fmt: skip
    return found


def _diet(path: Path, epochs: int, say: Callable[[str], None]) -> Measured:
    say(f"▸ Rasa DIET을 학습합니다 ({epochs}번, 10분 남짓)…")
    cost = child.call(diet.__name__, "train", str(epochs), str(path))
    say("▸ Rasa DIET…")
    result = child.call(diet.__name__, "hear", str(path), SET)
    figures = Figures.of(variants.pairs_of(SET, result["heard"]))
    return Measured("Rasa DIET", figures, result["memory_mb"], cost["size_mb"], cost["cpu_seconds"])


def _write(tables: str, found: Mapping[str, Measured]) -> None:
    """The tables go between their marks; the reasoning around it is written by hand."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(OPEN)
    _, mark, after = rest.partition(CLOSE)
    if not mark:
        raise AnbuError(f"docs/readers.md에 {OPEN} … {CLOSE} 자리가 없습니다.")
    DOCUMENT.write_text(f"{before}{OPEN}\n\n{tables}\n{CLOSE}{after}", encoding="utf-8")
    RESULTS.parent.mkdir(exist_ok=True)
    content = {key: {**asdict(m), "figures": m.figures.as_json()} for key, m in found.items()}
    RESULTS.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        app()
    except AnbuError as error:
        sys.exit(str(error))
