"""Levels of the factors in what a resident says: the answer to what was asked, and whatever else was told.

Certain rules come first (bare yes or no by the question's polarity, counts), then the trained level reader. Where it is
unsure there is no reading: unknown is not zero, and a serious answer must never be read as nothing.
"""

from __future__ import annotations

import numpy as np

from anbu.language import korean, quantities, replies
from anbu.language.acts import INTERRUPTIONS, guess
from anbu.language.model import LEVELS, Heard, LanguageModel, Piece
from anbu.language.polarity import polarity
from anbu.language.types import Reading

RULE = 0.95
SPOKEN_OF = 0.7  # least probability that a factor nobody asked about is spoken of
SURE = 0.42  # least probability of the level of an answer
SAFE = 0.25  # largest probability of a serious level (2, 3) under a reading of 0


def read(text: str, topic: str | None, question: str | None, model: LanguageModel) -> tuple[Reading, ...]:
    """At most one reading per factor, in the order of the text."""
    text = korean.clean(text)
    if not text.strip():
        return ()
    heard = model.hear(text)
    act, chance = guess(text, model)
    found = {}
    if topic in model.factors and not (act in INTERRUPTIONS and chance > 0.5):
        answer = _answer(heard, topic, question, model)
        if answer:
            found[topic] = answer
    for reading in _volunteered(heard, model):
        found.setdefault(reading.factor, reading)
    return tuple(sorted(found.values(), key=lambda r: r.start))


def levels(heard: Heard, factor: str, model: LanguageModel) -> np.ndarray:
    """Probabilities of the four levels of `factor`, from the utterance and its clauses together."""
    return _shares(model.head("levels:" + factor, heard.whole))


def _shares(chances: np.ndarray) -> np.ndarray:
    return chances / chances.sum()


def _answer(heard: Heard, topic: str, question: str | None, model: LanguageModel) -> Reading | None:
    text = heard.text
    bare = replies.kind(text)
    if bare and question:
        value = getattr(polarity(question, topic, model), bare)
        return None if value is None else _whole(heard, topic, value, "polarity", RULE)
    counted = quantities.level(topic, quantities.quantities(text))
    if counted and len(heard.clauses) <= 1:
        value, amount = counted
        return Reading(topic, value, text[amount.start : amount.end], amount.start, amount.end, "rule:quantity", RULE)
    chances = levels(heard, topic, model)
    value = int(chances.argmax())
    if chances[value] < SURE or (value == 0 and chances[2:].sum() > SAFE):
        return None
    piece = _bearer(heard, topic, value, model)
    quote = text[piece.start : piece.end]
    return Reading(topic, value, quote, piece.start, piece.end, "model", float(chances[value]))


def _whole(heard: Heard, topic: str, value: int, source: str, confidence: float) -> Reading:
    return Reading(topic, value, heard.text, 0, len(heard.text), source, confidence)


def _bearer(heard: Heard, factor: str, value: int, model: LanguageModel) -> Piece:
    """The clause that says it most."""
    if not heard.clauses:
        return heard.whole
    return max(heard.clauses, key=lambda piece: model.head("levels:" + factor, piece)[value])


def _volunteered(heard: Heard, model: LanguageModel) -> list[Reading]:
    """Facts told without being asked, from the clause or utterance that speaks of them most clearly."""
    found = []
    chances = np.array([model.head("about", piece) for piece in heard.pieces])
    for n, factor in enumerate(model.classes("about")):
        best = int(chances[:, n].argmax())
        if chances[best, n] < SPOKEN_OF:
            continue
        piece = heard.pieces[best]
        shares = _shares(model.head("levels:" + factor, piece))
        value = int(shares.argmax())
        if shares[value] < SURE or (value == 0 and shares[2:].sum() > SAFE):
            continue
        quote = heard.text[piece.start : piece.end]
        confidence = float(chances[best, n] * shares[value])
        found.append(Reading(factor, value, quote, piece.start, piece.end, "volunteered", confidence))
    return found


__all__ = ["LEVELS", "read"]
