"""The labelled utterances, and what was understood from one of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anbu.errors import ContentError
from anbu.language.types import Understanding
from anbu.settings import ROOT

SETS = ("evaluation", "development")
CLEAN = "clean"  # the condition without noise


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance with its gold labels; `factors` gives the acceptable levels."""

    text: str
    topic: str | None = None
    question: str | None = None
    act: str = "inform"
    factors: Mapping[str, frozenset[int]] = field(default_factory=dict)
    signals: frozenset[str] = frozenset()
    confirm_ok: bool = False
    kind: str = "answer"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reader made of an utterance: levels by factor, and signals with whether each is still to be confirmed."""

    act: str
    levels: Mapping[str, int]
    signals: Mapping[str, bool]
    seconds: float = 0.0

    @classmethod
    def of(cls, understood: Understanding, seconds: float = 0.0) -> Heard:
        levels = {r.factor: int(r.level) for r in understood.readings}  # int and bool: they may be numpy's
        return cls(understood.act, levels, {s.code: bool(s.confirm) for s in understood.signals}, seconds)


Pair = tuple[Utterance, Heard]


def parse(raw: Mapping) -> Utterance:
    """One line of a set; a factor's gold is a level or a list of acceptable levels."""
    factors = {
        factor: frozenset(levels if isinstance(levels, list) else [levels])
        for factor, levels in (raw.get("factors") or {}).items()
    }
    return Utterance(
        raw["text"], raw.get("topic"), raw.get("question"), raw["act"], factors,
        frozenset(raw.get("signals") or ()), bool(raw.get("confirm_ok")), raw["kind"],
    )  # fmt: skip


def load(name: str, root: Path = ROOT / "tests") -> list[Utterance]:
    """A set by name. Raises ContentError that names a wrong line without quoting it: a held-out set stays unread."""
    found = []
    for path in sorted((root / name).glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                found.append(parse(json.loads(line)))
            except (KeyError, TypeError, ValueError) as error:
                raise ContentError(f"{path.name}:{number}: {type(error).__name__}") from None
    if not found:
        raise ContentError(f"tests/{name}/*.jsonl이 비어 있습니다. (no utterances)")
    return found


def in_common(gold: Iterable[Utterance], phrases: Iterable[str], least: int = 8) -> int:
    """How many utterances of `least` or more characters are training phrases too, blanks aside: a leak if not zero."""
    known = {"".join(phrase.split()) for phrase in phrases}
    return sum(len(said) >= least and said in known for u in gold for said in ["".join(u.text.split())])
