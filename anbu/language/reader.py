"""Levels of the factors in what a resident says: the answer to what was asked, and whatever else was told.

Certain rules come first (a bare yes or no by the question's polarity, a bare amount), then the trained level reader.
Where that is unsure there is no reading: unknown is not zero, and a serious answer must not be read as nothing.
The constants were chosen on phrases the model had not been trained on.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from anbu.language import korean, quantities, replies
from anbu.language.acts import INTERRUPTIONS, guess
from anbu.language.model import Heard, LanguageModel, Piece
from anbu.language.polarity import polarity
from anbu.language.types import Reading

RULE = 0.95  # confidence of a rule
SURE = 0.34  # least probability of a level
SAFE = 0.25  # largest probability of a serious level (2, 3) under a reading of 0
TOLD, MENDED = 0.75, 0.5  # least probability that a fact was volunteered, times that of its level
LAST_WORD = 0.25  # weight of the last clause beside the whole: later statements correct earlier ones
CLAUSE = 0.3  # weight of the clause beside the whole for a volunteered fact
# An utterance is about something else if it speaks that clearly of it, and this faintly of what was asked.
ELSEWHERE, FAINT = 0.5, 0.05


def read(text: str, topic: str | None, question: str | None, model: LanguageModel) -> tuple[Reading, ...]:
    """At most one reading per factor, in the order of the text."""
    return _read(korean.clean(text), topic, question, model)


@lru_cache(maxsize=32)
def _read(text: str, topic: str | None, question: str | None, model: LanguageModel) -> tuple[Reading, ...]:
    if not text.strip():
        return ()
    heard = model.hear(text)
    about = np.array([model.head("about", piece) for piece in heard.pieces])
    least = MENDED if guess(text, model)[0] == "correct" else TOLD  # who mends an answer speaks of it shortly
    found = {reading.factor: reading for reading in _volunteered(heard, about, model, least)}
    if topic in model.factors:
        answer = _answer(heard, about.max(axis=0), topic, question, model)
        if answer:
            found[topic] = answer
        elif replies.kind(text):
            found.pop(topic, None)
    return tuple(sorted(found.values(), key=lambda r: (r.start, r.factor)))


def _answer(heard: Heard, about: np.ndarray, topic: str, question: str | None, model: LanguageModel) -> Reading | None:
    text = heard.text
    bare = replies.kind(text)
    if bare:
        value = getattr(polarity(question, topic, model), bare) if question else None
        return None if value is None else Reading(topic, value, text, 0, len(text), "polarity", RULE)
    if _something_else(text, about, topic, model):
        return None
    if counted := quantities.level(topic, text):
        value, amount = counted
        return Reading(topic, value, text[amount.start : amount.end], amount.start, amount.end, "rule:quantity", RULE)
    last = heard.clauses[-1] if heard.clauses else heard.whole
    value, chance = _level(topic, heard.whole, last, LAST_WORD, model)
    if chance < SURE:
        return None
    piece = max(heard.clauses, key=lambda p: model.head("levels:" + topic, p)[value], default=heard.whole)
    return Reading(topic, value, text[piece.start : piece.end], piece.start, piece.end, "model", chance)


def _something_else(text: str, about: np.ndarray, topic: str, model: LanguageModel) -> bool:
    """Does the utterance do something other than answer, or speak clearly of other matters only?"""
    factors = model.classes("about")
    mine = about[factors.index(topic)]
    act, chance = guess(text, model)
    if act in INTERRUPTIONS and chance > max(mine, 0.3):
        return True
    other = max(chance for factor, chance in zip(factors, about, strict=True) if factor != topic)
    return bool(other > ELSEWHERE and mine < FAINT * other)


def _level(factor: str, piece: Piece, other: Piece, share: float, model: LanguageModel) -> tuple[int, float]:
    """The likeliest level and its probability; probability 0 where a 0 would not be safe."""
    chances = [model.head("levels:" + factor, p) for p in (piece, other)]
    mixed = (1 - share) * chances[0] / chances[0].sum() + share * chances[1] / chances[1].sum()
    value = int(mixed.argmax())
    return value, 0.0 if value == 0 and mixed[2:].sum() > SAFE else float(mixed[value])


def _volunteered(heard: Heard, about: np.ndarray, model: LanguageModel, least: float) -> list[Reading]:
    """Facts told without being asked, each from the clause that speaks of it most clearly."""
    found = []
    for n, factor in enumerate(model.classes("about")):
        best = int(about[:, n].argmax())
        if about[best, n] < least:
            continue
        piece = heard.pieces[best]
        value, chance = _level(factor, heard.whole, piece, CLAUSE, model)
        confidence = float(about[best, n]) * chance
        if chance >= SURE and confidence >= least:
            quote = heard.text[piece.start : piece.end]
            found.append(Reading(factor, value, quote, piece.start, piece.end, "volunteered", confidence))
    return found
