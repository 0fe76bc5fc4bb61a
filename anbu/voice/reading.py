"""Numbers and dates as people say them, by the rules of data/voice/reading.yml."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml
from num2words import num2words

from anbu.errors import ContentError
from anbu.language.speech import DIGITS, number_aloud
from anbu.settings import ROOT

READING = ROOT / "data" / "voice" / "reading.yml"
ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
MONTHS = {"6": "유", "10": "시"}  # 유월, 시월
SLOW = "\ue000", "\ue001"  # private-use marks around what is said slowly; the SSML writer turns them into tags


def sino(text: str) -> str:
    """119 → 백십구, 1.5 → 일 점 오."""
    whole, _, fraction = text.replace(",", "").partition(".")
    said = num2words(int(whole), lang="ko")
    return f"{said} 점 {digits(fraction)}" if fraction else said


def native(text: str) -> str:
    """3 → 세, 20 → 스무; from 100 on as `sino`."""
    n = int(text)
    if n == 20:
        return "스무"
    return TENS[n // 10] + ONES[n % 10] if 0 < n < 100 else sino(text)


def digits(text: str) -> str:
    """119 → 일일구."""
    return "".join(DIGITS[c] for c in text if c in DIGITS)


def month(text: str) -> str:
    """6 → 유월, 11 → 십일월."""
    n = str(int(text))
    return MONTHS.get(n, sino(n)) + "월"


READERS: Mapping[str, Callable[[str], str]] = {
    "sino": sino, "native": native, "digits": digits, "month": month, "phone": number_aloud,
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern
    read: Mapping[str, str]
    say: str
    slow: bool

    def apply(self, match: re.Match) -> str:
        """What is said for a match; marked where it is to be said slowly."""
        said = self.say.format(
            **{k: READERS[self.read[k]](v) if k in self.read else v for k, v in match.groupdict().items()}
        )
        return SLOW[0] + said + SLOW[1] if self.slow else said


@dataclass(frozen=True)
class Reading:
    rules: tuple[Rule, ...]
    words: Mapping[str, str]
    pauses: Mapping[str, int]  # milliseconds after a sentence, question, comma, and between slow digits

    def marked(self, text: str) -> str:
        """The text as it is said, with `SLOW` marks."""
        for word, said in self.words.items():
            text = text.replace(word, said)
        for rule in self.rules:
            text = rule.pattern.sub(rule.apply, text)
        return " ".join(text.split())


def parse(raw: dict) -> Reading:
    """Check and type the rules. Raises ContentError that names the rule."""
    rules = []
    for i, entry in enumerate(raw.get("readings") or []):
        name = entry.get("name") or f"{i + 1}번째 규칙"
        try:
            pattern = re.compile(entry["pattern"])
            strange = set(entry["read"].values()) - set(READERS)
            if strange:
                raise ContentError(f"data/voice/reading.yml: {name}: 읽는 법 {sorted(strange)}은 없습니다")
            entry["say"].format(**{k: "" for k in pattern.groupindex})
        except (KeyError, AttributeError, re.error, IndexError) as error:
            raise ContentError(f"data/voice/reading.yml: {name}: {error} 을 고쳐 주세요") from error
        rules.append(Rule(pattern, entry["read"], entry["say"], bool(entry.get("slow"))))
    pauses = raw.get("pauses") or {}
    missing = {"sentence", "question", "comma", "digits"} - set(pauses)
    if missing or not all(isinstance(ms, int) and 0 <= ms <= 5000 for ms in pauses.values()):
        raise ContentError("data/voice/reading.yml: pauses에 sentence, question, comma, digits를 밀리초로 적으세요")
    return Reading(tuple(rules), raw.get("words") or {}, pauses)


@lru_cache(maxsize=1)
def reading() -> Reading:
    """The rules in use."""
    return parse(yaml.safe_load(READING.read_text(encoding="utf-8")))


def aloud(text: str) -> str:
    """A text as it is said, without marks: 119로 11월 3일 3시에 → 일일구로 십일월 삼일 세 시에."""
    return reading().marked(text).replace(SLOW[0], "").replace(SLOW[1], "")
