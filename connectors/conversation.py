"""One turn of a call: record what was heard, understand it, let Rasa decide, record and return what is said.

The record comes first: the utterance and the danger screen's signals are committed before Rasa sees anything, the
readings before the dialogue goes on. Whatever fails after that, the resident hears a valid next sentence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache

import structlog
import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu import clock
from anbu.calling import callbacks, record, spool
from anbu.calling.answers import from_bare_answer, from_keypad, infer_signals, nothing, silent
from anbu.calling.closing import close_call
from anbu.calling.residents.standing import OPT_OUT, forbid
from anbu.calling.scripts import script
from anbu.errors import NotFound
from anbu.handover import machine
from anbu.handover.duty import anyone
from anbu.language.screening import dangers
from anbu.language.speech import number_aloud, time_aloud
from anbu.notify.outbox import page
from anbu.settings import ROOT, settings
from anbu.store.models import Call, Case, Turn
from anbu.store.session import open_session, transaction
from anbu.voice.listening import listening, patience_now
from anbu.voice.speaker import Speaker
from anbu.voice.styles import style
from connectors.tracker_store import snapshots
from connectors.twiml import Reply, Voice, render
from connectors.webhook import Webhook

log = structlog.get_logger()
KEYS = {"1": "affirm", "2": "deny", "0": "want_human"}
MOST_SKIPPED = 4  # turn numbers that may be missing because the database could not take them
MOST_FAILURES = 2  # turns in a row that the machine could not answer before the call is ended kindly


@lru_cache(maxsize=1)
def _lines() -> dict:
    return yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]


def fixed_line(name: str, nth: int = 0) -> str:
    """A line of domain.yml that is said without Rasa."""
    variants = _lines()[name]
    text = variants[nth % len(variants)]["text"]
    return text.format(verify_number=number_aloud(settings().verify_number), office=settings().office_name)


class Mouth(OutputChannel):
    """Collects what the dialogue says in one turn."""

    @classmethod
    def name(cls):
        return "voice"

    def __init__(self):
        self.reply = Reply()

    async def send_response(self, recipient_id, message):
        reply, custom = self.reply, message.get("custom") or {}
        if reply.end or reply.dial:  # nothing is said after the call was ended or handed over
            return
        if message.get("text"):
            reply.lines.append(message["text"])
        if "topic" in custom:
            reply.ask = {**custom, "question": message.get("text")}
        reply.end, reply.dial = custom.get("end"), custom.get("dial")
        reply.person = custom.get("person", reply.person)


@dataclass
class Exchange:
    """One webhook exchange in work: what came, where in the call it stands, and what was understood."""

    call_id: str
    n: int
    kind: str  # answer | turn | handover
    hook: Webhook
    session: Session  # for its few transactions; what the first one read, the next ones know
    started: float
    turn_id: int | None = None
    context: dict = field(default_factory=dict)
    understood: dict = field(default_factory=nothing)

    @property
    def heard(self) -> str | None:
        return self.hook.get("SpeechResult")

    @property
    def digits(self) -> str | None:
        return self.hook.get("Digits")


class Conversation:
    """The turns of all live calls of this process."""

    def __init__(self, on_new_message: Callable[[UserMessage], Awaitable], base_path: str):
        self._tell = on_new_message
        self._base = base_path
        self._locks: dict[str, asyncio.Lock] = {}
        self.speaker: Speaker | None = None

    async def take(self, agent: Agent | None, call_id: str, n: int, kind: str, hook: Webhook) -> tuple[str, str | None]:
        """Answer turn `n` of a call with TwiML and the topic asked. `kind`: answer | turn | handover.

        A turn that was answered before is answered the same again. Raises NotFound, and ValueError on a turn number
        that cannot come now.
        """
        lock = self._locks.setdefault(call_id, asyncio.Lock())
        async with lock:
            with open_session() as session:
                it = Exchange(call_id, n, kind, hook, session, time.perf_counter())
                try:
                    with transaction(session) as db:
                        earlier = self._hear(db, it)
                except (NotFound, ValueError):
                    self._locks.pop(call_id, None)
                    raise
                except Exception as error:
                    log.error("record failed", call=call_id, n=n, error=type(error).__name__)
                    spool.keep(call_id, n, it.heard, it.digits, clock.now())
                    return render(Reply([fixed_line("utter_safe_again", n)]), self._voice(call_id, n)), None
                if earlier:
                    return earlier
                reply = await self._answer(agent, it)
                if reply.lines == it.context["before"]:  # the same words twice in a row sound like a machine stuck
                    reply.lines = [fixed_line("utter_again"), *reply.lines]
                reply.patience = it.context["patience"]
                return self._finish(agent, it, reply, await self._sounds(it, reply))

    def _hear(self, db: Session, it: Exchange) -> tuple[str, str | None] | None:
        """Commit the utterance and its signals; → the earlier answer where this request is a repetition."""
        call = record.find_call(db, it.call_id)
        turn = record.find_turn(db, call, it.n, it.hook.token)
        turns = record.last_turns(db, call, MOST_FAILURES + 1, below=spool.LATE)
        before = next((t for t in turns if t.n < it.n), None)
        said = (before.said or {}) if before else {}
        it.context = {
            "ask": said.get("ask") or {}, "before": said.get("lines"), "script": call.script,
            "patience": patience_now(before, clock.now(), it.heard, it.digits),
            "direction": call.direction, "name": call.resident.name if call.resident else None,
            "voice": call.resident.voice if call.resident else None,
            "loud": bool(call.resident and call.resident.hard_of_hearing),
            "can_dial": it.kind == "answer" and anyone(db, call.town, clock.now()),
            "missed": it.kind == "answer" and callbacks.missed_call(db, call),
            "failures": sum(bool((t.said or {}).get("failed")) for t in turns[:MOST_FAILURES]),
        }  # fmt: skip
        if turn is not None and turn.reply is not None:
            return turn.reply, turn.next_topic
        if call.closed_at is not None:
            return render(Reply([fixed_line("utter_safe_end")], end="callback"), self._voice(it.call_id, it.n)), None
        last = turns[0].n if turns else -1
        if turn is None and not last < it.n <= last + MOST_SKIPPED:
            raise ValueError(f"turn {it.n} cannot come now")
        topic = it.context["ask"].get("topic") if it.kind == "turn" else None
        if turn is None:
            call.started_at = call.started_at or clock.now()
            call.twilio_sid = call.twilio_sid or it.hook.get("CallSid")
            turn = record.hear(
                db, call, it.n, clock.now(), topic=topic,
                heard=it.heard, digits=it.digits, confidence=_confidence(it.hook), token=it.hook.token,
                signals=dangers(it.heard) if it.heard else (),
            )  # fmt: skip
        it.turn_id = turn.id
        return None

    async def _answer(self, agent: Agent | None, it: Exchange) -> Reply:
        """Understand the turn and let Rasa reply; on any failure a safe reply that keeps the question open."""
        try:
            return await asyncio.wait_for(self._converse(agent, it), settings().turn_deadline_s)
        except Exception as error:
            log.error("turn failed", call=it.call_id, n=it.n, error=type(error).__name__)
            if it.context["failures"] + 1 >= MOST_FAILURES:
                return Reply([fixed_line("utter_safe_end")], end="callback", person="error")
            line = "utter_safe_open" if it.kind == "answer" else "utter_safe_again"
            return Reply([fixed_line(line, it.n)], ask=it.context["ask"] or None, failed=True)

    async def _converse(self, agent: Agent, it: Exchange) -> Reply:
        if it.kind == "answer":
            intent = "call_started"
        elif it.kind == "handover":
            intent = "handover_failed"
            with transaction(it.session) as db:
                held = machine.latest(db, it.call_id)
                if held is not None and held.outcome == "spoke":
                    return Reply([fixed_line("utter_after_handover")], end="handed_over")
                for case in db.scalars(select(Case).filter_by(call_id=it.call_id, priority="P0")):
                    page(db, case, "handover_failed", clock.now())
        else:
            it.understood = await self._understand(agent, it)
            intent = self._note(agent, it)
        parse = {
            "text": it.heard or "", "intent": {"name": intent, "confidence": 1.0}, "understanding": it.understood,
            "entities": [
                {"entity": k, "value": r["level"], "start": r["start"], "end": r["end"]}
                for k, r in it.understood["factors"].items()
            ],
            **({"call": _facts(it.context)} if it.kind == "answer" else {}),
        }  # fmt: skip
        mouth = Mouth()
        text = it.heard or f"/{intent}"
        await self._tell(UserMessage(text, mouth, it.call_id, parse_data=parse, input_channel="voice"))
        reply = mouth.reply
        if not reply.lines or not (reply.ask or reply.end or reply.dial):
            raise RuntimeError("the dialogue said nothing")
        slots = snapshots(agent).of(it.call_id)["slots"]
        reply.slow, reply.loud = slots.get("pace") == "slow", slots.get("volume") == "loud" or it.context["loud"]
        return reply

    async def _understand(self, agent: Agent, it: Exchange) -> dict:
        """What the turn says: keys and silence by rule, words through Rasa's NLU pipeline, or the screen alone."""
        if it.digits:
            return from_keypad(KEYS.get(it.digits[-1], "unclear"), it.digits, it.context["ask"])
        if not it.heard:
            return silent()
        asked = it.context["ask"]
        metadata = {"topic": asked.get("topic"), "question": asked.get("question"), "now": clock.now().isoformat()}
        try:
            parsed = await agent.processor.parse_message(UserMessage(it.heard, metadata=metadata))
            understood = from_bare_answer(parsed["understanding"], it.heard, asked)
            level = understood["factors"].get(asked.get("topic"), {}).get("level")
            understood["unsure"] = listening().unsure(_confidence(it.hook), asked.get("topic"), level)
            return understood
        except Exception as error:
            log.error("reading failed", call=it.call_id, n=it.n, error=type(error).__name__)
            return {**nothing(), "signals": [asdict(s) for s in dangers(it.heard)]}

    def _note(self, agent: Agent, it: Exchange) -> str:
        """Commit what was read; → the intent for Rasa: a signal not raised before in this call comes first."""
        understood = it.understood
        with transaction(it.session) as db:
            call, turn = db.get(Call, it.call_id), db.get(Turn, it.turn_id)
            fresh = infer_signals(db, call, turn, understood, it.context["ask"].get("topic"), clock.now())
            if understood.get("when"):
                call.callback_at = datetime.fromisoformat(understood["when"])
                understood["when_said"] = time_aloud(call.callback_at.astimezone(clock.SEOUL), clock.now())
            if understood["act"] == "want_human":
                call.needs_person = "asked"
            record.note_understanding(db, call, turn, understood, agent.processor.model_filename, clock.now())
        understood["signals"] = fresh
        return "danger" if fresh else understood["act"]

    async def _sounds(self, it: Exchange, reply: Reply) -> dict[str, str]:
        """Audio for the reply's lines, in what is left of the turn; without it Twilio's voice speaks."""
        if self.speaker is None:
            return {}
        left = settings().turn_deadline_s - (time.perf_counter() - it.started)
        how = style(it.context.get("voice"), reply.slow, reply.loud)
        try:
            return await self.speaker.names(reply.lines, how, min(settings().tts_wait_s, left))
        except Exception as error:
            log.error("no sounds", call=it.call_id, n=it.n, error=type(error).__name__)
            return {}

    def _finish(self, agent: Agent | None, it: Exchange, reply: Reply, sounds: dict) -> tuple[str, str | None]:
        """Commit the reply, close the call when it ends, → TwiML and topic."""
        twiml = render(reply, self._voice(it.call_id, it.n, sounds))
        topic = reply.ask["topic"] if reply.ask and not (reply.end or reply.dial) else None
        try:
            with transaction(it.session) as db:
                turn = db.get(Turn, it.turn_id)
                turn.said, turn.next_topic, turn.reply = reply.stored(), topic, twiml
                turn.ms = round((time.perf_counter() - it.started) * 1000, 2)
                call = db.get(Call, it.call_id)
                if agent and (snapshot := snapshots(agent).of(it.call_id)):
                    call.dialogue = snapshot
                call.needs_person = reply.person or call.needs_person
                if reply.end == "opt_out" and call.resident:
                    forbid(db, call.resident, OPT_OUT, clock.now())
                if reply.end:
                    close_call(db, call, reply.end, clock.now())
        except Exception as error:  # what was heard is committed; the sweeper closes the call
            log.error("reply not recorded", call=it.call_id, n=it.n, error=type(error).__name__)
        if reply.end:
            self._locks.pop(it.call_id, None)
            if agent:
                snapshots(agent).forget(it.call_id)
        return twiml, topic

    def _voice(self, call_id: str, n: int, sounds: dict[str, str] | None = None) -> Voice:
        s = settings()
        url = f"{s.public_url}{self._base}"
        return Voice(
            say_voice=s.say_voice, turn_url=f"{url}/turn?call={call_id}&n={n + 1}",
            dial_url=f"{url}/handover?call={call_id}&n={n + 1}", speech_model=s.speech_model,
            sounds={line: f"{url}/audio/{name}.wav" for line, name in (sounds or {}).items()},
        )  # fmt: skip


def _facts(context) -> dict:
    """What the opening needs to know, as slots."""
    return {
        "script": context["script"], "direction": context["direction"], "known": context["name"] is not None,
        "missed": context["missed"], "called_for": script(context["script"]).ko,
        "resident_name": context["name"] or "전화 주신 분", "office": settings().office_name,
        "verify_number": number_aloud(settings().verify_number), "can_dial": context["can_dial"],
    }  # fmt: skip


def _confidence(hook: Webhook) -> float | None:
    try:
        return float(hook.get("Confidence") or "")
    except ValueError:
        return None
