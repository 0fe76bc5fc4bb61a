"""How long to listen and for what, per question (data/voice/listening.yml), and patience that adapts within a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import Any

import yaml

from anbu.errors import ContentError
from anbu.settings import ROOT
from anbu.store.models import Turn

LISTENING = ROOT / "data" / "voice" / "listening.yml"
MOST_HINTS, LONGEST_HINT = 500, 100  # Twilio's limits
SAID_PER_S = 5.5  # syllables; our estimate of a calm synthetic voice
SPOKEN_PER_S = 3.5  # syllables; our estimate of an older person


@dataclass(frozen=True)
class Listen:
    """What the telephone needs to know of one question: seconds, and phrases that may come."""

    wait_s: int = 6
    end_s: int = 2
    hints: tuple[str, ...] = ()
    patience: int = 0


@dataclass(frozen=True)
class Listening:
    default: Listen
    topics: Mapping[str, Listen]
    most: int
    wait_more_s: int
    end_more_s: int
    slow_start_s: float
    quick_answers: int
    confirm_below: float
    confirm_level_from: int
    confirm_topics: frozenset[str]

    def to(self, topic: str | None, patience: float = 0, slow: bool = False) -> Listen:
        """How to listen to the answer to `topic`. `slow`: the resident asked for slower speech."""
        base = self.topics.get(topic, self.default)
        steps = min(self.most, ceil(patience) + slow)
        return Listen(base.wait_s + steps * self.wait_more_s, base.end_s + steps * self.end_more_s, base.hints, steps)

    def patience(self, before: float, silent: bool, gap_s: float, said: str, heard: str) -> float:
        """Patience after an answer, 0 … `most`.

        gap_s: seconds from our reply to the answer; said, heard: our line and theirs. The gap
        holds the time both take to speak, which is estimated from their length.
        """
        if silent:
            return min(self.most, ceil(before) + 1.0)
        start = gap_s - len(said) / SAID_PER_S - len(heard) / SPOKEN_PER_S
        if start > self.slow_start_s:
            return min(self.most, ceil(before) + 1.0)
        less = round(before - 1 / self.quick_answers, 2)
        return less if less > 0.05 else 0.0  # thirds do not add up

    def unsure(self, confidence: float | None, topic: str | None, level: int | None) -> bool:
        """Whether an answer heard badly matters enough to ask again. Never asked of danger signals."""
        if confidence is None or confidence >= self.confirm_below or level is None:
            return False
        return level >= self.confirm_level_from or topic in self.confirm_topics


def patience_now(before: Turn | None, now: datetime, heard: str | None, digits: str | None) -> float:
    """Patience at the end of an exchange, from the turn before it (None on the opening) and what came."""
    if before is None:
        return 0
    said = before.said or {}
    gap = (now - before.at).total_seconds() - (before.ms or 0) / 1000
    lines = " ".join(said.get("lines") or [])
    return listening().patience(said.get("patience") or 0, not (heard or digits), gap, lines, heard or "")


def parse(raw: dict) -> Listening:
    """Check and type the file. Raises ContentError that names the place."""
    where = "data/voice/listening.yml"

    def listen(name: str, entry: Mapping[str, Any], base: Listen) -> Listen:
        strange = set(entry) - {"wait_s", "end_s", "hints"}
        if strange:
            raise ContentError(f"{where}: {name}: {sorted(strange)}은 모르는 항목입니다 (wait_s, end_s, hints)")
        wait, end = entry.get("wait_s", base.wait_s), entry.get("end_s", base.end_s)
        if not (isinstance(wait, int) and 1 <= wait <= 30 and isinstance(end, int) and 1 <= end <= 10):
            raise ContentError(f"{where}: {name}: wait_s는 1~30, end_s는 1~10의 정수로 적으세요")
        hints = tuple(dict.fromkeys([*entry.get("hints", []), *base.hints]))
        bad = [h for h in hints if not isinstance(h, str) or not h.strip() or len(h) > LONGEST_HINT or "," in h]
        if bad or len(hints) > MOST_HINTS:
            raise ContentError(f"{where}: {name}: hints는 쉼표 없는 {LONGEST_HINT}자까지의 말 {MOST_HINTS}개까지입니다")
        return Listen(wait, end, hints)

    try:
        default = listen("default", raw["default"], Listen())
        topics = {topic: listen(topic, entry, default) for topic, entry in raw["topics"].items()}
        p, c = raw["patience"], raw["confirm"]
        return Listening(
            default, topics, int(p["most"]), int(p["wait_more_s"]), int(p["end_more_s"]), float(p["slow_start_s"]),
            int(p["quick_answers"]), float(c["below"]), int(c["level_from"]), frozenset(c["topics"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"{where}: {type(error).__name__} {error} 을 고쳐 주세요") from error


@lru_cache(maxsize=1)
def listening() -> Listening:
    """The settings in use."""
    return parse(yaml.safe_load(LISTENING.read_text(encoding="utf-8")))
