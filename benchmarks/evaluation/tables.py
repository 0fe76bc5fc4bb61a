"""Tables of figures, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from anbu.assessment.vocabulary import vocabulary
from benchmarks.evaluation.figures import Figures
from benchmarks.evaluation.gold import CLEAN
from benchmarks.evaluation.metrics import Rate

NOTHING = "·"


@dataclass
class Table:
    """A title, column heads and rows of text; the first column is left-aligned."""

    title: str
    heads: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", _row(self.heads), _row([":--", *["--:"] * (len(self.heads) - 1)])]
        lines += [_row(row) for row in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else []), ""])

    def show(self, console: Console) -> None:
        table = RichTable(
            title=self.title, title_justify="left", caption=self.note, caption_justify="left", box=box.SIMPLE_HEAD,
            padding=(0, 0, 0, 1), pad_edge=False,
        )  # fmt: skip
        for i, head in enumerate(self.heads):
            table.add_column(head, justify="right" if i else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*map(escape, row))
        console.print(table)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def percent(rate: Rate | None) -> str:
    return NOTHING if rate is None or rate.value is None else f"{rate.value:.1%}"


def with_interval(rate: Rate | None) -> str:
    if rate is None or rate.value is None:
        return NOTHING
    low, high = rate.interval
    return f"{rate.value:.1%} ({low * 100:.0f}–{high * 100:.0f})"


def per_thousand(rate: Rate | None) -> str:
    return NOTHING if rate is None or rate.value is None else f"{rate.value * 1000:.1f}"


@dataclass(frozen=True, slots=True)
class Aim:
    """A headline figure: its Korean name and the target, which is a least value unless `most`."""

    name: str
    ko: str
    target: float | None = None
    most: bool = False
    thousand: bool = False

    def shown(self, rate: Rate | None) -> str:
        mark = "" if self.target is None or rate is None or self.met(rate) else " ✗"
        return (per_thousand(rate) if self.thousand else percent(rate)) + mark

    def met(self, rate: Rate) -> bool:
        return rate.value is None or (rate.value <= self.target if self.most else rate.value >= self.target)

    @property
    def wanted(self) -> str:
        if self.target is None:
            return ""
        number = f"{self.target * 1000:g}" if self.thousand else f"{self.target:.0%}"
        return ("≤ " if self.most else "≥ ") + number


AIMS = (
    Aim("signals/recall", "위험신호 재현율", 0.97),
    Aim("signals/explicit_p0", "명백한 P0 재현율", 0.99),
    Aim("signals/any", "위험 발화에 신호가 오름"),
    Aim("signals/false/hard_negatives", "헷갈리는 말 오경보", 0.03, most=True),
    Aim("signals/false/ordinary", "예사말 오경보‰", 0.002, most=True, thousand=True),
    Aim("signals/false/calm", "위험 없는 말 오경보‰", thousand=True),
    Aim("factors/accuracy", "항목 정확도", 0.90),
    Aim("factors/abstention", "항목 판단 보류", 0.08, most=True),
    Aim("factors/under", "항목 낮춰 읽음 (2↑→0)", 0.01, most=True),
    Aim("factors/over", "항목 높여 읽음 (0→2↑)"),
    Aim("factors/invented", "답이 없는데 읽음"),
    Aim("volunteered/precision/open_talk", "자유 대화 정밀도", 0.85),
    Aim("volunteered/recall/open_talk", "자유 대화 재현율"),
    Aim("volunteered/precision/answers", "덧붙인 말 정밀도"),
    Aim("volunteered/recall/answers", "덧붙인 말 재현율"),
    Aim("acts", "화행 (모든 발화)", 0.93),
    Aim("acts/act", "화행 (화행 묶음)", 0.93),
)
FACTORS_NOTE = "정확도: 받아들일 단계로 읽은 비율. 보류: 읽지 않음. 낮춤: 2↑를 0으로. 높임: 0을 2↑로."
NOISE_KO = {CLEAN: "그대로", "spaces": "붙여쓰기", "codas": "받침", "fillers": "군말", "homophones": "소리대로"}


def summary(runs: Mapping[str, Figures]) -> Table:
    """Headline figures against their targets, by condition."""
    heads = ["무엇", "목표", *(NOISE_KO.get(c, c) for c in runs)]
    table = Table("요약", heads, note="✗ 목표에 못 미침 (below target). ‰: 1,000마디당")
    for aim in AIMS:
        rates = [figures.rates.get(aim.name) for figures in runs.values()]
        if any(rates):
            table.rows.append([aim.ko, aim.wanted, *(aim.shown(rate) for rate in rates)])
    return table


def worst(runs: Mapping[str, Figures], name: str) -> Rate | None:
    """The lowest value of a figure over the noisy conditions."""
    rates = [f.rates[name] for c, f in runs.items() if c != CLEAN and name in f.rates]
    return min(rates, key=lambda rate: rate.value, default=None)


def signals(runs: Mapping[str, Figures]) -> Table:
    """Recall with its interval and false alarms, by signal."""
    clean = runs[CLEAN]
    heads = ["신호", "수", "재현율 (95%)", "잡음", "오경보‰", "곁에", "되물음"]
    note = (
        "잡음: 네 가지 잡음 가운데 가장 낮은 재현율. 오경보‰: 위험 없는 말 1,000마디당. "
        "곁에: 다른 신호만 있는 말에 이 신호가 오른 수. 되물음: 명백한 말인데도 확인 질문을 하는 비율."
    )
    table = Table("위험신호", heads, note=note)
    for code, kind in vocabulary().signals.items():
        recall = clean.rates.get(f"signals/recall/{code}")
        alarms = clean.rates.get(f"signals/false/{code}")
        if recall or (alarms and alarms.hits):
            table.rows.append([
                f"{kind.ko} {kind.priority}", str(recall.of if recall else 0), with_interval(recall),
                percent(worst(runs, f"signals/recall/{code}")), per_thousand(alarms), str(clean.beside[code]),
                percent(clean.rates.get(f"signals/confirm/{code}")),
            ])  # fmt: skip
    return table


def factors(runs: Mapping[str, Figures]) -> Table:
    """Accuracy, abstention, under- and over-reading, by factor."""
    heads = ["항목", "수", "정확도 (95%)", "잡음", "보류", "낮춤", "높임"]
    table, rates = Table("항목 읽기 (물은 항목)", heads, note=FACTORS_NOTE), runs[CLEAN].rates
    for key, factor in vocabulary().factors.items():
        if accuracy := rates.get(f"factors/accuracy/{key}"):
            table.rows.append([
                factor.ko, str(accuracy.of), with_interval(accuracy), percent(worst(runs, f"factors/accuracy/{key}")),
                *(percent(rates.get(f"factors/{what}/{key}")) for what in ("abstention", "under", "over")),
            ])  # fmt: skip
    return table


def confusion(figures: Figures) -> Table:
    """Gold acts in rows, heard acts in columns under the same numbers."""
    acts = [act for act in vocabulary().acts if act in figures.confusion]
    acts += sorted({act for row in figures.confusion.values() for act in row} - set(acts))
    table = Table("화행 혼동표", ["정답 \\ 들은 것", *map(str, range(1, len(acts) + 1)), "%"])
    for number, act in enumerate(acts, 1):
        if row := figures.confusion.get(act):
            right = Rate(row.get(act, 0), sum(row.values()))
            table.rows.append(
                [f"{number} {act}", *(str(row.get(a) or NOTHING) for a in acts), f"{right.value * 100:.0f}"]
            )
    return table


def resources(runs: Mapping[str, Figures], training: str, size: str, memory: str) -> Table:
    """Time an utterance, training and sizes."""
    clean = runs[CLEAN]
    table = Table("시간과 크기", ["무엇", "값"])
    table.rows = [
        ["발화 하나 p50 (한 코어)", f"{clean.p50_ms:.2f} ms"],
        ["발화 하나 p95 (한 코어)", f"{clean.p95_ms:.2f} ms"],
        ["학습", training],
        ["모델 파일", size],
        ["메모리 (RSS)", memory],
    ]
    return table
