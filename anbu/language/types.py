"""What is understood from one utterance. Offsets refer to `korean.clean(text)`; quotes are verbatim slices of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """A danger heard in an utterance; `confirm` asks for one calm confirming question before anything else."""

    code: str
    quote: str
    start: int
    end: int
    confirm: bool
    source: str  # "rule:<pattern id>" or "model"


@dataclass(frozen=True, slots=True)
class Reading:
    """A factor level read from the resident's own words. No reading means unknown, never level 0."""

    factor: str
    level: int
    quote: str
    start: int
    end: int
    source: str  # "rule:<rule id>", "polarity", "model" or "volunteered"
    confidence: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """Everything read from one utterance: what it does in the call, the factors, the dangers, a call-back time."""

    text: str
    act: str
    confidence: float
    readings: tuple[Reading, ...]
    signals: tuple[Signal, ...]
    when: str | None  # ISO 8601 local time the resident asked to be called back at
