"""Retry policies (data/calling/retry.yml): when to call again, how often, and who takes over then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import yaml

from anbu.errors import ContentError
from anbu.settings import ROOT

FILE = ROOT / "data" / "calling" / "retry.yml"
NEXT_WINDOW = "next_window"
MISSED = ("busy", "no_answer", "failed", "machine")  # results after which the resident was not reached
AFTERWARDS = ("visit", "post")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Retry:
    """`after`: result → how long to wait, None being the next window. `person_tries` within `person_within`."""

    tries: int
    after: Mapping[str, timedelta | None]
    person_tries: int
    person_within: timedelta
    then: tuple[str, ...]


def policy(name: str) -> dict:
    """The policy of that name as written. Raises ContentError that lists those there are."""
    if name not in policies():
        raise ContentError(f"retry: '{name}'이 없습니다. 있는 것: {', '.join(policies())} (no such retry policy)")
    return policies()[name]


@lru_cache(maxsize=1)
def policies() -> dict[str, dict]:
    """All policies by name, checked."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for name, written in raw.items():
        parse(written, f"{FILE.name}: {name}")
    return raw


def parse(raw: Any, where: str = "retry") -> Retry:
    """Check and type one policy. Raises ContentError."""
    try:
        person = raw["person"]
        retry = Retry(
            tries=raw["tries"],
            after={result: _wait(raw[result], f"{where}.{result}") for result in MISSED},
            person_tries=person["tries"],
            person_within=_wait(person["within"], f"{where}.person.within") or timedelta(days=1),
            then=tuple(raw.get("then", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ContentError(f"{where}: {error}이(가) 빠졌거나 잘못되었습니다 (missing or wrong)") from error
    for count in (retry.tries, retry.person_tries):
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 10:
            raise ContentError(f"{where}: 횟수는 0~10의 수로 적으세요 (tries are 0 to 10)")
    if retry.tries + retry.person_tries == 0 or set(retry.then) - set(AFTERWARDS):
        raise ContentError(f"{where}: 한 번은 걸어야 하고, then은 {', '.join(AFTERWARDS)} 가운데에서 적으세요")
    return retry


def _wait(written: Any, where: str) -> timedelta | None:
    if written == NEXT_WINDOW:
        return None
    found = re.fullmatch(r"(\d{1,4})([smhd])", str(written))
    if not found:
        raise ContentError(f"{where}: '{written}' 대신 10m, 2h, 1d, next_window처럼 적으세요 (how long to wait)")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
