"""An utterance as a sparse vector: character n-grams, morphemes, negation, amounts and words of like meaning.

Characters stay robust where recognition broke the words; morphemes generalise over endings; words of like meaning come
from Kiwi's own distributional model, looked up once at training and kept as a table.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

from anbu.language import korean, replies
from anbu.language.korean import Morpheme
from anbu.language.quantities import quantities

CHARS = (2, 3)
RARE = 3  # a feature must occur in as many phrases
LIKE = 0.45  # least similarity of words of like meaning
LIKE_UNSEEN = 0.55  # the same for words that are in no training phrase
LIKE_SHARE = 0.6  # weight of words of like meaning against the rest
NEIGHBOURS = 60
TELLING, EMPHASIS = "qgfa", 2.5  # amounts and the lexicons' hints count more than any single word

_NEGATORS_BEFORE = {"안", "못"}
_NEGATORS_AFTER = {"않다", "못하다", "말다"}
_DENIERS = {"없다", "드물다", "적다", "아니다"}  # … 적 없다, … 날이 드물다, … 정도는 아니다
_DENIED = {"적", "날", "때", "일", "리", "법", "데", "생각", "수", "것", "거", "정도", "줄"}
_RHETORICAL = {"커녕", "무슨", "뭐", "왜", "무엇", "기는커녕"}  # 외롭긴 뭐가 외로워
_TURNS = {
    "지금",
    "이제",
    "요즘",
    "요새",
    "근데",
    "그런데",
    "하지만",
    "그래도",
    "인자",
    "이젠",
    "사실",
    "실은",
    "솔직히",
}
_STEPS = {
    "rate": (7, 5.5, 3, 1.6, 0.9, 0.4, 0.2, 0.05),
    "meals": (2.6, 1.9, 1.4, 0.9, 0.5),
    "span": (300, 80, 26, 13, 6.9, 1.9),
}


def content(morpheme: Morpheme) -> bool:
    """Does it carry meaning of its own (not a particle, ending or suffix)?"""
    return morpheme.tag[0] in "NVMX" and morpheme.tag not in ("XSN", "XSV", "XSA", "XPN")


def tokens(text: str, morphemes: Sequence[Morpheme]) -> list[str]:
    """The names of the features of one utterance or clause (already `clean`)."""
    squeezed = "^" + korean.squeeze(korean.respell(text))[0] + "$"
    found = ["c" + squeezed[i : i + n] for n in CHARS for i in range(len(squeezed) - n + 1)]
    lemmas = [m.lemma for m in morphemes]
    bearing = [m.lemma for m in morphemes if content(m)]
    pairs = [f"{a} {b}" for a, b in pairwise(lemmas)]
    found += ["m" + lemma for lemma in lemmas]
    found += ["b" + pair for pair in pairs]
    found += [f"s{a} {b}" for a, b in pairwise(bearing)]
    # What comes after the last turn (그런데, 지금은) is what is meant.
    turn = _last_turn(morphemes)
    found += ["z" + m.lemma for m in morphemes[turn:] if content(m)]
    found += ["z" + pair for pair in pairs[turn:]]
    for i, predicate in _predicates(morphemes):
        found.append(predicate)
        if i >= turn:
            found.append("z" + predicate)
    found += _amounts(text)
    found += _shape(text, bearing)
    found += replies.hints(text)
    return found


def _shape(text: str, bearing: Sequence[str]) -> Iterable[str]:
    """What kind of utterance it is: bare reply, cues of an act, how much is said."""
    yield f"k{replies.kind(text)}"
    yield from ("a" + act for act in replies.cues(text))
    yield f"l{min(len(text) // 3, 8)} long"
    yield f"l{min(len(bearing), 6)} of meaning"


def _last_turn(morphemes: Sequence[Morpheme]) -> int:
    """Index of the first morpheme after the last turn of speech that still leaves something to say."""
    turn = 0
    for i, m in enumerate(morphemes[:-2]):
        if m.tag == "EF" or m.lemma in _TURNS or (m.tag == "EC" and m.form.endswith(("데", "지만", "디", "도"))):
            turn = i + 1
    return turn


def _predicates(morphemes: Sequence[Morpheme]) -> Iterable[tuple[int, str]]:
    """Verbs and adjectives, each affirmed (P) or denied (N), counting how often it is turned round."""
    for i, m in enumerate(morphemes):
        verbal = m.tag[:2] in ("VV", "VA") or m.tag == "XR"
        verbal = verbal or (m.tag == "NNG" and morphemes[i + 1 : i + 2] and morphemes[i + 1].tag in ("XSV", "XSA"))
        if not verbal or m.lemma in ("있다", "없다"):
            continue
        denials = int(i > 0 and morphemes[i - 1].lemma in _NEGATORS_BEFORE)
        ending = i + 1 + (m.tag in ("XR", "NNG"))
        if morphemes[ending : ending + 1] and morphemes[ending].form in ("지", "질", "진", "기", "ᆯ지"):
            following = {x.lemma for x in morphemes[ending + 1 : ending + 4]}
            denials += bool(following & _NEGATORS_AFTER) + bool(following & _RHETORICAL)
        for j in range(ending, min(ending + 6, len(morphemes))):
            if morphemes[j].tag == "EF":
                break
            if morphemes[j].lemma in _DENIED and morphemes[j].tag.startswith("NN"):
                denials += any(x.lemma in _DENIERS for x in morphemes[j + 1 : j + 4])
                break
        yield i, ("N" if denials % 2 else "P") + m.lemma


def _amounts(text: str) -> Iterable[str]:
    for quantity in quantities(text):
        steps, kind = _STEPS[quantity.kind], quantity.kind
        for step in steps:
            yield f"q{kind}{'>=' if quantity.middle >= step else '<'}{step}"
        yield f"q{kind}={sum(quantity.middle < step for step in steps)}{'less' if quantity.less else ''}"


def _weight(name: str, seen: int, of: int) -> float:
    return (math.log((1 + of) / (1 + seen)) + 1) * (EMPHASIS if name[0] in TELLING else 1)


@dataclass
class Encoder:
    """Maps an utterance to a row: weighted features, then words of like meaning."""

    index: dict[str, int] = field(default_factory=dict)
    weight: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    words: dict[tuple[str, str], int] = field(default_factory=dict)  # word → its row of `like`
    like: csr_matrix = field(default_factory=lambda: csr_matrix((0, 0), dtype=np.float32))
    width: int = 0

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learns vocabulary and weights (inverse document frequency) from clean phrases; their rows."""
        analysed = [korean.analyse(text) for text in texts]
        named = [tokens(text, morphemes) for text, morphemes in zip(texts, analysed, strict=True)]
        seen = Counter(name for names in named for name in set(names))
        words = Counter((m.form, m.tag) for morphemes in analysed for m in morphemes if content(m))
        kept = sorted(name for name, n in seen.items() if n >= RARE)
        self.index = {name: i for i, name in enumerate(kept)}
        self.weight = np.array([_weight(name, seen[name], len(named)) for name in kept], np.float32)
        self._fit_likeness(words)
        return self.stack([self._row(names, morphemes) for names, morphemes in zip(named, analysed, strict=True)])

    def _fit_likeness(self, words: Counter[tuple[str, str]]) -> None:
        repeated = sorted(word for word, n in words.items() if n > 1)
        columns = {word: len(self.index) + i for i, word in enumerate(repeated)}
        self.width = len(self.index) + len(columns)
        near: dict[tuple[str, str], dict[int, float]] = {word: {column: 1.0} for word, column in columns.items()}
        for word, column in columns.items():
            for other, score in korean.similar(word, NEIGHBOURS):
                if other in columns and score >= LIKE:
                    near[word][columns[other]] = near[other][column] = score
                elif other not in columns and score >= LIKE_UNSEEN:
                    near.setdefault(other, {})[column] = score
        self.words = {word: i for i, word in enumerate(near)}
        self.like = self.stack(
            [(np.fromiter(row, np.int32, len(row)), np.fromiter(row.values(), np.float32)) for row in near.values()]
        )

    def row(self, text: str, morphemes: Sequence[Morpheme]) -> tuple[np.ndarray, np.ndarray]:
        """Column numbers and values of one utterance or clause."""
        return self._row(tokens(text, morphemes), morphemes)

    def _row(self, names: Sequence[str], morphemes: Sequence[Morpheme]) -> tuple[np.ndarray, np.ndarray]:
        counts = Counter(i for name in names if (i := self.index.get(name)) is not None)
        columns = np.fromiter(counts, np.int32, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.weight[columns]
        values /= np.linalg.norm(values) or 1.0
        more, strength = self._likeness(morphemes)
        return np.concatenate([columns, more]), np.concatenate([values, strength])

    def _likeness(self, morphemes: Sequence[Morpheme]) -> tuple[np.ndarray, np.ndarray]:
        known = {self.words[word] for m in morphemes if (word := (m.form, m.tag)) in self.words}
        if not known:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        spans = [slice(*self.like.indptr[row : row + 2]) for row in sorted(known)]
        columns = np.concatenate([self.like.indices[span] for span in spans])
        values = np.concatenate([self.like.data[span] for span in spans])
        order = np.lexsort((-values, columns))  # the strongest likeness of each column comes first
        columns, values = columns[order], values[order]
        first = np.concatenate([[True], columns[1:] != columns[:-1]])
        columns, values = columns[first], values[first]
        return columns, values * (LIKE_SHARE / np.linalg.norm(values))

    def matrix(self, texts: Iterable[str]) -> csr_matrix:
        """Rows of many clean utterances."""
        return self.stack([self.row(text, korean.analyse(text)) for text in texts])

    def stack(self, rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> csr_matrix:
        ends = np.cumsum([0, *(len(r[0]) for r in rows)])
        columns = np.concatenate([np.zeros(0, np.int32), *(r[0] for r in rows)])
        values = np.concatenate([np.zeros(0, np.float32), *(r[1] for r in rows)])
        return csr_matrix((values, columns, ends), shape=(len(rows), self.width))
