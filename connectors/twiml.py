"""What is said next, as one TwiML document. The only place that writes TwiML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from anbu.voice.listening import listening

LANGUAGE = "ko-KR"
MAX_SAY = 4000  # Twilio takes 4,096 characters


@dataclass
class Reply:
    """Lines to say, then one of: ask (listen), dial (hand over), end (hang up)."""

    lines: list[str] = field(default_factory=list)
    ask: dict | None = None  # {"topic", "question", "yes", "no"} of the question the lines end with
    dial: str | None = None  # why a person is dialled: danger | asked
    end: str | None = None  # the outcome the call ends with
    person: str | None = None  # why a person must look
    failed: bool = False  # the dialogue could not answer; a fixed line stands in
    slow: bool = False
    loud: bool = False
    patience: float = 0  # with a slow speaker, 0 … 3

    def stored(self) -> dict:
        return {
            "lines": self.lines, "ask": self.ask, "dial": self.dial, "end": self.end, "failed": self.failed,
            "patience": self.patience,
        }  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """How and where: the voice, the URLs of the next turn and of a hand-over."""

    say_voice: str
    turn_url: str = ""
    dial_url: str = ""
    speech_model: str | None = None
    sounds: Mapping[str, str] = field(default_factory=dict)  # line → URL of its audio


def render(reply: Reply, voice: Voice) -> str:
    """The TwiML of a reply. A question is nested in its Gather so that speech and keys interrupt it."""
    response = VoiceResponse()
    if reply.end:
        speak(response, reply, voice)
        response.hangup()
    elif reply.dial:
        speak(response, reply, voice)
        response.redirect(voice.dial_url, method="POST")
    else:
        listen = listening().to((reply.ask or {}).get("topic"), reply.patience, reply.slow)
        gather = Gather(
            input="dtmf speech", language=LANGUAGE, action=voice.turn_url, method="POST", timeout=listen.wait_s,
            speech_timeout=str(listen.end_s) if voice.speech_model or listen.patience else "auto", num_digits=1,
            profanity_filter=False, barge_in=True, action_on_empty_result=True, hints=",".join(listen.hints),
            **({"speech_model": voice.speech_model} if voice.speech_model else {}),
        )  # fmt: skip
        speak(gather, reply, voice)
        response.append(gather)
        response.redirect(voice.turn_url, method="POST")
    return str(response)


def speak(parent, reply: Reply, voice: Voice) -> None:
    """Add the lines of a reply, as audio where there is some."""
    for line in reply.lines:
        if line in voice.sounds:
            parent.play(voice.sounds[line])
        elif reply.slow or reply.loud:
            say = Say(voice=voice.say_voice, language=LANGUAGE)
            say.prosody(
                line[:MAX_SAY],
                **({"rate": "80%"} if reply.slow else {}), **({"volume": "x-loud"} if reply.loud else {}),
            )  # fmt: skip
            parent.append(say)
        else:
            parent.say(line[:MAX_SAY], voice=voice.say_voice, language=LANGUAGE)
