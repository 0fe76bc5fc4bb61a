"""How far machine and people agree: proportions with their interval, and Cohen's kappa. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.stats import beta
from sklearn.metrics import cohen_kappa_score

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rate:
    """A proportion with its 95% interval. `value` is None when nothing was counted, and the interval is then 0–1."""

    value: float | None
    low: float
    high: float
    hits: float
    of: float


def rate(hits: float, of: float) -> Rate:
    """Exact (Clopper–Pearson) interval: with no hit in 59 it still says "up to 5%", never "none".

    Fractions are taken, so that samples drawn with different chances can be counted by their effective number.
    """
    if of <= 0:
        return Rate(None, 0.0, 1.0, hits, of)
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, hits, of - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return Rate(hits / of, low, high, hits, of)


def weighted_rate(hits: Sequence[bool], chances: Sequence[float]) -> Rate:
    """The share of hits in what was sampled from, where each was drawn with its own chance (0–1].

    Inverse-probability weights (Hájek); the interval counts Kish's effective sample size, which is the plain number
    when all chances are alike.
    """
    if len(hits) != len(chances) or any(not 0 < c <= 1 for c in chances):
        raise ValueError("every hit needs its chance, above 0 and at most 1")
    weights = [1 / c for c in chances]
    if not weights:
        return rate(0, 0)
    effective = sum(weights) ** 2 / sum(w * w for w in weights)
    share = sum(w for w, hit in zip(weights, hits, strict=True) if hit) / sum(weights)
    return rate(share * effective, effective)


@dataclass(frozen=True)
class Agreement:
    """Two raters over one factor. `kappa` is None where it says nothing (no pair, or all ratings the same).

    pairs: both gave a level; exact: the same one; one_unknown: only one of them gave a level.
    """

    kappa: float | None
    pairs: int
    exact: int
    one_unknown: int


def agreement(ratings: Iterable[tuple[int | None, int | None]]) -> Agreement:
    """Linearly weighted kappa over levels 0–3: one level apart weighs less than three. Unknown is no level."""
    ratings = list(ratings)
    known = [(a, b) for a, b in ratings if a is not None and b is not None]
    lone = sum((a is None) != (b is None) for a, b in ratings)
    exact = sum(a == b for a, b in known)
    first, second = [a for a, _ in known], [b for _, b in known]
    kappa = None
    if known and len({*first, *second}) > 1:
        kappa = float(cohen_kappa_score(first, second, labels=[0, 1, 2, 3], weights="linear"))
    return Agreement(kappa, len(known), exact, lone)
