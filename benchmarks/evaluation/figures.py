"""All figures of one run of a reader over a set, under flat names: `signals/recall/hazard`, `factors/under`, `acts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anbu.assessment.vocabulary import vocabulary
from benchmarks.evaluation import metrics
from benchmarks.evaluation.gold import Pair
from benchmarks.evaluation.metrics import Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one condition (as written, or with one kind of noise)."""

    rates: dict[str, Rate]
    confusion: dict[str, dict[str, int]]
    beside: dict[str, int]  # signal → times raised where gold has only other signals
    p50_ms: float
    p95_ms: float

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Figures:
        words = vocabulary()
        times = [heard.seconds * 1000 for _, heard in pairs]
        return cls(
            {name: rate for name, rate in {**_signals(pairs), **_factors(pairs), **_acts(pairs)}.items() if rate.of},
            metrics.confusion(pairs),
            {code: metrics.confused(pairs, code) for code in words.signals},
            metrics.quantile(times, 0.50),
            metrics.quantile(times, 0.95),
        )

    def as_json(self) -> dict:
        """Aggregates only: no utterance is in it."""
        return {
            "rates": {name: [rate.hits, rate.of] for name, rate in self.rates.items()},
            "beside": self.beside,
            "ms": {"p50": round(self.p50_ms, 2), "p95": round(self.p95_ms, 2)},
            "confusion": self.confusion,
        }


def _signals(pairs: Sequence[Pair]) -> dict[str, Rate]:
    kinds = vocabulary().signals
    urgent = [code for code, kind in kinds.items() if kind.priority == "P0"]
    found = {
        "signals/recall": metrics.recall(pairs, kinds),
        "signals/any": metrics.alarmed(pairs),
        "signals/explicit_p0": metrics.explicit(pairs, urgent),
        "signals/false/hard_negatives": metrics.false_alarms(metrics.of_kind(pairs, "hard_negative")),
        "signals/false/ordinary": metrics.false_alarms(metrics.of_kind(pairs, "ordinary")),
        "signals/false/calm": metrics.false_alarms([p for p in pairs if p[0].kind != "hard_negative"]),
    }
    for code in kinds:
        if (of_code := metrics.recall(pairs, [code])).of:
            found[f"signals/recall/{code}"] = of_code
            found[f"signals/confirm/{code}"] = metrics.only_confirmed(pairs, code)
        found[f"signals/false/{code}"] = metrics.false_alarms(pairs, code)
    return found


def _factors(pairs: Sequence[Pair]) -> dict[str, Rate]:
    asked, found = metrics.asked(pairs), {}
    for factor in (None, *vocabulary().factors):
        chosen = asked if factor is None else metrics.asked(pairs, factor)
        tail = "" if factor is None else f"/{factor}"
        found[f"factors/accuracy{tail}"] = metrics.accuracy(chosen)
        found[f"factors/abstention{tail}"] = metrics.abstention(chosen)
        found[f"factors/under{tail}"] = metrics.under_reading(chosen)
        found[f"factors/over{tail}"] = metrics.over_reading(chosen)
    found["factors/invented"] = metrics.invented(pairs, vocabulary().factors)
    for place, kind in (("open_talk", "open_talk"), ("answers", "answer")):
        precision, recall = metrics.volunteered(metrics.of_kind(pairs, kind))
        found[f"volunteered/precision/{place}"], found[f"volunteered/recall/{place}"] = precision, recall
    return found


def _acts(pairs: Sequence[Pair]) -> dict[str, Rate]:
    found = {"acts": metrics.act_accuracy(pairs)}
    for kind in sorted({gold.kind for gold, _ in pairs}):
        found[f"acts/{kind}"] = metrics.act_accuracy(metrics.of_kind(pairs, kind))
    return found
