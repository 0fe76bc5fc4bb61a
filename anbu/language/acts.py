"""What an utterance does in the call: answers, says yes, asks back, refuses, postpones, …"""

from __future__ import annotations

import numpy as np

from anbu.language import korean, replies
from anbu.language.model import LanguageModel

CERTAIN = 0.95
# Acts that stand instead of an answer: nothing is read for the topic just asked.
INTERRUPTIONS = frozenset(
    "repeat slower louder who is_human want_human busy wrong_number proxy opt_out refuse goodbye unclear dont_know".split()
)
# Acts that end the call or drop the question: taken only when they are clear, or an answer would be thrown away.
DRASTIC = frozenset("opt_out wrong_number goodbye busy proxy refuse want_human unclear".split())
DRASTIC_SURE = 0.6
LEAST_SURE = 0.2
_CONTENT = ("inform", "smalltalk")


def guess(text: str, model: LanguageModel) -> tuple[str, float]:
    """The act by the words alone. Bare yes and no are certain; the rest is the model's."""
    text = korean.clean(text)
    if not text.strip():
        return "unclear", CERTAIN
    bare = replies.kind(text)
    if bare:
        return ("affirm" if bare in ("affirm", "have") else "deny"), CERTAIN
    chances = model.head("acts", model.hear(text).whole)
    chances = chances / chances.sum()
    for best in chances.argsort()[::-1]:
        name, chance = model.classes("acts")[best], float(chances[best])
        if chance >= DRASTIC_SURE or (name not in DRASTIC and chance >= LEAST_SURE):
            return name, chance
    return "inform", float(chances[model.classes("acts").index("inform")])


def act(text: str, topic: str | None, question: str | None, model: LanguageModel) -> tuple[str, float]:
    """The act of `text` as a reply to `question` about `topic`, with its probability."""
    from anbu.language.reader import read  # the two look at each other: content decides between answer and small talk

    name, chance = guess(text, model)
    if name in _CONTENT:
        told = read(text, topic, question, model)
        if told and name == "smalltalk":
            return "inform", max(reading.confidence for reading in told)
    return name, chance
