"""Speech as it sounds: a spelling-tolerant code of recognised Korean, with a way back to the heard text.

Speech recognition spells by ear (없어 → 업서, 않 → 안, 됐 → 됬) and loses blanks. Both the utterance and the words
of the lexicons are written in one code - letters in sequence, silent ㅇ dropped, merged vowels and ㅆ levelled, no
blanks - so that they meet whichever way they were spelt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
LEVEL = {
    "ㅆ": "ㅅ",
    "ㅐ": "ㅔ",
    "ㅒ": "ㅔ",
    "ㅖ": "ㅔ",
    "ㅙ": "ㅚ",
    "ㅞ": "ㅚ",
    "ㅢ": "ㅣ",
}  # 때리다 must not meet 데리다
CODA = LEVEL | {
    "ㄲ": "ㄱ",
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
}
CODA |= {"ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹ", "ㅄ": "ㅂㅅ", "ㅎ": "", " ": "", "ㅇ": "O"}  # O: a sounded ㅇ
DIGITS = "영일이삼사오육칠팔구"


@lru_cache(maxsize=16384)
def syllable(char: str) -> str:
    """The code of one character: two to four letters for a Hangul syllable, nothing for what is not said."""
    if "가" <= char <= "힣":
        index = ord(char) - ord("가")
        onset, vowel, coda = ONSETS[index // 588], VOWELS[index % 588 // 28], CODAS[index % 28]
        return ("" if onset == "ㅇ" else LEVEL.get(onset, onset)) + LEVEL.get(vowel, vowel) + CODA.get(coda, coda)
    if "ㄱ" <= char <= "ㅣ":
        return CODA.get(char, char)
    return char.lower() if char.isalnum() else ""


def spoken(number: str) -> str:
    """Digits as they are read: numbers up to 99 in Sino-Korean, longer ones (119, 1366) digit by digit."""
    if len(number) > 2:
        return "".join(DIGITS[int(d)] for d in number)
    tens, ones = divmod(int(number), 10)
    return ("" if tens == 0 else "십" if tens == 1 else DIGITS[tens] + "십") + (
        "" if ones == 0 and tens else DIGITS[ones]
    )


def sound(text: str) -> str:
    """The code of a word or phrase."""
    return "".join(map(syllable, re.sub(r"[0-9]+", lambda m: spoken(m[0]), text)))


_BRACKETS = re.compile(r"\[([가-힣]+)\]")
_LETTERS = re.compile(r"[가-힣ㄱ-ㅣ]")


def sound_regex(pattern: str) -> re.Pattern[str]:
    """A regular expression in Hangul, compiled for the code. `[가나]` means either syllable; `.` is one letter."""
    pattern = _BRACKETS.sub(lambda m: "(?:" + "|".join(m[1]) + ")", pattern)
    return re.compile(_LETTERS.sub(lambda m: _optional_safe(sound(m[0])), pattern))


def _optional_safe(code: str) -> str:
    return code if len(code) == 1 else f"(?:{code})"


@dataclass(frozen=True, slots=True)
class Stream:
    """An utterance in code; `at`, `to`, `syllables` give each letter its text span and the number of its syllable."""

    code: str
    at: tuple[int, ...]
    to: tuple[int, ...]
    syllables: tuple[int, ...]
    begins: frozenset[int]  # letters that begin a word written apart
    ends: frozenset[int]  # letters after which a word written apart ends
    where: dict[int, int]  # text offset → index of its first letter

    def letter(self, offset: int) -> int:
        """Index of the first letter at or after a text offset."""
        return self.where.get(offset, len(self.code))


_WORD = re.compile(r"\S+")
_PIECE = re.compile(r"[0-9]+|.", re.DOTALL)


def stream(text: str) -> Stream:
    """`text` in code."""
    code: list[str] = []
    at: list[int] = []
    to: list[int] = []
    syllables: list[int] = []
    begins, ends = set(), set()
    count = 0
    for word in _WORD.finditer(text):
        first = len(code)
        for piece in _PIECE.finditer(word[0]):
            said = spoken(piece[0]) if piece[0].isascii() and piece[0].isdigit() else piece[0]
            for char in said:
                letters = syllable(char)
                code += letters
                at += [word.start() + piece.start()] * len(letters)
                to += [word.start() + piece.end()] * len(letters)
                syllables += [count] * len(letters)
                count += bool(letters)
        if len(code) > first:  # not a mere comma
            begins.add(first)
            ends.add(len(code))
    where: dict[int, int] = {}
    following = len(code)
    known = {offset: index for index, offset in reversed(list(enumerate(at)))}
    for offset in range(len(text), -1, -1):
        following = known.get(offset, following)
        where[offset] = following
    return Stream("".join(code), tuple(at), tuple(to), tuple(syllables), frozenset(begins), frozenset(ends), where)
