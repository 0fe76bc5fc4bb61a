"""Scoring: factor levels and signals → points, band, coverage and priority. Pure and repeatable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from anbu.assessment.vocabulary import BAND_KO, Vocabulary, most_urgent, vocabulary


@dataclass(frozen=True)
class Assessment:
    """What a call comes to. `levels` holds every factor; None is unknown and is never counted as 0.

    `coverage` is the share (0–1) of the pointed factors this script asks that are known; `reasons` says in Korean
    what made the priority.
    """

    rubric_version: str
    levels: dict[str, int | None]
    points: int
    band: str
    coverage: float
    priority: str
    reasons: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> list[str]:
        return [key for key, level in self.levels.items() if level is None]


def assess(
    levels: Mapping[str, int | None],
    signals: Iterable[str],
    asked: Collection[str] | None = None,
    person: str | None = None,
    words: Vocabulary | None = None,
) -> Assessment:
    """Score one call.

    levels: factor key → 0–3 or None; missing keys are unknown. signals: codes that stand (raised, not denied).
    asked: the factors this script asks; coverage counts the pointed ones among them (None: all).
    person: why a person must look whatever the score (at least P2), or None.
    Raises ValueError on a name or level outside the vocabulary.
    """
    words = words or vocabulary()
    unknown_names = [k for k in levels if k not in words.factors]
    signals = list(dict.fromkeys(signals))
    unknown_names += [s for s in signals if s not in words.signals]
    if unknown_names:
        raise ValueError(f"not in the vocabulary: {', '.join(unknown_names)}")
    known = {key: levels.get(key) for key in words.factors}
    for key, level in known.items():
        if level is not None and level not in (0, 1, 2, 3):
            raise ValueError(f"{key}: level must be 0, 1, 2, 3 or None")

    points = sum(words.factors[key].points.get(level, 0) for key, level in known.items() if level is not None)
    pointed = [f.key for f in words.factors.values() if f.pointed and (asked is None or f.key in asked)]
    coverage = sum(known[key] is not None for key in pointed) / len(pointed) if pointed else 1.0
    band = next(name for name, (low, high) in words.bands.items() if low <= points <= high)
    held = coverage < words.coverage_min

    claims: list[tuple[str, str]] = [(words.signals[s].priority, f"위험신호: {words.signals[s].ko}") for s in signals]
    claims += [({"high": "P1", "medium": "P2"}.get(band, "P3"), f"{BAND_KO[band]} ({points}점)")]
    if (known.get("self_harm") or 0) >= 1:
        claims.append(("P1", f"죽음·자살 생각 {known['self_harm']}단계"))
    if held:
        claims.append(("P2", f"판정 보류: 확인된 항목 {coverage:.0%}"))
    if person:
        claims.append(("P2", person))
    priority = most_urgent(p for p, _ in claims)
    reasons = [why for p, why in claims if p == priority]
    return Assessment(
        str(words.version), known, points, "held" if held else band, round(coverage, 3), priority, reasons
    )
