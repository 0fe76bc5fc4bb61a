"""The danger screen: which signals of distress an utterance shows. Rules only, so that each catch can be argued about.

Patterns live in data/lexicon/danger, one file a signal; what turns a match into nothing, a question or another person's
danger is judged by `clauses`. A statistical reader may add signals elsewhere; nothing takes one away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from anbu.language.clauses import Context, Cues
from anbu.language.korean import LEXICON, analyse, clean
from anbu.language.patterns import Book, Match, Scan
from anbu.language.sounds import stream
from anbu.language.types import Signal

DANGER = LEXICON / "danger"
CONTEXT = "context.yml"
FILLER_TAGS = ("MAG", "MAJ", "IC")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One group of sayings that show a signal, with what is to be made of a match in which context."""

    source: str
    code: str
    unit: int
    confirm: bool
    checks: Mapping[str, str]  # judgement of clauses.Context → drop | ask | a signal code


@dataclass(frozen=True, slots=True)
class Rules:
    """The compiled lexicon."""

    book: Book
    cues: Cues
    fillers: frozenset[str]
    patterns: tuple[Pattern, ...]
    never: Mapping[str, int]  # signal → idioms that hide it


def load(folder: Path = DANGER) -> Rules:
    """Compile a folder of lexicons; a mistake in one is a ValueError that names the file."""
    book = Book()
    context = yaml.safe_load((folder / CONTEXT).read_text(encoding="utf-8"))
    cues = Cues.load(book, context)
    patterns: list[Pattern] = []
    never: dict[str, int] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == CONTEXT:
            continue
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            for name, entries in (content.get("words") or {}).items():
                book.group(name, entries)
            if "signal" in content:
                patterns += _patterns(book, content, context["checks"])
                never[content["signal"]] = book.unit(content.get("never") or [])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path.name}: {error!r}") from error
    if missing := book.undefined():
        raise ValueError(f"words used and defined nowhere: {', '.join(missing)}")
    return Rules(book, cues, frozenset(word for line in context["fillers"] for word in line), tuple(patterns), never)


def _patterns(book: Book, content: Mapping, everywhere: Mapping[str, str]) -> Iterator[Pattern]:
    code, common = content["signal"], {**everywhere, **(content.get("checks") or {})}
    for kind in ("sure", "ask"):
        for name, body in (content.get(kind) or {}).items():
            group = body if isinstance(body, dict) else {"say": body}
            yield Pattern(
                source=f"rule:{code}.{name}",
                code=code,
                unit=book.unit(group["say"]),
                confirm=kind == "ask",
                checks={**common, **(group.get("checks") or {})},
            )


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The lexicon of this installation, compiled once a process."""
    return load()


@lru_cache(maxsize=32)
def screen(text: str) -> tuple[Signal, ...]:
    """The signals of an utterance, at most one a code - the surest, then the earliest. Never raises."""
    heard = clean(text)
    return signals(heard, rules()) if heard.strip() else ()


def signals(heard: str, by: Rules) -> tuple[Signal, ...]:
    """The signals of a cleaned text by these rules."""
    text = _WORD.sub(lambda word: " " * len(word[0]) if word[0] in by.fillers else word[0], heard)
    if not text.strip():
        return ()
    morphemes = analyse(text)
    for m in morphemes:  # a filler written together with its neighbours: 가슴이너무아파요
        if m.tag in FILLER_TAGS and m.form in by.fillers:
            text = text[: m.start] + " " * (m.end - m.start) + text[m.end :]
    scan = Scan(by.book, text, stream(text), morphemes)
    context = Context(scan, morphemes, by.cues)
    found: dict[str, tuple[tuple[bool, int], Signal]] = {}
    denied: dict[str, list[tuple[Match, Pattern]]] = {}
    matches = []
    for pattern in by.patterns:
        matches += [(match, pattern) for match in scan.find(pattern.unit)]
    for match, pattern in matches:
        if pattern.checks.get("negation") == "drop" and context.negation(match):
            denied.setdefault(pattern.code, []).append((match, pattern))
    for match, pattern in matches:
        if any(_denied(match, pattern, *denial) for denial in denied.get(pattern.code, ())):
            continue
        if (verdict := _judge(match, pattern, context, by)) is None:
            continue
        code, confirm = verdict
        rank = (confirm, match[0][0])
        if code not in found or rank < found[code][0]:
            start, end = context.quote(match)
            found[code] = rank, Signal(code, heard[start:end], start, end, confirm, pattern.source)
    return tuple(signal for _, signal in sorted(found.values(), key=lambda item: item[1].start))


def _judge(match: Match, pattern: Pattern, context: Context, by: Rules) -> tuple[str, bool] | None:
    """The signal a match is worth and whether to ask first, or None. Two reasons to doubt are enough to let it go."""
    if _hidden(match, context.scan.find(by.never[pattern.code])):
        return None
    code, doubts = pattern.code, 0
    for check, effect in pattern.checks.items():
        if effect == "keep" or check == "negation":
            continue
        verdict = getattr(context, check)(match)
        if check == "person":
            if verdict == "near":
                code = effect
            elif verdict != "self":
                return None
        elif verdict:
            if effect == "drop":
                return None
            doubts += 1
    return (code, pattern.confirm or doubts == 1) if doubts < 2 else None


def _denied(match: Match, pattern: Pattern, by: Match, of: Pattern) -> bool:
    """Whether a denied match denies another: one that holds it (죽을 생각 한 적 없어), or the same rule's within it."""
    start, end, first, last = match[0][0], match[-1][1], by[0][0], by[-1][1]
    return (start <= first and last <= end) or (of is pattern and first <= start and end <= last)


def _hidden(match: Match, idioms: Sequence[Match]) -> bool:
    """Whether an idiom overlaps the match."""
    return any(idiom[0][0] < match[-1][1] and match[0][0] < idiom[-1][1] for idiom in idioms)
