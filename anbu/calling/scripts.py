"""Scripts (data/scripts/): which topics a call asks, in which order and when; and the follow-ups of a danger signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from anbu.assessment.vocabulary import vocabulary
from anbu.errors import ContentError

SCRIPTS = Path(__file__).parents[2] / "data" / "scripts"
FOLLOW_UPS = SCRIPTS.parent / "assessment" / "follow_ups.yml"


@dataclass(frozen=True)
class Topic:
    """A topic of a script. With `when`, it is asked only if a factor has that level, or a signal was heard."""

    key: str
    when: Mapping[str, int] | None = None

    def due(self, levels: Mapping[str, int | None], signals: bool) -> bool:
        if self.when is None:
            return True
        return any(
            signals if name == "signals" else (levels.get(name) or 0) >= least for name, least in self.when.items()
        )


@dataclass(frozen=True)
class Script:
    name: str
    ko: str
    topics: tuple[Topic, ...]

    @property
    def factors(self) -> list[str]:
        """The factors this script asks about."""
        return [t.key for t in self.topics if t.key in vocabulary().factors]


def parse(name: str, raw: dict) -> Script:
    """Check and type one script. Raises ContentError."""
    try:
        topics = []
        for entry in raw["topics"]:
            entry = {"topic": entry} if isinstance(entry, str) else entry
            when = entry.get("when")
            if when is not None:
                strange = set(when) - set(vocabulary().factors) - {"signals"}
                if strange:
                    raise ContentError(f"data/scripts/{name}.yml: when names {sorted(strange)}, which are not factors")
            topics.append(Topic(entry["topic"], when))
        keys = [t.key for t in topics]
        if len(set(keys)) != len(keys):
            raise ContentError(f"data/scripts/{name}.yml: a topic is listed twice")
        return Script(name, raw["ko"], tuple(topics))
    except (KeyError, TypeError, AttributeError) as error:
        raise ContentError(f"data/scripts/{name}.yml: {type(error).__name__} {error}") from error


@lru_cache(maxsize=1)
def scripts() -> dict[str, Script]:
    """All scripts by name."""
    return {p.stem: parse(p.stem, yaml.safe_load(p.read_text(encoding="utf-8"))) for p in sorted(SCRIPTS.glob("*.yml"))}


def script(name: str) -> Script:
    """The script of that name. Raises ContentError that lists those there are."""
    if name not in scripts():
        raise ContentError(f"대본 '{name}'이 없습니다. 있는 대본: {', '.join(scripts())} (no such script)")
    return scripts()[name]


@lru_cache(maxsize=1)
def follow_ups() -> dict[str, dict]:
    """By signal code: `ask` (safe follow-up topics, in order) and `helpline`."""
    raw = yaml.safe_load(FOLLOW_UPS.read_text(encoding="utf-8"))
    strange = set(raw) - set(vocabulary().signals)
    if strange:
        raise ContentError(f"data/assessment/follow_ups.yml: {sorted(strange)} are not signals")
    return raw
