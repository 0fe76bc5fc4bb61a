"""How often, how long, how many meals: Korean counts in words and digits, read from text without blanks.

Blanks are dropped first because recognisers lose them (한달에두어번). Words and values: data/lexicon/quantities.yml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import yaml

from anbu.language import korean

BESIDE = 6  # syllables a reply may have besides the amount and still be nothing but an amount


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount between `low` and `high`: `rate` times a week, `meals` a day, `span` in days. `less`: not even that."""

    kind: str
    low: float
    high: float
    less: bool
    start: int
    end: int

    @property
    def middle(self) -> float:
        """One number to compare with; "not even twice" counts as somewhat under two, no meal as none."""
        value = (self.low + self.high) / 2
        if not self.less:
            return value
        return 0.0 if self.kind == "meals" and self.low <= 1 else value * 0.6


@dataclass(frozen=True)
class _Lexicon:
    numbers: dict[str, tuple[float, float]]
    days: dict[str, tuple[float, float]]
    units: dict[str, float]
    weekly: dict[str, tuple[float, float]]
    levels: dict[str, dict[str, list[tuple[float, int | None]]]]
    unless: dict[str, list[str]]
    pattern: re.Pattern[str]


def _pair(value: float | list[float]) -> tuple[float, float]:
    return (float(value[0]), float(value[1])) if isinstance(value, list) else (float(value), float(value))


def _any(words: object) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"  # type: ignore[call-overload]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    raw = yaml.safe_load((korean.LEXICON / "quantities.yml").read_text(encoding="utf-8"))
    number = rf"(?:\d+|{_any(raw['numbers'])})"
    period = rf"(?:{_any(raw['days'])}|{number}{_any(raw['units'])})"
    times, links, after = _any(raw["times"]), _any(raw["every"]["links"]), _any(raw["every"]["after"])
    less = r"도(?=.{0,6}(?:안|못|몬|없|힘|어렵|않|제대로))"  # not even: 한 번도 안, 두 끼도 못
    pattern = "|".join(
        (
            rf"(?P<every>{period}){after}",
            rf"(?P<per>{period}|주){links}?(?:한)?(?P<per_n>{number}){times}(?:꼴|쯤|정도|씩)?(?P<per_less>{less})?",
            rf"(?P<weekly>{_any(raw['weekly'])})",
            rf"(?P<meals>{number}){_any(raw['meals'])}(?P<meals_less>{less})?",
            r"(?P<all_meals>삼시세끼|삼시세때|세끼니|삼시)",
            rf"(?P<span>{period})(?:이상|넘|이나|이|을|은|동안|내내|째|됐|되|돼|가까이|남짓|정도|전|간|만|치|도|못|안|굶|밀)",
        )
    )
    return _Lexicon(
        {k: _pair(v) for k, v in raw["numbers"].items()},
        {k: _pair(v) for k, v in raw["days"].items()},
        {k: float(v) for k, v in raw["units"].items()},
        {k: _pair(v) for k, v in raw["weekly"].items()},
        {f: {k: [tuple(row) for row in rows] for k, rows in kinds.items()} for f, kinds in raw["levels"].items()},
        raw["unless"],
        re.compile(pattern),
    )


def _number(text: str) -> tuple[float, float]:
    return _lexicon().numbers.get(text) or (float(text[:4]), float(text[:4]))


def _period(text: str) -> tuple[float, float]:
    words = _lexicon()
    if text in words.days:
        return words.days[text]
    unit = max((u for u in words.units if text.endswith(u)), key=len)
    low, high = _number(text[: -len(unit)] or "한")
    return low * words.units[unit], high * words.units[unit]


def quantities(text: str) -> tuple[Quantity, ...]:
    """All amounts in `text` (already `clean`), left to right, with offsets into it."""
    squeezed, origin = korean.squeeze(text)
    found = []
    for match in _lexicon().pattern.finditer(squeezed):
        part = {k: v for k, v in match.groupdict().items() if v is not None}
        less = "per_less" in part or "meals_less" in part
        if "every" in part:
            low, high = _period(part["every"])
            skip = 1 if match.group().endswith(("걸러", "건너")) else 0  # 하루걸러 is every second day
            kind, low, high = "rate", 7 / (high + skip), 7 / (low + skip)
        elif "per" in part:
            (short, long), (few, many) = _period(part["per"]), _number(part["per_n"])
            kind, low, high = "rate", 7 * few / long, 7 * many / short
        elif "weekly" in part:
            kind, (low, high) = "rate", _lexicon().weekly[part["weekly"]]
        elif "meals" in part:
            kind, (low, high) = "meals", _number(part["meals"])
        elif "all_meals" in part:
            kind, low, high = "meals", 3.0, 3.0
        else:
            kind, (low, high) = "span", _period(part["span"])
        found.append(Quantity(kind, low, high, less, origin[match.start()], origin[match.end() - 1] + 1))
    return tuple(found)


def level(factor: str, text: str) -> tuple[int, Quantity] | None:
    """The level of `factor` if `text` is hardly more than one amount that decides it."""
    found = [q for q in quantities(text) if q.kind in _lexicon().levels.get(factor, {})]
    if len(found) != 1 or any(word in text for word in _lexicon().unless.get(factor, ())):
        return None
    (amount,) = found
    said = len(korean.squeeze(text)[0]) - len(korean.squeeze(text[amount.start : amount.end])[0])
    if said > BESIDE:
        return None
    for least, value in _lexicon().levels[factor][amount.kind]:
        if amount.middle >= least:
            return None if value is None else (value, amount)
    return None
