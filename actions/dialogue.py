"""What comes next in a call, from the slots alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from anbu.assessment.scoring import assess
from anbu.assessment.vocabulary import vocabulary
from anbu.calling.scripts import script

FORM = "checkin_form"
UNKNOWN = "unknown"
WORDINGS = ("normal", "simple", "keypad")
MOST_DETOURS = 4  # requests (repeat, who …) at one question before it is let go, so that no call is endless

Slots = Mapping[str, Any]


def levels(slots: Slots) -> dict[str, int]:
    """The factor levels known so far."""
    return {key: slots[key] for key in vocabulary().factors if isinstance(slots.get(key), int)}


def next_topic(slots: Slots) -> str | None:
    """The topic to ask now, or None when everything was asked."""
    if slots.get("confirming") and slots.get("danger_check") is None:
        return "danger_check"
    for topic in slots.get("side_topics") or []:
        if slots.get(topic) is None:
            return topic
    known, signals = levels(slots), bool(slots.get("signals"))
    for topic in script(slots["script"]).topics:
        if slots.get(topic.key) is None and topic.due(known, signals):
            return topic.key
    return None


def urgency(slots: Slots) -> str | None:
    """How soon a person will act on what was heard: today, soon or None (no hurry)."""
    known = levels(slots)
    priority = assess(known, slots.get("signals") or [], asked=known).priority
    return {"P0": "today", "P1": "today", "P2": "soon"}.get(priority)


def understanding(tracker: Tracker) -> dict:
    """What was read from the latest utterance: act, factors, signals."""
    return tracker.latest_message.get("understanding") or {"factors": {}, "signals": [], "when": None}


def intent(tracker: Tracker) -> str:
    return (tracker.latest_message.get("intent") or {}).get("name") or "unclear"


def fresh_question() -> list[SlotSet]:
    """The slots of a question that was not asked yet."""
    return [SlotSet("tries", 0), SlotSet("detours", 0), SlotSet("wording", WORDINGS[0])]


def ask_aside(slots: Slots, *topics: str) -> list[SlotSet]:
    """Put side topics before the rest of the script."""
    before = slots.get("side_topics") or []
    return [SlotSet("side_topics", [t for t in topics if t not in before] + before), *fresh_question()]
