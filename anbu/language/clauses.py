"""What surrounds a match: is it denied, supposed, long past, on the news, or somebody else's?"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from anbu.language.korean import Morpheme
from anbu.language.patterns import Book, Match, Part, Scan
from anbu.language.sounds import sound_regex

_PART = re.compile(r"\{([가-힣 ]+)\}")  # a part of an expression by name
PAST = ("었", "았", "였", "었었", "았었", "였었", "더")
REACH = 60  # letters, some 25 syllables: how far a cue reaches


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of context.yml, compiled: expressions matched right after or near a match, and groups of words."""

    expressions: Mapping[str, re.Pattern[str]]
    groups: Mapping[str, int]

    @classmethod
    def load(cls, book: Book, content: Mapping) -> Cues:
        parts = content["parts"]

        def written(line: str) -> str:
            line = _PART.sub(lambda m: parts[m[1]], line)
            return written(line) if _PART.search(line) else line.replace(" ", "")

        expressions = {
            name: re.compile("|".join(f"(?:{sound_regex(written(line)).pattern})" for line in lines))
            for name, lines in content["expressions"].items()
        }
        return cls(expressions, {name: book.group(name, entries) for name, entries in content["groups"].items()})


class Context:
    """Judges matches of one scanned utterance."""

    def __init__(self, scan: Scan, morphemes: Sequence[Morpheme], cues: Cues) -> None:
        self.scan, self.heard, self.cues = scan, scan.heard, cues
        self.code = scan.heard.code
        self.clause_ends, self.sentence_ends = scan.clause_ends, scan.sentence_ends
        self.pasts = [scan.heard.letter(m.start) for m in morphemes if m.tag == "EP" and m.form in PAST]
        self.pasts += [
            scan.heard.letter(m.start) for m in morphemes if m.form in ("던", "더라", "더니", "던데", "더라고")
        ]
        self._people: list[tuple[Part, str]] | None = None

    def clause_end(self, position: int) -> int:
        """Where the clause around a position ends."""
        at = bisect_left(self.clause_ends, position)
        return self.clause_ends[at] if at < len(self.clause_ends) else len(self.code)

    def _sentence_end(self, position: int) -> int:
        at = bisect_left(self.sentence_ends, position)
        return self.sentence_ends[at] if at < len(self.sentence_ends) else len(self.code)

    def _cue(self, name: str, position: int) -> re.Match[str] | None:
        """A cue standing exactly at a position."""
        return self.cues.expressions[name].match(self.code, position)

    def _all(self, name: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """The cues between two positions that begin where a syllable begins."""
        syllables = self.heard.syllables
        for found in self.cues.expressions[name].finditer(self.code, max(start, 0), max(end, 0)):
            at = found.start()
            if at == 0 or syllables[at] != syllables[at - 1]:
                yield found

    def _within(self, name: str, start: int, end: int) -> re.Match[str] | None:
        """The first cue between two positions."""
        return next(self._all(name, start, end), None)

    def _last(self, name: str, start: int, end: int) -> re.Match[str] | None:
        """The last cue between two positions."""
        return next(reversed(list(self._all(name, start, end))), None)

    # -- the judgements: each is true when the match is not a plain statement about here and now

    def negation(self, match: Match) -> bool:
        """Denied an odd number of times: 죽고 싶진 않아, but not 안 죽고 싶은 건 아니고."""
        denials = self._denied_before(match)
        position = match[-1][1]
        if denied := self._cue("denied", position):
            denials += 1
            if self._cue("denied_again", denied.end()):
                denials += 1
        return denials % 2 == 1

    def _denied_before(self, match: Match) -> bool:
        start = match[-1][0]
        return any(
            part[0][1] == start and not any(s <= part[0][0] < e for s, e in match)
            for part in self.scan.find(self.cues.groups["부정 부사"])
        )

    def condition(self, match: Match) -> bool:
        """Only supposed or feared, in any of its parts: 넘어지면 못 일어나니 조심해야지, 불날까 봐."""
        return any(self._cue("supposed", part[1]) for part in match)

    def asking(self, match: Match) -> bool:
        """A mere question: 만약에 …, 그냥 물어보는 거예요."""
        return self._within("asking", match[0][0] - 2 * REACH, match[-1][1] + 2 * REACH) is not None

    def advice(self, match: Match) -> bool:
        """What others say one should do: 119에 전화하라고 하더라, 의사가 숨차면 오라고 했어."""
        start, end = match[0][0], match[-1][1]
        if self._cue("advised", end):
            return True
        found = self._within("advised_before", start - REACH, end + REACH)
        return found is not None and found.start() < start and end <= found.end() + 4

    def letter(self, match: Match) -> bool:
        """What is written somewhere: 쓰러지면 전화하라고 써 있더라."""
        start, end = match[0][0], match[-1][1]
        return self._within("letter", start - REACH, end + REACH // 2) is not None

    def story(self, match: Match) -> bool:
        """From the news, a drama or a book, and not turned on oneself."""
        start, end = match[0][0], match[-1][1]
        if (told := self._last("story", start - REACH, start)) is None or self._within("own", told.end(), start):
            return False
        clause = self.clause_end(end)
        if self._within("own", end, clause + REACH):
            return False
        same = not any(told.end() <= b <= start for b in self.clause_ends)
        return same or self._within("reported", end, clause + REACH // 3) is not None

    def hobby(self, match: Match) -> bool:
        """At work or at play: 바둑 두다 대마가 죽었어, 고기 굽느라 연기가 나."""
        return self._within("hobby", match[0][0] - REACH, match[-1][1] + REACH) is not None

    def stranger(self, match: Match) -> bool:
        """Of somebody the speaker says not to know: … 누군지는 몰라."""
        return self._within("stranger_after", match[0][0] - REACH, match[-1][1] + 2 * REACH) is not None

    def advance(self, match: Match) -> bool:
        """Announced, not happened: 내일 단수된다고 방송했어."""
        return self._within("announced", match[0][0] - REACH, match[-1][1] + REACH // 2) is not None

    def past(self, match: Match) -> bool:
        """Long ago and told in the past: 젊을 때는 굶기도 했지."""
        start, end = match[0][0], match[-1][1]
        ago = self._last("long_ago", start - REACH, end + REACH // 2)
        if (
            ago is None
            or self._within("since", ago.end(), ago.end() + 8)
            or self._within("still", ago.end(), end + REACH)
        ):
            return False
        last = min(max(self._sentence_end(end), end), end + REACH // 2)
        at = bisect_left(self.pasts, match[-1][0])
        return at < len(self.pasts) and self.pasts[at] <= last

    def years(self, match: Match) -> bool:
        """Told with the number of years since: 벌써 십 년 전 일이야."""
        start, end = match[0][0], match[-1][1]
        ago = self._within("years_ago", start - REACH, end + REACH)
        return ago is not None and not self._within("since", ago.end(), ago.end() + 8)

    def resolved(self, match: Match) -> bool:
        """Over by now: 끊겼는데 다시 들어왔어."""
        return self._within("resolved", match[-1][1], match[-1][1] + REACH) is not None

    # -- who

    def person(self, match: Match) -> str:
        """Whose state the match tells: "self", "near", "stranger" or "animal"."""
        start = match[-1][0]
        subject = None
        for part, who in self._subjects():
            if part[0] >= start:
                break
            subject = (part, who)
        if subject is None or subject[1] == "self":
            return "self"
        part, who = subject
        first = max(match[0][0], part[1])
        if not any(part[1] <= b <= first for b in self.clause_ends):
            return who
        end = match[-1][1]
        if self._within("others", match[-1][0], min(self.clause_end(end), end + REACH // 2)):
            return who
        return "self"

    def _subjects(self) -> list[tuple[Part, str]]:
        return [(part, who) for part, who in self._mentions() if not self._cue("no_subject", part[1])]

    def _mentions(self) -> list[tuple[Part, str]]:
        if self._people is None:
            found: dict[Part, str] = {}
            for name, who in (("짐승", "animal"), ("남", "stranger"), ("가까운 사람", "near"), ("나", "self")):
                for match in self.scan.find(self.cues.groups[name]):
                    found[(match[0][0], match[-1][1])] = who
            widest = [p for p in found if not any(q != p and q[0] <= p[0] and p[1] <= q[1] for q in found)]
            self._people = [(part, found[part]) for part in sorted(widest)]
        return self._people

    def quote(self, match: Match) -> tuple[int, int]:
        """The span of heard text that carries a match: whole words, up to the end of its predicate."""
        begins, ends = sorted(self.heard.begins), sorted(self.heard.ends)
        start = begins[max(bisect_right(begins, match[0][0]) - 1, 0)]
        end = ends[min(bisect_left(ends, match[-1][1]), len(ends) - 1)]
        if self.heard.syllables[end - 1] - self.heard.syllables[match[-1][1] - 1] > 6:  # written without blanks
            end = min(end, max(self.clause_end(match[-1][1]), match[-1][1]))
        if self.heard.syllables[match[0][0]] - self.heard.syllables[start] > 6:
            start = match[0][0]
        return self.heard.at[start], self.heard.to[end - 1]
