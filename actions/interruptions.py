"""What a person may do instead of answering; afterwards the form asks where it was."""

from __future__ import annotations

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from actions.dialogue import UNKNOWN, WORDINGS, ask_aside, fresh_question, intent, understanding


class ActionMissed(Action):
    """Silence or noise: a simpler wording, then the keypad, then a kind end."""

    def name(self):
        return "action_missed"

    async def run(self, dispatcher, tracker, domain):
        tries = (tracker.slots.get("tries") or 0) + 1
        if tries >= len(WORDINGS):
            dispatcher.utter_message(response="utter_silence_end")
            return []
        if tries == len(WORDINGS) - 1:
            dispatcher.utter_message(response="utter_keypad_hint")
        else:
            dispatcher.utter_message(response="utter_silence" if intent(tracker) == "silence" else "utter_unclear")
        return [SlotSet("tries", tries), SlotSet("wording", WORDINGS[tries])]


class ActionWander(Action):
    """Talk beside the question is welcome; after a while the question is let go."""

    def name(self):
        return "action_wander"

    async def run(self, dispatcher, tracker, domain):
        tries = (tracker.slots.get("tries") or 0) + 1
        topic = tracker.slots.get("requested_slot")
        if tries >= len(WORDINGS) and topic:
            dispatcher.utter_message(response="utter_move_on")
            return [SlotSet(topic, UNKNOWN), *fresh_question()]
        dispatcher.utter_message(response="utter_smalltalk")
        return [SlotSet("tries", tries)]


class ActionPace(Action):
    """Slower or louder from now on; the connector renders it."""

    def name(self):
        return "action_pace"

    async def run(self, dispatcher, tracker, domain):
        return [SlotSet("pace", "slow") if intent(tracker) == "slower" else SlotSet("volume", "loud")]


class ActionWantHuman(Action):
    """Connect the person on duty, or promise a call and go on."""

    def name(self):
        return "action_want_human"

    async def run(self, dispatcher, tracker, domain):
        able = tracker.slots.get("can_dial")
        dispatcher.utter_message(response="utter_connecting_person" if able else "utter_person_will_call")
        return []


class ActionBusy(Action):
    """Call back at the time that was said, or ask for one."""

    def name(self):
        return "action_busy"

    async def run(self, dispatcher, tracker, domain):
        said = understanding(tracker).get("when_said")
        if said:
            dispatcher.utter_message(response="utter_callback", callback_said=said)
            return []
        if "callback_time" in (tracker.slots.get("side_topics") or []):  # asked once already
            dispatcher.utter_message(response="utter_callback_later")
            return []
        return ask_aside(tracker.slots, "callback_time")


class ActionProxy(Action):
    """Someone else answered: one question about how the resident is, then the end."""

    def name(self):
        return "action_proxy"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_proxy")
        return ask_aside(tracker.slots, "proxy_concern")


class ActionGoodbye(Action):
    """Hanging up is always allowed; near the end the call counts as completed."""

    def name(self):
        return "action_goodbye"

    async def run(self, dispatcher, tracker, domain):
        done = tracker.slots.get("requested_slot") in ("needs", "closing")
        dispatcher.utter_message(response="utter_goodbye")
        dispatcher.utter_message(json_message={"end": "completed" if done else "hung_up"})
        return []
