"""The vocabulary of an assessment, read from data/assessment/factors.yml and validated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from anbu.errors import ContentError

DATA = Path(__file__).parents[2] / "data"
FACTORS = DATA / "assessment" / "factors.yml"
LEVELS = (0, 1, 2, 3)
PRIORITIES = ("P0", "P1", "P2", "P3")  # most urgent first


@dataclass(frozen=True)
class Factor:
    """One isolation factor: Korean name, what it asks, points by level (a level not named is worth 0)."""

    key: str
    ko: str
    asks: str
    points: dict[int, int]
    levels: dict[int, str]

    @property
    def pointed(self) -> bool:
        return any(self.points.values())


@dataclass(frozen=True)
class SignalKind:
    """One danger signal: bypasses the score with its own priority."""

    code: str
    ko: str
    priority: str
    means: str


@dataclass(frozen=True)
class Priority:
    """How soon a case must be acknowledged, in seconds; `then_s` is when the next on duty is called."""

    code: str
    ko: str
    acknowledge_within_s: int
    then_s: int | None


@dataclass(frozen=True)
class Vocabulary:
    version: int
    factors: dict[str, Factor]
    bands: dict[str, tuple[int, int]]
    coverage_min: float
    signals: dict[str, SignalKind]
    priorities: dict[str, Priority]
    acts: dict[str, str]


BAND_KO = {"high": "고위험", "medium": "중위험", "low": "저위험", "none": "일반", "held": "판정 보류"}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> int:
    """`60s`, `4h`, `3d` → seconds. Raises ValueError on anything else."""
    number, unit = str(text)[:-1], str(text)[-1:]
    if unit not in _UNITS or not number.isdigit():
        raise ValueError(f"'{text}': write a number and s, m, h or d, as in 60s or 4h")
    return int(number) * _UNITS[unit]


def parse(raw: dict, where: str = "factors.yml") -> Vocabulary:
    """Check and type a vocabulary. Raises ContentError that names the entry and what to mend."""
    try:
        factors = {}
        for key, f in raw["factors"].items():
            points = {int(k): int(v) for k, v in (f.get("points") or {}).items()}
            levels = {int(k): str(v) for k, v in f["levels"].items()}
            if set(levels) != set(LEVELS) or not set(points) <= set(LEVELS):
                raise ContentError(
                    f"{where}: factors.{key} must describe levels 0, 1, 2 and 3 and give points to those only"
                )
            factors[key] = Factor(key, f["ko"], f["asks"], points, levels)
        bands = {name: (int(low), int(high)) for name, (low, high) in raw["bands"].items()}
        most = sum(max(f.points.values(), default=0) for f in factors.values())
        covered = sorted(p for low, high in bands.values() for p in range(low, high + 1))
        if covered != list(range(most + 1)):
            raise ContentError(f"{where}: bands must cover each total from 0 to {most} once; they cover {covered}")
        signals = {c: SignalKind(c, s["ko"], s["priority"], s["means"]) for c, s in raw["signals"].items()}
        priorities = {
            c: Priority(c, p["ko"], seconds(p["acknowledge_within"]), seconds(p["then"]) if "then" in p else None)
            for c, p in raw["priorities"].items()
        }
        if set(priorities) != set(PRIORITIES) or not {s.priority for s in signals.values()} <= set(PRIORITIES):
            raise ContentError(f"{where}: priorities are P0, P1, P2 and P3, and every signal has one of them")
        return Vocabulary(
            int(raw["version"]), factors, bands, float(raw["coverage_min"]), signals, priorities, dict(raw["acts"])
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"{where}: {type(error).__name__} {error}; compare with the file's own heading") from error


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The project's vocabulary."""
    return parse(yaml.safe_load(FACTORS.read_text(encoding="utf-8")), str(FACTORS))


def most_urgent(codes) -> str:
    """The most urgent of some priority codes; P3 when there is none."""
    return min(codes, key=PRIORITIES.index, default="P3")
