"""Is a run worse than the committed one? By more than chance, that is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from benchmarks.evaluation.metrics import Rate

WORSE = 0.015  # a share may fall (or, where less is better, rise) by this
LESS_IS_BETTER = ("signals/false/", "factors/abstention", "factors/under", "factors/over", "factors/invented")
NOT_JUDGED = ("signals/confirm/",)  # a style of caution, neither better nor worse

Rates = Mapping[str, Rate]


def allowed_alarms(before: int) -> int:
    """How many false alarms more than `before` are no news.

    False alarms are rare and independent, so their number over a set is nearly Poisson. A reader that is no worse but
    trained on other phrases alarms at other places: it draws its number anew with mean and variance `before`. One-sided
    95 % of such draws stay within 1.645 standard deviations. From none, a single one is within the noise.
    """
    return max(1, math.floor(1.645 * math.sqrt(before)))


def worse(name: str, before: Rate, now: Rate) -> bool:
    """Whether one figure has regressed. Sets may have grown: counts are compared at the size of the set now."""
    if name.startswith(NOT_JUDGED) or not before.of or not now.of:
        return False
    if name.startswith("signals/false/"):
        expected = before.hits * now.of / before.of
        return now.hits > expected + allowed_alarms(round(expected))
    change = now.value - before.value
    loss = change if name.startswith(LESS_IS_BETTER) else -change
    # In a small group one utterance is more than 1.5 points; one alone is not a regression there.
    return loss > WORSE and loss * now.of >= 1.5


def regressions(before: Mapping[str, Rates], now: Mapping[str, Rates]) -> list[tuple[str, str, Rate, Rate]]:
    """(condition, name, before, now) of every figure that is worse, or that is gone (then `now` is 0 of 0)."""
    found = []
    for condition, rates in before.items():
        for name, rate in rates.items():
            current = now.get(condition, {}).get(name, Rate(0, 0))
            if not current.of or worse(name, rate, current):
                found.append((condition, name, rate, current))
    return found
