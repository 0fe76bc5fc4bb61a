"""Personas: who answers the telephone in a rehearsal, and what a careful officer would conclude. Read from YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from anbu.assessment.vocabulary import LEVELS, PRIORITIES, vocabulary
from anbu.calling.scripts import scripts
from anbu.errors import ContentError
from anbu.settings import ROOT

OUTCOMES = ("completed", "refused", "callback", "wrong_number", "proxy", "opt_out", "hung_up", "handed_over")
DIRECTIONS = ("outbound", "inbound")
ON_DUTY = ("answers", "busy", "no-answer", "failed", "voicemail", "declines", "drops")
KEYS = ("name", "age", "note", "script", "direction", "known", "on_duty", "answers", "interrupts", "silent_at",
        "digits_at", "hang_up_at", "default", "expect")  # fmt: skip
# what a hand-over asks, and where a resident may hang up in it
HANDOVER_TOPICS = {f"handover_{what}" for what in ("stay", "choice", "again", "hold", "talk")}
EXPECT_KEYS = ("factors", "unknown", "signals", "priority", "outcome")


@dataclass(frozen=True)
class Expect:
    """What the rehearsal checks; None means not checked. `factors`: key → (lowest, highest) level."""

    factors: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    signals: frozenset[str] | None = None
    priority: str | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Persona:
    """One resident. `known`: the office has this person's number; `on_duty`: what a dialled officer's line does."""

    name: str
    age: int | None = None
    note: str = ""
    script: str = "initial"
    direction: str = "outbound"
    known: bool = True
    on_duty: str = "answers"
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    interrupts: tuple[tuple[str, str], ...] = ()  # (topic, what is said instead)
    silent_at: frozenset[str] = frozenset()
    digits_at: Mapping[str, str] = field(default_factory=dict)
    hang_up_at: str | None = None
    default: str | None = None
    expect: Expect | None = None


@lru_cache(maxsize=1)
def topics() -> frozenset[str]:
    """Every topic a call may ask: those of the questions in domain.yml and the factors."""
    responses = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    asked = {(line.get("custom") or {}).get("topic") for lines in responses.values() for line in lines}
    return frozenset(asked - {None} | set(vocabulary().factors) | HANDOVER_TOPICS)


def persona_files(paths: Iterable[Path | str]) -> list[Path]:
    """The persona files meant by `paths`: files, and every .yml of a folder. Raises ContentError when there is none."""
    found = []
    for path in map(Path, paths):
        files = sorted(path.glob("*.yml")) if path.is_dir() else [path] if path.is_file() else []
        if not files:
            raise ContentError(f"{path}: 페르소나 YAML이 없습니다 (no persona file here)")
        found += files
    return found


def load(path: Path | str) -> Persona:
    """Read one persona file. Raises ContentError that names the file, the key and what to write there."""
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        where = f" ({error.problem_mark.line + 1}번째 줄)" if getattr(error, "problem_mark", None) else ""
        raise ContentError(f"{path}: YAML로 읽을 수 없습니다{where} (not readable YAML)") from error
    return parse(raw, str(path))


def parse(raw: Any, where: str) -> Persona:
    """Check and type one persona. Raises ContentError as `load` does."""
    check = _Check(where)
    check.mapping("", raw, KEYS)
    known = raw.get("known", True)
    if not isinstance(known, bool):
        check.wrong("known", "true나 false로 적으세요", "write true or false")
    age = raw.get("age")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 120):
        check.wrong("age", "나이를 0~120의 수로 적으세요", "write a number from 0 to 120")
    name = check.text("name", raw.get("name"))
    if not name.strip():
        check.wrong("name", "이름을 적으세요", "write a name")
    hang_up_at = raw.get("hang_up_at")
    default = raw.get("default")
    return Persona(
        name=name,
        age=age,
        note=check.text("note", raw.get("note", "")),
        script=check.one_of("script", raw.get("script", "initial"), scripts()),
        direction=check.one_of("direction", raw.get("direction", "outbound"), DIRECTIONS),
        known=known,
        on_duty=check.one_of("on_duty", raw.get("on_duty", "answers"), ON_DUTY),
        answers=_answers(check, raw.get("answers", {})),
        interrupts=_interrupts(check, raw.get("interrupts", [])),
        silent_at=frozenset(check.topic("silent_at", t) for t in check.sequence("silent_at", raw.get("silent_at", []))),
        digits_at=_digits(check, raw.get("digits_at", {})),
        hang_up_at=None if hang_up_at is None else check.topic("hang_up_at", hang_up_at),
        default=None if default is None else check.text("default", default),
        expect=None if raw.get("expect") is None else _expect(check, raw["expect"]),
    )


class _Check:
    """Type checks that know the file they are in."""

    def __init__(self, where: str):
        self.where = where

    def wrong(self, key: str, ko: str, en: str):
        raise ContentError(f"{self.where}: {key or '파일'}: {ko} ({en})")

    def mapping(self, key: str, value: Any, allowed: Iterable[str] | None = None) -> dict:
        if not isinstance(value, dict):
            self.wrong(key, "'이름: 값' 꼴로 적으세요", "must be a mapping")
        strange = [] if allowed is None else [str(k) for k in value if k not in allowed]
        if strange:
            at = ".".join(filter(None, [key, strange[0]]))
            self.wrong(at, f"모르는 항목입니다. 쓸 수 있는 것: {', '.join(allowed)}", "unknown key")
        return value

    def sequence(self, key: str, value: Any) -> list:
        if not isinstance(value, list):
            self.wrong(key, "목록([…])으로 적으세요", "must be a list")
        return value

    def text(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            self.wrong(key, "글로 적으세요. 숫자나 yes·no는 따옴표로 묶으세요", "must be text; quote numbers, yes, no")
        return value

    def one_of(self, key: str, value: Any, allowed: Iterable[str]) -> str:
        if not isinstance(value, str) or value not in allowed:
            self.wrong(key, f"다음 가운데 하나로 적으세요: {', '.join(allowed)}", "not one of the allowed values")
        return value

    def topic(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or value not in topics():
            known = ", ".join(sorted(topics()))
            self.wrong(key, f"'{value}'라는 주제는 없습니다. 있는 주제: {known}", "no such topic")
        return value

    def level(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or value not in LEVELS:
            self.wrong(key, "단계는 0, 1, 2, 3 가운데 하나입니다", "a level is 0, 1, 2 or 3")
        return value


def _answers(check: _Check, raw: Any) -> dict[str, tuple[str, ...]]:
    answers = {}
    for topic, said in check.mapping("answers", raw).items():
        key = f"answers.{check.topic('answers', topic)}"
        said = said if isinstance(said, list) else [said]
        if not said:
            check.wrong(key, "대답을 하나 이상 적으세요", "write at least one answer")
        answers[topic] = tuple(check.text(key, one) for one in said)
    return answers


def _interrupts(check: _Check, raw: Any) -> tuple[tuple[str, str], ...]:
    interrupts = []
    for i, entry in enumerate(check.sequence("interrupts", raw)):
        key = f"interrupts[{i}]"
        check.mapping(key, entry, ("at", "say"))
        interrupts.append((check.topic(f"{key}.at", entry.get("at")), check.text(f"{key}.say", entry.get("say"))))
    return tuple(interrupts)


def _digits(check: _Check, raw: Any) -> dict[str, str]:
    digits = {}
    for topic, pressed in check.mapping("digits_at", raw).items():
        key = f"digits_at.{check.topic('digits_at', topic)}"
        if isinstance(pressed, bool) or not isinstance(pressed, str | int):
            check.wrong(key, '누르는 번호를 "1"처럼 적으세요', 'write the keys pressed, as in "1"')
        if not str(pressed) or not set(str(pressed)) <= set("0123456789*#"):
            check.wrong(key, "전화기에 있는 번호(0-9, *, #)만 적으세요", "only 0-9, * and # are on a telephone")
        digits[topic] = str(pressed)
    return digits


def _expect(check: _Check, raw: Any) -> Expect:
    check.mapping("expect", raw, EXPECT_KEYS)
    factors = {}
    for factor, level in check.mapping("expect.factors", raw.get("factors", {})).items():
        key = f"expect.factors.{factor}"
        check.one_of(key, factor, vocabulary().factors)
        bounds = level if isinstance(level, list) else [level, level]
        if len(bounds) != 2 or check.level(key, bounds[0]) > check.level(key, bounds[1]):
            check.wrong(key, "단계 하나, 또는 [낮은 단계, 높은 단계]로 적으세요", "write a level or [low, high]")
        factors[factor] = (bounds[0], bounds[1])
    unknown = check.sequence("expect.unknown", raw.get("unknown", []))
    signals, priority, outcome = raw.get("signals"), raw.get("priority"), raw.get("outcome")
    if signals is not None:
        check.sequence("expect.signals", signals)
        signals = frozenset(check.one_of("expect.signals", code, vocabulary().signals) for code in signals)
    return Expect(
        factors=factors,
        unknown=tuple(check.one_of("expect.unknown", f, vocabulary().factors) for f in unknown),
        signals=signals,
        priority=None if priority is None else check.one_of("expect.priority", priority, PRIORITIES),
        outcome=None if outcome is None else check.one_of("expect.outcome", outcome, OUTCOMES),
    )
