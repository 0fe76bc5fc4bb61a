"""Morphemes of recognised Korean speech, with offsets into the text as it was heard.

Kiwi's spans overlap where a syllable contracts two morphemes (안았어 → 안+았+어), so callers that need disjoint spans
merge them.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from kiwipiepy import Kiwi

LEXICON = Path(__file__).parents[2] / "data" / "lexicon"
MAX_CHARS = 2000  # a longer text is analysed in slices so that one request stays bounded in time


@dataclass(frozen=True, slots=True)
class Morpheme:
    """One morpheme: surface `form`, dictionary `lemma` (verbs end in 다), Sejong `tag`, span in the heard text."""

    form: str
    lemma: str
    tag: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _words() -> dict:
    return yaml.safe_load((LEXICON / "words.yml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def kiwi() -> Kiwi:
    """The analyser, loaded once a process (about 2 s, 300 MB)."""
    # Its dialect and typo models stay off: measured, they read no answer better and cost two to seven times the time
    # (Jeju alone 12 s and 1.5 GB to load). Dialect is in words.yml, mishearings are in spellings.yml.
    # The dictionary of multi-word names stays out: 200 MB that tell nothing about how somebody fares.
    analyser = Kiwi(num_workers=1, load_multi_dict=False)
    for entry in _words()["words"]:
        form, score = entry["form"], entry.get("score", 0.0)
        if "lemma" in entry:
            analyser.add_pre_analyzed_word(form, [tuple(m) for m in entry["lemma"]], score)
        else:
            analyser.add_user_word(form, entry["tag"], score)
    return analyser


_lock = threading.Lock()


@lru_cache(maxsize=1)
def _spellings() -> tuple[re.Pattern[str], dict[str, str]]:
    groups = yaml.safe_load((LEXICON / "spellings.yml").read_text(encoding="utf-8"))["spellings"]
    table = {heard: meant for group in groups.values() for heard, meant in group.items()}
    if wrong := [heard for heard, meant in table.items() if len(heard) != len(meant)]:
        raise ValueError(f"spellings.yml: both sides must have the same length: {wrong}")
    return re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True))), table


def respell(text: str) -> str:
    """Frequent mishearings and Jeju forms in standard spelling, one character for one, so that offsets stay."""
    pattern, table = _spellings()
    return pattern.sub(lambda m: table[m.group()], text)


def clean(text: str) -> str:
    """NFC; control characters become blanks one for one, so offsets into the result fit the heard text."""
    return "".join(" " if unicodedata.category(c).startswith("C") else c for c in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def analyse(text: str) -> tuple[Morpheme, ...]:
    """Morphemes of `text` (already `clean`), in order. Never raises on odd input; time is linear in its length."""
    found, same = [], _words().get("same") or {}
    for base in range(0, len(text), MAX_CHARS):
        part = respell(text[base : base + MAX_CHARS])
        with _lock:
            tokens = kiwi().tokenize(part)
        for t in tokens:
            found.append(Morpheme(t.form, same.get(t.lemma, t.lemma), str(t.tag), base + t.start, base + t.end))
    return tuple(found)


def squeeze(text: str) -> tuple[str, tuple[int, ...]]:
    """`text` without blanks, and for each kept character its offset in `text`."""
    kept = [i for i, c in enumerate(text) if not c.isspace()]
    return "".join(text[i] for i in kept), tuple(kept)


def similar(word: tuple[str, str], most: int) -> list[tuple[tuple[str, str], float]]:
    """Words (form, tag) of like meaning with their similarity, by Kiwi's distributional model; for training only."""
    try:
        return [((str(w.form), str(w.tag)), float(w.score)) for w in kiwi().most_similar_morphemes(word, top_n=most)]
    except (ValueError, KeyError):  # a word Kiwi guessed or one from words.yml
        return []
