"""Opening a call and taking answers: the form's validation decides what was answered and what to ask next."""

from __future__ import annotations

from rasa_sdk import Action
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet

from actions.dialogue import (
    FORM,
    MOST_DETOURS,
    UNKNOWN,
    WORDINGS,
    fresh_question,
    intent,
    next_topic,
    understanding,
    urgency,
)  # fmt: skip
from anbu.assessment.vocabulary import vocabulary

ANSWERS = {"inform", "affirm", "deny"}
LET_GO = {"refuse", "dont_know"}  # the question stays unknown and the call goes on
WAYS_OUT = {"silence", "unclear", "busy", "wrong_number", "proxy", "opt_out", "goodbye", "handover_failed"}
SETTLED = 0.9  # least probability of a level 0 told unasked that spares its question
LAST_WORDS = ("needs", "closing")
DETOURS = {"repeat", "slower", "louder", "who", "is_human", "want_human"}
OPEN_ANSWERS = ANSWERS | {"smalltalk", "correct", "dont_know", "refuse"}


class ActionOpenCall(Action):
    """Takes over what the connector knows of the call."""

    def name(self):
        return "action_open_call"

    async def run(self, dispatcher, tracker, domain):
        facts = tracker.latest_message.get("call") or {}
        return [SlotSet(key, value) for key, value in facts.items()] + fresh_question()


class ValidateCheckinForm(Action):
    """Runs on each utterance while the form is active, and again when the form is returned to.

    It rejects the form where the utterance is no answer; then the rule of that act replies, and the form asks again.
    """

    def name(self):
        return f"validate_{FORM}"

    async def run(self, dispatcher, tracker, domain):
        slots = dict(tracker.slots)
        events = [] if _returning(tracker) else self._answer(dispatcher, tracker, domain, slots)
        if any(e["event"] == "action_execution_rejected" for e in events):
            return events
        if any(e["event"] == "active_loop" for e in events):  # the call ends here
            return [*events, SlotSet("requested_slot", None)]
        for event in events:
            slots[event["name"]] = event["value"]
        topic = next_topic(slots)
        if topic != tracker.slots.get("requested_slot") and slots.get("tries"):
            events += fresh_question()
        if topic == "closing" and slots.get("helpline") not in (None, "said"):
            dispatcher.utter_message(response="utter_helpline")
            events.append(SlotSet("helpline", "said"))
        events.append(SlotSet("urgency", urgency(slots)))
        return [*events, SlotSet("requested_slot", topic)]

    def _answer(self, dispatcher, tracker, domain, slots):
        """Events of an utterance: slots that it fills, or a rejection that hands it to the rule of its act."""
        topic, act, read = slots.get("requested_slot"), intent(tracker), understanding(tracker)
        unsure = read.get("unsure") and act != "danger" and not slots.get("tries")
        if unsure:  # heard badly, and it matters: the answer counts once it is said again
            rest = [SlotSet(key, r["level"]) for key, r in read["factors"].items() if key in slots and key != topic]
            return [*rest, SlotSet(topic, None), *self._not_understood(dispatcher, topic, slots, read)]
        if act == "busy" and topic in LAST_WORDS:  # the call is over anyway; they speak of the next one
            act = "inform"
        heard = [
            SlotSet(key, r["level"]) for key, r in read["factors"].items() if key in slots and _settled(key, topic, r)
        ]
        slots.update({e["name"]: e["value"] for e in heard})
        reject = [*heard, ActionExecutionRejected(FORM)]
        is_factor = topic in vocabulary().factors

        if act == "want_human" and not slots.get("can_dial") and topic in LAST_WORDS:  # promised already; let it end
            return [*heard, SlotSet(topic, act), *fresh_question()]
        if act in DETOURS:
            spent = (slots.get("detours") or 0) + 1
            skip = [SlotSet(topic, UNKNOWN), *fresh_question()] if spent >= MOST_DETOURS and topic else []
            return [*heard, SlotSet("detours", spent), *skip, reject[-1]]
        if act == "danger":
            return [*heard, *self._after_danger(topic, read, slots), reject[-1]]
        if topic is None or act in WAYS_OUT:
            return reject
        if topic in ("identity", "consent", "home_check"):
            return self._gate(dispatcher, topic, act, heard) or reject
        if topic == "danger_check":
            return self._checked(dispatcher, act, heard, slots) or reject
        if topic in ("callback_time", "proxy_concern"):
            return self._last_word(dispatcher, topic, act, read, heard) or reject
        if not is_factor:
            if act not in OPEN_ANSWERS:
                return reject
            self._acknowledge(dispatcher, topic, act, read, domain, slots)
            return [*heard, SlotSet(topic, act), *fresh_question()]
        if act in LET_GO:
            answered = slots.get(topic) is not None
            return [*heard, *([] if answered else [SlotSet(topic, UNKNOWN)]), *fresh_question(), reject[-1]]
        if topic in read["factors"]:
            self._acknowledge(dispatcher, topic, act, read, domain, slots)
            return [*heard, *fresh_question()]
        if act in ANSWERS:
            return [*heard, *self._not_understood(dispatcher, topic, slots, read)]
        return reject

    def _after_danger(self, topic, read, slots):
        """A grave answer was the answer: it is followed up on its own, and its question is not asked again."""
        clear = any(not s["confirm"] for s in read["signals"])
        if topic in ("danger_check", "identity", "consent", "home_check", None) or slots.get(topic) is not None:
            return []
        if topic in vocabulary().factors:
            return [SlotSet(topic, UNKNOWN)] if clear else []
        return [SlotSet(topic, "danger")]

    def _gate(self, dispatcher, topic, act, heard):
        """Identity and consent: who speaks, and whether the call may go on."""
        if act in ("affirm", "inform", "smalltalk", "correct") or (topic == "consent" and act == "dont_know"):
            events = [SlotSet(topic, "yes"), *fresh_question()]
            if topic == "home_check":
                dispatcher.utter_message(response="utter_proxy")
                events += [
                    SlotSet("identity", "no"),
                    SlotSet("consent", "no"),
                    SlotSet("side_topics", ["proxy_concern"]),
                ]
            return [*heard, *events]
        if act == "deny" and topic == "identity":
            return [*heard, SlotSet("side_topics", ["home_check"]), *fresh_question()]
        if act == "deny" and topic == "home_check":
            return _end(dispatcher, "utter_wrong_number", topic, heard)
        if act in ("deny", "refuse"):
            return _end(dispatcher, "utter_refused", topic, heard)
        return None

    def _checked(self, dispatcher, act, heard, slots):
        """The answer to a confirming question that raised nothing new."""
        if act == "deny":
            dispatcher.utter_message(response="utter_danger_denied")
            return [*heard, SlotSet("danger_check", "no"), SlotSet("confirming", None), *fresh_question()]
        if act in OPEN_ANSWERS:
            if not slots.get("tries"):
                return [*heard, SlotSet("tries", 1), SlotSet("wording", WORDINGS[1])]
            return [*heard, SlotSet("danger_check", UNKNOWN), SlotSet("confirming", None), *fresh_question()]
        return None

    def _last_word(self, dispatcher, topic, act, read, heard):
        """A call-back time, or what someone else tells of the resident: the call ends after it."""
        if topic == "callback_time":
            if read.get("when_said"):
                return _end(dispatcher, "utter_callback", topic, heard, callback_said=read["when_said"])
            return _end(dispatcher, "utter_callback_later", topic, heard) if act in OPEN_ANSWERS else None
        return _end(dispatcher, "utter_proxy_end", topic, heard) if act in OPEN_ANSWERS else None

    def _not_understood(self, dispatcher, topic, slots, read):
        """An answer without a level: ask once more in simpler words (after a key: by keypad), then leave it unknown."""
        keypad = WORDINGS[-1] if read.get("keypad") and slots.get("wording") != WORDINGS[-1] else None
        if slots.get("tries") and not keypad:
            dispatcher.utter_message(response="utter_move_on")
            return [SlotSet(topic, UNKNOWN), *fresh_question()]
        dispatcher.utter_message(response="utter_keypad_hint" if keypad else "utter_clarify")
        return [SlotSet("tries", 1), SlotSet("wording", keypad or WORDINGS[1])]

    def _acknowledge(self, dispatcher, topic, act, read, domain, slots):
        """Say something that fits the worst of what was heard; praise only what is certainly good."""
        found = {key: r for key, r in read["factors"].items() if key != "call_pattern"}
        worst = max(found, key=lambda k: (found[k]["level"], k == topic), default=None)
        if worst is None:
            fits = "need" if topic == "needs" and act == "inform" else None if topic == "closing" else "neutral"
        elif found[worst]["level"] >= (1 if worst == "self_harm" else 2):
            fits = f"concern_{worst}" if f"utter_ack_concern_{worst}" in domain["responses"] else "concern"
        elif found[worst]["level"] == 1:
            fits = "slight"
        else:
            sure = topic in found and found[topic].get("confidence", 0) >= 0.8 and topic not in ("self_harm", "loss")
            certain = sure and not slots.get("signals")  # after a danger no good news is cheered
            fits = "good" if certain else "neutral"
        if fits:
            dispatcher.utter_message(response=f"utter_ack_{fits}")


def _end(dispatcher, response, topic, heard, **values):
    """Say the last line of the call and leave the form."""
    dispatcher.utter_message(response=response, **values)
    return [*heard, SlotSet(topic, "ended"), ActiveLoop(None)]


def _returning(tracker) -> bool:
    """True when the form is run again in the same turn, after another action answered the utterance."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action_execution_rejected":
            return True
        if event["event"] == "action" and event["name"] not in (FORM, "action_listen"):
            return True
    return True


def _settled(factor, topic, reading):
    """Whether a question need not be asked any more: it was, or what was told unasked is grave, or surely nothing."""
    sure = (reading.get("confidence") or 0) >= SETTLED
    return factor == topic or reading["level"] >= 2 or (reading["level"] == 0 and sure)
