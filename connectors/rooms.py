"""The TwiML of a hand-over: the room where a resident waits, what the bot says between tries, the officers' side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Conference, Dial, Gather, Number, VoiceResponse

from anbu.handover.script import HandoverScript
from connectors.twiml import LANGUAGE, Reply, Voice, speak

HOLD_PAUSE_S = 8  # between the words of the hold
KEY_TRIES = 3  # how often an officer is asked for key 1


@dataclass(frozen=True)
class Rooms:
    """Where the documents send Twilio next. `base` ends in /handover."""

    base: str
    script: HandoverScript
    caller_id: str | None = None

    # ── the resident ─────────────────────────────────────────────────────

    def room(self, reply: Reply, voice: Voice, call_id: str, room: str, *, timed: bool) -> str:
        """Into the conference. A timed stay comes back to us by itself, should everything else fail."""
        response = VoiceResponse()
        speak(response, reply, voice)
        limit = {"time_limit": self.script.room_s} if timed else {}
        dial = Dial(action=f"{self.base}?call={call_id}", method="POST", **limit)
        dial.append(
            Conference(
                room, beep="false", start_conference_on_enter=False, end_conference_on_exit=True,
                wait_url=f"{self.base}/hold?call={call_id}", wait_method="POST",
                status_callback=f"{self.base}/room?call={call_id}", status_callback_method="POST",
                status_callback_event="start end join leave",
            )
        )  # fmt: skip
        response.append(dial)
        response.redirect(f"{self.base}?call={call_id}", method="POST")
        return str(response)

    def direct(self, reply: Reply, voice: Voice, call_id: str, leg_id: str, number: str, *, gated: bool) -> str:
        """The resident's own line dials, without REST. `gated`: the other side is asked for key 1."""
        response = VoiceResponse()
        speak(response, reply, voice)
        caller = {"caller_id": self.caller_id} if self.caller_id else {}
        dial = Dial(
            action=f"{self.base}?call={call_id}&leg={leg_id}", method="POST", timeout=self.script.ring_s,
            answer_on_bridge=True, **caller,
        )  # fmt: skip
        dial.append(Number(number, **({"url": f"{self.base}/leg?leg={leg_id}", "method": "POST"} if gated else {})))
        response.append(dial)
        response.redirect(f"{self.base}?call={call_id}", method="POST")
        return str(response)

    def ask(self, reply: Reply, voice: Voice, action: str, *, keys_only: bool, wait_s: int) -> str:
        """Say something and listen."""
        response = VoiceResponse()
        gather = Gather(
            input="dtmf" if keys_only else "dtmf speech", action=action, method="POST", timeout=wait_s, num_digits=1,
            action_on_empty_result=True,
            **({} if keys_only else {"language": LANGUAGE, "speech_timeout": "auto", "profanity_filter": False}),
        )  # fmt: skip
        speak(gather, reply, voice)
        response.append(gather)
        response.redirect(action, method="POST")
        return str(response)

    def then(self, reply: Reply, voice: Voice, call_id: str, again: int = 0) -> str:
        """Say something, then do what the state asks for. `again`: how often that has failed so far."""
        response = VoiceResponse()
        speak(response, reply, voice)
        if again:
            response.pause(length=2)
        response.redirect(f"{self.base}?call={call_id}" + (f"&again={again}" if again else ""), method="POST")
        return str(response)

    def plain(self, last: Reply, voice: Voice, number: str | None) -> str:
        """Nothing works but this document: ring the person on duty, and after that take leave."""
        response = VoiceResponse()
        if number:
            speak(response, Reply([self.script.lines["ringing"]]), voice)
            caller = {"caller_id": self.caller_id} if self.caller_id else {}
            response.append(Dial(number, timeout=self.script.ring_s, answer_on_bridge=True, **caller))
        speak(response, last, voice)
        response.hangup()
        return str(response)

    @staticmethod
    def hold(reply: Reply, voice: Voice, pause_s: int = HOLD_PAUSE_S) -> str:
        """What is heard in the room; only Say, Play, Pause and Redirect may be here."""
        response = VoiceResponse()
        speak(response, reply, voice)
        response.pause(length=pause_s)
        return str(response)

    @staticmethod
    def bye(reply: Reply, voice: Voice) -> str:
        response = VoiceResponse()
        speak(response, reply, voice)
        response.hangup()
        return str(response)

    # ── the officer ──────────────────────────────────────────────────────

    def press(self, voice: Voice, leg_id: str, nth: int, say: Sequence[str]) -> str:
        """Ask for key 1. Nothing said here is private: a voicemail may be listening."""
        wait = max(3, self.script.key_s // KEY_TRIES - 5)
        action = f"{self.base}/leg/key?leg={leg_id}&n={nth}"
        return self.ask(Reply(list(say)), voice, action, keys_only=True, wait_s=wait)

    def accepted(self, voice: Voice, leg_id: str, call_id: str, room: str, whisper: str, *, direct: bool) -> str:
        """Who and why, then into the room; a direct leg is bridged when the document ends."""
        response = VoiceResponse()
        speak(response, Reply([whisper]), voice)
        if direct:
            return str(response)
        dial = Dial(action=f"{self.base}/leg/left?leg={leg_id}", method="POST")
        dial.append(
            Conference(
                room, beep="false", start_conference_on_enter=True, end_conference_on_exit=True,
                wait_url=f"{self.base}/leg/wait?leg={leg_id}", wait_method="POST",
                status_callback=f"{self.base}/room?call={call_id}", status_callback_method="POST",
                status_callback_event="start end join leave",
            )
        )  # fmt: skip
        response.append(dial)
        return str(response)
