"""Figures over (gold, heard) pairs. Pure functions; what each figure means is said here and nowhere else."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.evaluation.gold import Heard, Pair, Utterance

Z = 1.96  # of a two-sided 95 % interval


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: `hits` of `of`."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """None when there was nothing to count."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.of)

    @classmethod
    def over(cls, checks: Iterable[bool]) -> Rate:
        seen = list(checks)
        return cls(sum(seen), len(seen))


def wilson(hits: int, of: int, z: float = Z) -> tuple[float, float]:
    """Wilson score interval of a share; everything is possible when nothing was counted."""
    if not of:
        return 0.0, 1.0
    share, z2 = hits / of, z * z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value with at least `share` of all values at or below it."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


# --- signals ---------------------------------------------------------------------------------------------------------


def recall(pairs: Iterable[Pair], codes: Collection[str]) -> Rate:
    """Gold signals that were raised under their own code; asking to confirm counts as raised."""
    return Rate.over(code in heard.signals for gold, heard in pairs for code in gold.signals if code in codes)


def alarmed(pairs: Iterable[Pair]) -> Rate:
    """Utterances with any gold signal in which any signal was raised, whatever its code."""
    return Rate.over(bool(heard.signals) for gold, heard in pairs if gold.signals)


def explicit(pairs: Iterable[Pair], urgent: Collection[str]) -> Rate:
    """Recall of the signals of the highest priority where gold leaves no doubt."""
    clear = [(g, h) for g, h in pairs if g.kind == "signal" and not g.confirm_ok]
    return recall(clear, urgent)


def false_codes(gold: Utterance, heard: Heard) -> set[str]:
    """Signals raised on an utterance that has none; a confirming question is no false alarm where gold tolerates it."""
    if gold.signals:
        return set()
    return {code for code, confirm in heard.signals.items() if not (confirm and gold.confirm_ok)}


def false_alarms(pairs: Iterable[Pair], code: str | None = None) -> Rate:
    """Utterances without any gold signal on which a signal (or this one) was raised."""
    found = (false_codes(gold, heard) for gold, heard in pairs if not gold.signals)
    return Rate.over(bool(codes) if code is None else code in codes for codes in found)


def confused(pairs: Iterable[Pair], code: str) -> int:
    """How often this signal was raised beside or instead of other gold signals."""
    return sum(code in heard.signals and bool(gold.signals) and code not in gold.signals for gold, heard in pairs)


def only_confirmed(pairs: Iterable[Pair], code: str) -> Rate:
    """Of the clear gold signals raised, those for which a confirming question is still put."""
    return Rate.over(h.signals[code] for g, h in pairs if code in g.signals and code in h.signals and not g.confirm_ok)


# --- factors ---------------------------------------------------------------------------------------------------------


def asked(pairs: Iterable[Pair], factor: str | None = None) -> list[Pair]:
    """Pairs in which the topic asked about got an answer (about this factor)."""
    return [(g, h) for g, h in pairs if g.topic in g.factors and factor in (None, g.topic)]


def accuracy(pairs: Iterable[Pair]) -> Rate:
    """Asked answers read at an acceptable level; an abstention is not one."""
    return Rate.over(h.levels.get(g.topic) in g.factors[g.topic] for g, h in pairs)


def abstention(pairs: Iterable[Pair]) -> Rate:
    """Asked answers from which nothing was read about the topic."""
    return Rate.over(g.topic not in h.levels for g, h in pairs)


def under_reading(pairs: Iterable[Pair]) -> Rate:
    """Asked answers of level 2 or 3 that were read as 0, of all those of level 2 or 3."""
    return Rate.over(h.levels.get(g.topic) == 0 for g, h in pairs if min(g.factors[g.topic]) >= 2)


def over_reading(pairs: Iterable[Pair]) -> Rate:
    """Asked answers of level 0 that were read as 2 or 3, of all those of level 0."""
    return Rate.over(h.levels.get(g.topic, 0) >= 2 for g, h in pairs if max(g.factors[g.topic]) == 0)


def invented(pairs: Iterable[Pair], factors: Collection[str]) -> Rate:
    """Replies to a topic's question that do not answer it, and from which a level was read all the same."""
    return Rate.over(g.topic in h.levels for g, h in pairs if g.topic in factors and g.topic not in g.factors)


def volunteered(pairs: Iterable[Pair]) -> tuple[Rate, Rate]:
    """Precision and recall of factors told unasked, at an acceptable level."""
    told, read, right = 0, 0, 0
    for gold, heard in pairs:
        told += len(gold.factors.keys() - {gold.topic})
        for factor in heard.levels.keys() - {gold.topic}:
            read += 1
            right += heard.levels[factor] in gold.factors.get(factor, ())
    return Rate(right, read), Rate(right, told)


# --- acts ------------------------------------------------------------------------------------------------------------


def act_accuracy(pairs: Iterable[Pair]) -> Rate:
    """Utterances whose act was recognised, danger aside: a signal takes over the call whatever the act."""
    return Rate.over(h.act == g.act for g, h in pairs if not g.signals)


def confusion(pairs: Iterable[Pair]) -> dict[str, dict[str, int]]:
    """Counts by gold act, then by the act heard, most frequent first."""
    table: dict[str, Counter[str]] = {}
    for gold, heard in pairs:
        if not gold.signals:
            table.setdefault(gold.act, Counter())[heard.act] += 1
    return {act: dict(counts.most_common()) for act, counts in sorted(table.items())}


def of_kind(pairs: Iterable[Pair], *kinds: str) -> list[Pair]:
    return [pair for pair in pairs if pair[0].kind in kinds]
