"""Voices (data/voice/voices.yml) and how a line is to sound: voice, rate, volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from anbu.errors import ContentError
from anbu.settings import ROOT, settings

VOICES = ROOT / "data" / "voice" / "voices.yml"


@dataclass(frozen=True)
class VoiceKind:
    """A voice people can choose. `rate` 1.0 is normal speed, `volume_db` 0 normal loudness."""

    key: str
    ko: str
    name: str
    rate: float
    volume_db: float
    usd_per_million: float


@dataclass(frozen=True)
class Voices:
    default: str
    kinds: Mapping[str, VoiceKind]
    slow_times: float
    loud_more_db: float
    profile: str | None

    def kind(self, key: str | None) -> VoiceKind:
        """The voice of that key. Raises ContentError that lists those there are."""
        key = key or self.default
        if key not in self.kinds:
            there = ", ".join(f"{k.key}({k.ko})" for k in self.kinds.values())
            raise ContentError(f"'{key}'라는 목소리는 없습니다. 있는 목소리: {there} (no such voice)")
        return self.kinds[key]


@dataclass(frozen=True)
class Style:
    """Everything besides the words that makes a sound different from another."""

    voice: str  # Google's name
    rate: float
    volume_db: float
    profile: str | None


def parse(raw: dict) -> Voices:
    """Check and type the voices. Raises ContentError."""
    where = "data/voice/voices.yml"
    try:
        kinds = {
            key: VoiceKind(
                key, v["ko"], v["name"], float(v["rate"]), float(v["volume_db"]), float(v["usd_per_million"])
            )
            for key, v in raw["voices"].items()
        }
        voices = Voices(
            raw["default"], kinds, float(raw["slow"]["rate_times"]), float(raw["loud"]["volume_more_db"]),
            raw.get("profile"),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"{where}: {type(error).__name__} {error} 을 고쳐 주세요") from error
    for kind in kinds.values():
        if not kind.name.startswith("ko-KR-"):
            raise ContentError(f"{where}: {kind.key}: 우리말 목소리(ko-KR-…)가 아닙니다")
        if not 0.25 <= kind.rate <= 2.0 or not -20 <= kind.volume_db <= 10:
            raise ContentError(f"{where}: {kind.key}: rate는 0.25~2.0, volume_db는 -20~10 사이로 적으세요")
    voices.kind(voices.default)
    return voices


@lru_cache(maxsize=1)
def voices() -> Voices:
    """The voices there are."""
    return parse(yaml.safe_load(VOICES.read_text(encoding="utf-8")))


def style(choice: str | None = None, slow: bool = False, loud: bool = False) -> Style:
    """How to sound for a resident's `choice` (None, or no longer there: the office's), slower or louder on request."""
    v = voices()
    kind = v.kind(choice if choice in v.kinds else settings().voice)
    rate = kind.rate * (v.slow_times if slow else 1)
    volume = kind.volume_db + (v.loud_more_db if loud else 0)
    return Style(kind.name, round(max(rate, 0.25), 3), min(volume, 16.0), v.profile)  # Google takes -96 to 16 dB
