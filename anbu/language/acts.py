"""What an utterance does in the call: answers, says yes, asks back, refuses, postpones, …"""

from __future__ import annotations

from anbu.language import korean, replies
from anbu.language.model import LanguageModel

CERTAIN = 0.95
# Acts that stand instead of an answer: nothing is read for the topic just asked.
INTERRUPTIONS = frozenset(
    (
        *("repeat", "slower", "louder", "who", "is_human", "want_human", "busy", "wrong_number"),
        *("proxy", "opt_out", "refuse", "goodbye", "unclear", "dont_know", "smalltalk"),
    )
)
# Acts that end the call, drop the question or undo an answer: taken only when clear, or an answer would be lost.
_DRASTIC = frozenset(
    ["opt_out", "wrong_number", "goodbye", "busy", "proxy", "refuse", "want_human", "unclear", "correct"]
)
_DRASTIC_SURE = 0.75
_OPENING = (None, "identity", "consent", "home_check")  # where such acts are to be expected
_OPENING_SURE = 0.45
_SMALLTALK_SURE = 0.9  # after a question: what is said then is mostly an answer, however far it strays
# Taken for these by its words, an utterance is still an answer if a level can be read from it.
_OVERRULED = frozenset(["smalltalk", "unclear", "dont_know"])


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
    best = int(chances.argmax())
    return model.classes("acts")[best], float(chances[best])


def act(text: str, topic: str | None, question: str | None, model: LanguageModel) -> tuple[str, float]:
    """The act of `text` as a reply to `question` about `topic`, with its probability."""
    from anbu.language.reader import read  # the two look at each other: content decides between answer and small talk

    name, chance = guess(text, model)
    if name in _OVERRULED and chance < CERTAIN:
        told = [reading.confidence for reading in read(text, topic, question, model)]
        if told:
            return "inform", max(told)
    if name in _DRASTIC and chance < (_OPENING_SURE if topic in _OPENING else _DRASTIC_SURE) and text.strip():
        return "inform", chance
    if name == "smalltalk" and question and chance < _SMALLTALK_SURE:
        return "inform", chance
    return name, chance


__all__ = ["CERTAIN", "INTERRUPTIONS", "act", "guess"]
