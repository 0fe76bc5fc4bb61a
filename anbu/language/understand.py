"""All that is understood from one utterance, by the same functions a call uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from anbu.language import acts, korean, reader, replies, when
from anbu.language.model import LanguageModel
from anbu.language.screen import screen
from anbu.language.types import Reading, Signal, Understanding

TOLD_BY_SELF_HARM = {1: "suicide_ideation", 2: "suicide_ideation", 3: "suicide_imminent"}  # by its level


def heard_signals(text: str, model: LanguageModel) -> tuple[Signal, ...]:
    """The dangers in `text`: those of the rules and those the statistical reader adds; it never takes one away."""
    text = korean.clean(text)
    if not text.strip() or replies.kind(text):  # a mere yes or no ("네 맞아요") tells of nothing by itself
        return ()
    by_rule = screen(text)
    found = {signal.code for signal in by_rule}
    return (*by_rule, *(signal for signal in model.signals(text) if signal.code not in found))


def implied_signals(readings: Iterable[Reading], topic: str | None, found: Collection[str]) -> Iterator[Signal]:
    """The danger that an answer about death tells of in its place, though its words alone may not ("가끔요")."""
    for r in readings:
        code = TOLD_BY_SELF_HARM.get(r.level) if r.factor == "self_harm" else None
        if code and code not in found and "suicide_imminent" not in found:
            yield Signal(code, r.quote, r.start, r.end, r.factor != topic, "rule:self_harm")


def understand(
    text: str, topic: str | None = None, question: str | None = None, model: LanguageModel | None = None,
    now: datetime | None = None,
) -> Understanding:  # fmt: skip
    """Act, factor levels, signals and call-back time of an utterance that answers `question` about `topic`.

    `now` (with its zone) is what a call-back time is counted from; without it none is parsed. Never raises on odd text.
    """
    if model is None:
        raise ValueError("understanding needs a trained LanguageModel")
    text = korean.clean(text)
    act, confidence = acts.act(text, topic, question, model)
    moment = when.parse(text, now) if now is not None and (act == "busy" or topic == "callback_time") else None
    readings = reader.read(text, topic, question, model)
    if act == "correct" and len(readings) > 1:  # what is mended is another answer than the one just asked for
        readings = tuple(r for r in readings if r.factor != topic)
    signals = heard_signals(text, model)
    signals += tuple(implied_signals(readings, topic, {signal.code for signal in signals}))
    return Understanding(text, act, confidence, readings, signals, moment.isoformat() if moment else None)
