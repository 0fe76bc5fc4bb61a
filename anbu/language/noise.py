"""What telephone recognition does to speech, repeatably: blanks lost, final consonants dropped, fillers, homophones.

Used for the training copies and to measure robustness. The same text and seed always give the same noise.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from functools import lru_cache

import yaml

from anbu.language import korean

_CODAS = 28
_FIRST, _LAST = 0xAC00, 0xD7A3
_SPARE_LAST = set("없않못안")  # losing these would turn the meaning round, which a listener would not label the same


@lru_cache(maxsize=1)
def _lexicon() -> dict:
    return yaml.safe_load((korean.LEXICON / "noise.yml").read_text(encoding="utf-8"))


def spaces(text: str, rng: random.Random) -> str:
    """Blanks lost: all of them in a third of the cases, else every other one."""
    if rng.random() < 0.33:
        return text.replace(" ", "")
    return "".join("" if c == " " and rng.random() < 0.5 else c for c in text)


def codas(text: str, rng: random.Random) -> str:
    """One final consonant dropped."""
    places = [
        i for i, c in enumerate(text)
        if _FIRST <= ord(c) <= _LAST and (ord(c) - _FIRST) % _CODAS and c not in _SPARE_LAST
    ]  # fmt: skip
    if len(places) < 4:  # in a very short reply the consonant may be all there is to tell it by
        return text
    at = rng.choice(places)
    return text[:at] + chr(ord(text[at]) - (ord(text[at]) - _FIRST) % _CODAS) + text[at + 1 :]


def fillers(text: str, rng: random.Random) -> str:
    """One to three fillers between words."""
    words = text.split(" ")
    for _ in range(rng.randint(1, 3)):
        words.insert(rng.randint(0, len(words)), rng.choice(_lexicon()["fillers"]))
    return " ".join(words)


def homophones(text: str, rng: random.Random) -> str:
    """One syllable or pair written as it sounds."""
    sounds = {**_lexicon()["liaison"], **_lexicon()["homophones"]}
    options = [(old, new) for old, new in sounds.items() if old in text]
    if not options:
        return text
    old, new = rng.choice(options)
    return text.replace(old, new, 1)


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "spaces": spaces,
    "codas": codas,
    "fillers": fillers,
    "homophones": homophones,
}


def noised(text: str, seed: int = 0, kind: str | None = None) -> str:
    """`text` with one kind of noise, or with one to three kinds chosen by the seed."""
    rng = random.Random(zlib.crc32(text.encode()) ^ seed)
    kinds = [kind] if kind else rng.sample(sorted(KINDS), rng.choice((1, 1, 2, 3)))
    for name in sorted(kinds, reverse=True):  # spaces first: fillers come in with their own blanks
        text = KINDS[name](text, rng)
    return text
