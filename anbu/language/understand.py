"""All that is understood from one utterance, by the same functions a call uses."""

from __future__ import annotations

from datetime import datetime

from anbu.language import acts, korean, reader, when
from anbu.language.model import LanguageModel
from anbu.language.screen import screen
from anbu.language.types import Signal, Understanding


def heard_signals(text: str, model: LanguageModel) -> tuple[Signal, ...]:
    """The dangers in `text`: those of the rules, and those only the statistical reader hears. It never removes one."""
    text = korean.clean(text)
    if not text.strip():
        return ()
    by_rule = screen(text)
    found = {signal.code for signal in by_rule}
    return (*by_rule, *(signal for signal in model.signals(text) if signal.code not in found))


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
    signals = heard_signals(text, model)
    return Understanding(text, act, confidence, readings, signals, moment.isoformat() if moment else None)
