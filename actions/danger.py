"""Danger: the signal is already in the record and its case is open; these actions only speak and steer."""

from __future__ import annotations

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from actions.dialogue import ask_aside, fresh_question, understanding
from anbu.assessment.vocabulary import PRIORITIES, vocabulary
from anbu.calling.scripts import follow_ups


class ActionDanger(Action):
    """P0: connect a person. Ambiguous: one confirming question. Else: thank, ask the safe follow-ups, go on gently."""

    def name(self):
        return "action_danger"

    async def run(self, dispatcher, tracker, domain):
        kinds = vocabulary().signals
        fresh = sorted(understanding(tracker)["signals"], key=lambda s: PRIORITIES.index(kinds[s["code"]].priority))
        clear = [s["code"] for s in fresh if not s["confirm"]]
        unsure = [s["code"] for s in fresh if s["confirm"]]
        known = list(dict.fromkeys([*(tracker.slots.get("signals") or []), *clear]))
        events = [SlotSet("signals", known)]
        if tracker.slots.get("requested_slot") == "danger_check" and clear:
            events += [SlotSet("danger_check", "yes"), SlotSet("confirming", None)]

        if any(kinds[code].priority == "P0" for code in clear):
            # What happened is not named aloud where the one who did it may be listening.
            connecting = "utter_connecting_quiet" if "violence" in clear else "utter_connecting"
            dispatcher.utter_message(response=connecting if tracker.slots.get("can_dial") else "utter_called_soon")
            return events
        if clear:
            told = f"utter_danger_heard_{clear[0]}"
            dispatcher.utter_message(response=told if told in domain["responses"] else "utter_danger_heard")
            helpline = follow_ups().get(clear[0], {}).get("helpline")
            if helpline and tracker.slots.get("helpline") is None:
                events.append(SlotSet("helpline", helpline))
            asides = [topic for code in clear for topic in follow_ups().get(code, {}).get("ask", [])]
            events += ask_aside(tracker.slots, *asides)
        elif unsure:
            events += [SlotSet("confirming", unsure[0]), SlotSet("danger_check", None), *fresh_question()]
        return events


class ActionHandoverFailed(Action):
    """Nobody answered: in danger, promise a call at once and free the line; else promise one and go on."""

    def name(self):
        return "action_handover_failed"

    async def run(self, dispatcher, tracker, domain):
        kinds = vocabulary().signals
        danger = any(kinds[code].priority == "P0" for code in tracker.slots.get("signals") or [])
        dispatcher.utter_message(response="utter_handover_failed" if danger else "utter_person_will_call")
        return [SlotSet("can_dial", False)]
