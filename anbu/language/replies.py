"""Bare replies (yes, no, "there is", "there is none") and cues of what an utterance does (data/lexicon/acts.yml)."""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from anbu.language import korean

KINDS = ("affirm", "deny", "have", "have_not")
_EMPTY = ("hesitations", "softeners")


def _expand(words: str) -> list[str]:
    """맞아요? becomes 맞아요 and 맞아, so that the longest word can be tried first."""
    return [form for word in words.split() for form in ((word[:-1], word[:-2]) if word.endswith("?") else (word,))]


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


@lru_cache(maxsize=1)
def _lexicon() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, re.Pattern[str]]]:
    raw = yaml.safe_load((korean.LEXICON / "acts.yml").read_text(encoding="utf-8"))
    answers = raw["answers"]
    words = [(len(word), kind, word) for kind in (*KINDS, *_EMPTY) for word in _expand(answers[kind])]
    # Longest first, whatever the kind, so that 없다니까 is not read as 없다; a softener only if it is nothing else.
    words.sort(key=lambda w: (w[1] in _EMPTY, -w[0]))
    alternatives = "|".join(f"(?P<{kind}{n}>{word})" for n, (_, kind, word) in enumerate(words))
    cues = {act: re.compile(_any(listed)) for act, listed in raw["cues"].items()}
    return re.compile(alternatives), re.compile(f"(?:{'|'.join(w for _, _, w in words)})+"), cues


def kind(text: str) -> str | None:
    """affirm, deny, have or have_not if `text` (already `clean`) is nothing but that; the last word decides."""
    squeezed = korean.squeeze(korean.respell(text))[0]
    one, all_of_it, _ = _lexicon()
    if len(squeezed) > 30 or not all_of_it.fullmatch(squeezed):
        return None
    names = [str(m.lastgroup).rstrip("0123456789") for m in one.finditer(squeezed)]
    if names[-1] == "hesitations":
        return None
    said = [name for name in names if name in KINDS]
    existence = [name for name in said if name in ("have", "have_not")]
    return existence[-1] if existence else said[-1] if said else None


def cues(text: str) -> list[str]:
    """Acts that some word of `text` hints at."""
    squeezed = korean.squeeze(korean.respell(text))[0]
    return [act for act, pattern in _lexicon()[2].items() if pattern.search(squeezed)]


@lru_cache(maxsize=1)
def _hints() -> list[tuple[str, re.Pattern[str]]]:
    raw = yaml.safe_load((korean.LEXICON / "levels.yml").read_text(encoding="utf-8"))
    groups = {"g" + name: listed for name, listed in raw["degrees"].items()}
    groups |= {f"f{f}{level}": listed for f, levels in raw["factors"].items() for level, listed in levels.items()}
    return [(name, re.compile(_any(listed))) for name, listed in groups.items()]


def hints(text: str) -> list[str]:
    """Degrees and factor levels that some word of `text` hints at (levels.yml)."""
    squeezed = korean.squeeze(korean.respell(text))[0]
    return [name for name, pattern in _hints() if pattern.search(squeezed)]


@lru_cache(maxsize=1)
def _passing() -> tuple[frozenset[str], re.Pattern[str]]:
    raw = yaml.safe_load((korean.LEXICON / "fillers.yml").read_text(encoding="utf-8"))
    return frozenset(raw["fillers"]), re.compile("(?:" + "|".join(raw["reassurance"]) + r")\s*$")


def without_fillers(text: str) -> tuple[str, tuple[int, ...] | None]:
    """`text` (already `clean`) without fillers and a closing reassurance; where its characters were, None if unchanged.

    Nothing is taken away if nothing else was said.
    """
    fillers, reassurance = _passing()
    end = len(text)
    while (found := reassurance.search(text, 0, end)) and text[: found.start()].strip():
        end = found.start()
    kept = [i for word in re.finditer(r"\S+", text[:end]) if word[0] not in fillers for i in range(*word.span())]
    if not kept or len(kept) == sum(not c.isspace() for c in text):
        return text, None
    return "".join(text[i] for i in kept), tuple(kept)
