"""The phrases under data/ as training examples. A phrase may teach several things: levels, acts, signals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_EXAMPLE = re.compile(r"^\s*-\s+(.*\S)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """One phrase and what it teaches. `None` for act or signals means: says nothing about that."""

    text: str
    topic: str | None = None  # asked just before; needed to understand an elliptic reply
    levels: Mapping[str, int] = field(default_factory=dict)
    elliptic: bool = False
    act: str | None = None
    signals: frozenset[str] | None = None
    talk: bool = False  # free talk: what it says of factors is complete


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question: the level a bare yes or no means, None for neither."""

    topic: str
    text: str
    yes: int | None
    no: int | None


def _load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def questions(data: Path) -> list[Question]:
    """All labelled questions of data/answers/."""
    found = []
    for path in sorted((data / "answers").glob("*.yml")):
        content = _load(path)
        for q in content.get("questions", ()):
            # YAML 1.1 reads the bare words yes and no as true and false.
            found.append(Question(content["factor"], q["ask"], q.get(True), q.get(False)))
    return found


def examples(data: Path) -> list[Example]:
    """Everything the model learns from, in a fixed order, one example for the same text and topic."""
    found = [*_answers(data), *_talk(data), *_acts(data), *_signals(data)]
    merged: dict[tuple[str, str | None], Example] = {}
    for example in found:
        key = (re.sub(r"\s", "", example.text), example.topic if example.elliptic else None)
        merged.setdefault(key, example)
    return list(merged.values())


def _answers(data: Path) -> list[Example]:
    found = []
    for path in sorted((data / "answers").glob("*.yml")):
        content = _load(path)
        for kind in ("levels", "short"):
            for level, phrases in content.get(kind, {}).items():
                for phrase in phrases:
                    levels = {content["factor"]: int(level)}
                    found.append(Example(str(phrase), content["factor"], levels, kind == "short", act="inform"))
    return found


def _talk(data: Path) -> list[Example]:
    found = []
    for key in ("open_talk", "corrections"):
        for entry in _load(data / "answers" / f"{key}.yml").get(key, ()):
            levels = entry["factors"]
            act = "inform" if key == "open_talk" and levels else None  # telling nothing may still be an answer
            found.append(Example(str(entry["text"]), entry.get("topic"), levels, act=act, talk=True))
    return found


def _acts(data: Path) -> list[Example]:
    found = []
    for path in sorted((data / "nlu" / "acts").glob("*.yml")):
        for block in _load(path)["nlu"]:
            for phrase in _EXAMPLE.findall(block["examples"]):
                signals = None if block["intent"] == "inform" else frozenset()
                found.append(Example(phrase, act=block["intent"], signals=signals))
    return found


def _signals(data: Path) -> list[Example]:
    codes: dict[str, set[str]] = defaultdict(set)
    for path in sorted((data / "signals").glob("*.yml")):
        content = _load(path)
        for entry in content.get("hard_negatives", ()):
            codes[str(entry["text"])] |= set()
        for phrase in content.get("ordinary", ()):
            codes[str(phrase)] |= set()
        for kind in ("clear", "ambiguous"):
            for phrase in content.get(kind, ()):
                codes[str(phrase)].add(content["signal"])
    return [Example(text, signals=frozenset(found)) for text, found in codes.items()]
