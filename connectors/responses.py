"""Rasa's response generator, choosing the wording said least recently instead of a random one."""

from __future__ import annotations

import copy

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator


class VariedResponses(TemplatedNaturalLanguageGenerator):
    """Named in endpoints.yml; deterministic, so that a call can be replayed. What was said is kept in the tracker."""

    def __init__(self, endpoint_config, domain):
        super().__init__(domain.responses)  # replaced by the agent once the model is loaded

    async def generate(self, utter_action, tracker, output_channel, **kwargs):
        if utter_action not in self.responses:
            return None
        slots = tracker.current_slot_values()
        fitting = ResponseVariationFilter(self.responses).responses_for_utter_action(
            utter_action, output_channel, slots
        )
        if not fitting:
            return None
        latest = {wording: at for at, wording in enumerate(wordings(tracker))}
        chosen = min(fitting, key=lambda r: latest.get(r["text"], -1))
        filled = self._fill_response(copy.deepcopy(chosen), slots, **kwargs)
        filled["line"] = chosen["text"]
        return filled


def wordings(tracker) -> list[str]:
    """The wordings used in this call, oldest first: those remembered from earlier turns, then this turn's."""
    said = []
    for event in tracker.events:
        if event.type_name == "bot":
            said += event.metadata.get("lines", [])
            said += [event.metadata["line"]] if "line" in event.metadata else []
    return said
