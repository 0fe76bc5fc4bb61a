import asyncio
from typing import ClassVar

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from connectors.responses import VariedResponses


class Domain:
    responses: ClassVar = {
        "utter_ack": [{"text": "하나"}, {"text": "둘 {who}"}, {"text": "셋"}],
        "utter_ask": [
            {"text": "보통"},
            {"text": "쉬운", "condition": [{"type": "slot", "name": "w", "value": "simple"}]},
        ],
    }


def say(name, said=(), **values):
    tracker = DialogueStateTracker.from_events("c", [BotUttered(None, metadata={"line": line}) for line in said])
    return asyncio.run(VariedResponses(None, Domain).generate(name, tracker, "voice", **values))


def test_wording_said_least_recently_is_chosen():
    histories = ([], ["하나"], ["하나", "둘 {who}"], ["하나", "둘 {who}", "셋"])
    assert [say("utter_ack", said)["line"] for said in histories] == ["하나", "둘 {who}", "셋", "하나"]


def test_placeholders_are_filled():
    assert say("utter_ack", ["하나"], who="순자")["text"] == "둘 순자"


def test_unknown_response_is_none():
    assert say("utter_nothing") is None


def test_filter_of_rasa_takes_conditions():
    assert ResponseVariationFilter(Domain.responses).responses_for_utter_action(
        "utter_ask", "voice", {"w": "simple"}
    ) == [Domain.responses["utter_ask"][1]]
