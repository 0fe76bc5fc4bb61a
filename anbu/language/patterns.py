"""Words, groups of words and sequences of them, written in YAML and found in an utterance.

Notation (see data/lexicon/danger/README.md):
    쓰러지다      a predicate: every inflection of it
    가슴          any other word: its letters, where a word begins; one syllable must be a word by itself
    <가슴>        a group of words by name
    아들|딸       either
    /정규식/      a regular expression in Hangul over the code
    힘 빠지다     next to each other (a particle or a short word may stand between); 팔|손 저리다 is 팔 or 손
    가슴 ~ 아프다 in one clause;   넘어지다 .. 못  within two or three clauses
    칼 + 들다     in one clause, in either order
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from anbu.language.korean import Morpheme, kiwi
from anbu.language.sounds import CODAS, Stream, sound, sound_regex

Part = tuple[int, int]  # a span of letters in the code
Match = tuple[Part, ...]  # the parts of a sequence, in order

GAPS = {" ": 2, "~": 12, "..": 24, "+": 12}  # syllables that may stand between two parts
WITHIN_CLAUSE = frozenset((GAPS["~"],))
FREE = 4  # a word of so many syllables may be found anywhere, not only where a word begins
MOST = 48  # matches of one unit looked at in one utterance, so that odd input stays cheap
PARTICLES = frozenset(
    map(sound, ["", *"이가은는을를도만에로", "이랑", "하고", "까지", "에서", "이나", "부터", "으로", "이라도"])
)
PREDICATE_TAGS = ("VV", "VA", "VX", "VC", "XS")
STARTING_TAGS = (
    "N",
    "M",
    "XR",
    "XP",
    "IC",
    "VV",
    "VA",
    "VX",
    "VC",
    "S",
    "U",
)  # a word may begin here, not a particle or an ending
WORD_TAGS = ("N", "M", "XR", "IC", "S", "U", "W")

_TOKEN = re.compile(r"/[^/]+/|(?:<[^>]+>|[^\s<])+")  # a group's name may have blanks


@dataclass(slots=True)
class Unit:
    """A group of words, expressions and sequences; a match of any of them is a match of the unit."""

    words: set[int] = field(default_factory=set)
    sequences: list[tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)  # units, gaps between them
    regexes: list[re.Pattern[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Uses:
    """The book read upwards, so that only what the words of an utterance can lead to is looked at."""

    of_word: Mapping[int, Sequence[int]]  # word → units that name it
    of_unit: Mapping[int, Sequence[int]]  # unit → numbers of the sequences it is part of
    sequences: Sequence[tuple[int, tuple[int, ...], tuple[int, ...]]]  # unit it makes, its parts, the gaps between
    sizes: Sequence[int]  # number of different parts of each sequence
    regexes: Sequence[tuple[int, re.Pattern[str]]]

    @classmethod
    def of(cls, units: Sequence[Unit]) -> Uses:
        of_word: dict[int, list[int]] = defaultdict(list)
        of_unit: dict[int, list[int]] = defaultdict(list)
        sequences, regexes = [], []
        for number, unit in enumerate(units):
            for word in unit.words:
                of_word[word].append(number)
            regexes += [(number, regex) for regex in unit.regexes]
            for parts, gaps in unit.sequences:
                for part in set(parts):
                    of_unit[part].append(len(sequences))
                sequences.append((number, parts, gaps))
        return cls(of_word, of_unit, sequences, [len(set(parts)) for _, parts, _ in sequences], regexes)


class Book:
    """All words and units of the lexicons, compiled."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.names: dict[str, int] = {}
        self.trie: dict = {}
        self.lemmas: dict[str, int] = {}
        self.forms: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._parts: dict[str, int] = {}
        self._uses: Uses | None = None

    def group(self, name: str, entries: Iterable[str]) -> int:
        """Define the group `<name>`."""
        number = self._named(name)
        self._fill(number, entries)
        return number

    def unit(self, entries: str | Sequence[str]) -> int:
        """An unnamed unit of one or more entries."""
        self.units.append(Unit())
        number = len(self.units) - 1
        self._fill(number, [entries] if isinstance(entries, str) else entries)
        return number

    def _fill(self, number: int, entries: Iterable[str | Sequence[str]]) -> None:
        for entry in entries:
            if isinstance(entry, list):  # a long group, written on several lines
                self._fill(number, entry)
                continue
            for part in [entry] if "/" in str(entry) else str(entry).split(","):
                self._add(self.units[number], part)

    def undefined(self) -> list[str]:
        """Groups that are used and defined nowhere."""
        units = ((name, self.units[number]) for name, number in self.names.items())
        return [name for name, unit in units if not (unit.words or unit.sequences or unit.regexes)]

    @property
    def uses(self) -> Uses:
        """Where every word and unit is used; made on first use, when all lexicons are in."""
        if self._uses is None:
            self._uses = Uses.of(self.units)
        return self._uses

    def _named(self, name: str) -> int:
        if name not in self.names:
            self.units.append(Unit())
            self.names[name] = len(self.units) - 1
        return self.names[name]

    def _add(self, unit: Unit, entry: str) -> None:
        segments = re.split(r"\s+(~|\.\.|\+)\s+", entry.strip())
        parts, gaps = [self._part(segment) for segment in segments[::2]], [GAPS[gap] for gap in segments[1::2]]
        if len(parts) == 1:
            unit.sequences.append(((parts[0],), ()))
            return
        unit.sequences.append((tuple(parts), tuple(gaps)))
        if "+" in segments:
            at = segments[1::2].index("+") + 1
            unit.sequences.append(
                (tuple(parts[at:] + parts[:at]), tuple(gaps[at:] + gaps[at - 1 : at] + gaps[: at - 1]))
            )

    def _part(self, text: str) -> int:
        """The unit of words next to each other, each perhaps a choice."""
        if text not in self._parts:
            if re.fullmatch(r"<[^>|]+>", text):
                self._parts[text] = self._named(text[1:-1])
            else:
                self.units.append(Unit())
                self._parts[text] = len(self.units) - 1
                self._fill_part(self.units[self._parts[text]], text)
        return self._parts[text]

    def _fill_part(self, unit: Unit, text: str) -> None:
        if text.startswith("/"):
            unit.regexes.append(sound_regex(text[1:-1]))
            return
        words = _TOKEN.findall(text)
        if len(words) > 1:
            unit.sequences.append((tuple(map(self._part, words)), (GAPS[" "],) * (len(words) - 1)))
            return
        for word in text.split("|"):
            if word.startswith("<"):
                unit.sequences.append(((self._named(word.strip("<>")),), ()))
            elif word:
                unit.words.add(self._word(word))

    def _word(self, word: str) -> int:
        if word in self._words:
            return self._words[word]
        number = self._words[word] = len(self._words)
        if is_lemma(word):
            self.lemmas[word] = number
            spellings = inflections(word[:-1])
        else:
            self.forms[word] = number
            spellings = {word}
        for spelling in spellings:
            if len(spelling) > 1:
                for variant in {spelling, *weakened(spelling)}:
                    node = self.trie
                    for letter in sound(variant):
                        node = node.setdefault(letter, {})
                    node.setdefault("", set()).add((number, len(spelling) >= FREE))
        return number


def is_lemma(word: str) -> bool:
    """Whether a word of the lexicon is a predicate's dictionary form; 팬다, 했다 and 합니다 are taken as they stand."""
    if not word.endswith("다") or len(word) < 2 or word.endswith("니다"):
        return False
    coda = (ord(word[-2]) - ord("가")) % 28
    return coda not in (CODAS.index("ㄴ"), CODAS.index("ㅆ")) or word.endswith("있다")


def inflections(stem: str) -> set[str]:
    """Beginnings that between them open every inflected form of a stem (눕 → 눕, 누워, 누운)."""
    endings = (("어", "EF"), ("ᆫ", "ETM"), ("는데", "EC"))
    forms = {stem} | {
        kiwi().join([(stem, tag), ending]).removesuffix("는데") for tag in ("VV", "VA") for ending in endings
    }
    if stem.endswith("하"):
        forms |= {stem[:-1] + dialect for dialect in "허혀"}
    forms |= {form[:-1] + chr(ord(form[-1]) + 4 * 28) for form in forms if form[-1] in "파빠까타카"}  # 아파, 아퍼
    codes = {sound(form): form for form in sorted(forms)}
    return {form for code, form in codes.items() if not any(code != c and code.startswith(c) for c in codes)}


def weakened(spelling: str) -> set[str]:
    """A long word as misheard with one final consonant lost."""
    if len(spelling) < FREE:
        return set()
    lost = set()
    for index, char in enumerate(spelling):
        if "가" <= char <= "힣" and (coda := (ord(char) - ord("가")) % 28):
            lost.add(spelling[:index] + chr(ord(char) - coda) + spelling[index + 1 :])
    return lost


# Connective endings that do not end a clause: 쓰러져 있다, 죽으려고 하다, 먹게 하다
JOINING = frozenset(
    (
        "어",
        "아",
        "게",
        "지",
        "려고",
        "으려고",
        "ㄹ려고",
        "ᆯ려고",
        "려",
        "으려",
        "러",
        "으러",
        "ᆯ라고",
        "을라고",
        "나",
        "질",
        "든지",
        "라고",
    )
)


def boundaries(heard: Stream, morphemes: Sequence[Morpheme]) -> tuple[list[int], list[int]]:
    """Letters at which clauses and sentences end."""
    clauses, sentences = [], []
    for m, after in zip(morphemes, [*morphemes[1:], None], strict=True):
        if m.tag == "EF":
            sentences.append(heard.letter(m.end))
        if m.tag == "EF" or (m.tag == "EC" and m.form not in JOINING and after is not None and after.tag != "VX"):
            clauses.append(heard.letter(m.end))
    return clauses, sentences


class Scan:
    """The words of a book found in one utterance, and the units made of them."""

    def __init__(self, book: Book, text: str, heard: Stream, morphemes: Sequence[Morpheme]) -> None:
        self.book, self.heard = book, heard
        self.clause_ends, self.sentence_ends = boundaries(heard, morphemes)
        self.begins = heard.begins | {heard.letter(m.start) for m in morphemes if m.tag.startswith(STARTING_TAGS)}
        self.words: dict[int, set[Part]] = {}
        self._known: dict[int, list[Match]] = {}
        self._spell()
        self._short(text)
        self._lemmas(morphemes)
        self._reach()

    def _spell(self) -> None:
        code, syllables, begins = self.heard.code, self.heard.syllables, self.begins
        trie = self.book.trie
        last = -1
        for start in range(len(code)):
            if syllables[start] == last:
                continue
            last = syllables[start]
            node, here = trie, start
            longest: dict[int, int] = {}
            while here < len(code) and (node := node.get(code[here])) is not None:
                here += 1
                for number, free in node.get("", ()):
                    if free or start in begins:
                        longest[number] = here
            for number, end in longest.items():
                self.words.setdefault(number, set()).add((start, end))

    def _lemmas(self, morphemes: Sequence[Morpheme]) -> None:
        lemmas, forms, heard = self.book.lemmas, self.book.forms, self.heard
        for m in morphemes:
            if m.tag.startswith(PREDICATE_TAGS):
                number = lemmas.get(m.lemma)
            else:
                number = forms.get(m.form) if m.tag.startswith(WORD_TAGS) else None
            if number is not None and (start := heard.letter(m.start)) < len(heard.code) and heard.at[start] == m.start:
                end = max(heard.letter(m.end), start + 1)
                if heard.code.startswith(stem := sound(m.form), start):  # 날 is 나 and an ending that may be a cue
                    end = min(end, start + len(stem))
                self.words.setdefault(number, set()).add((start, end))

    def _short(self, text: str) -> None:
        """Words of one syllable standing apart or before a particle, however the analyser reads them."""
        heard, forms = self.heard, self.book.forms
        for start, end in zip(sorted(heard.begins), sorted(heard.ends), strict=True):
            number = forms.get(text[heard.at[start]])
            if number is None:
                continue
            here = start
            while here < end and heard.syllables[here] == heard.syllables[start]:
                here += 1
            if heard.code[here:end] in PARTICLES:
                self.words.setdefault(number, set()).add((start, here))

    def _reach(self) -> None:
        """Which units the words and expressions that are there can make, and by which sequences."""
        uses, waiting = self.book.uses, []
        self._parts: dict[int, list[Match]] = {}
        self._sequences: dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
        for word, spans in self.words.items():
            for unit in uses.of_word.get(word, ()):
                self._parts.setdefault(unit, []).extend((span,) for span in spans)
        for unit, regex in uses.regexes:
            if spans := [((m.start(), m.end()),) for m in regex.finditer(self.heard.code)]:
                self._parts.setdefault(unit, []).extend(spans)
        waiting = list(self._parts)
        reached, met = set(waiting), {}
        while waiting:
            for number in uses.of_unit.get(waiting.pop(), ()):
                met[number] = met.get(number, 0) + 1
                if met[number] == uses.sizes[number]:
                    unit, parts, gaps = uses.sequences[number]
                    self._sequences.setdefault(unit, []).append((parts, gaps))
                    if unit not in reached:
                        reached.add(unit)
                        waiting.append(unit)

    def find(self, number: int) -> list[Match]:
        """Matches of a unit, in order."""
        known = self._known.get(number)
        if known is None:
            self._known[number] = []  # a group that contains itself adds nothing
            found = set(self._parts.get(number, ()))
            for parts, gaps in self._sequences.get(number, ()):
                found.update(self._sequence(parts, gaps))
            known = self._known[number] = sorted(found)[:MOST]
        return known

    def _sequence(self, parts: tuple[int, ...], gaps: tuple[int, ...]) -> list[Match]:
        matches = self.find(parts[0])
        for part, gap in zip(parts[1:], gaps, strict=True):
            if not matches:
                break
            following = self.find(part)
            matches = [m + n for m in matches for n in following if self._near(m[-1][1], n[0][0], gap)][:MOST]
        return matches

    def _near(self, end: int, start: int, gap: int) -> bool:
        """Whether no more than `gap` syllables stand between two positions."""
        syllables = self.heard.syllables
        if start < end or syllables[start] - syllables[end - 1] - 1 > gap:
            return False
        if gap not in WITHIN_CLAUSE:
            return True
        after = bisect_left(self.clause_ends, end)
        return after == len(self.clause_ends) or self.clause_ends[after] > start
