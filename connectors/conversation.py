"""One turn of a call: record what was heard, understand it, let Rasa decide, record and return what is said.

The record comes first: the utterance and the danger screen's signals are committed before Rasa sees anything, the
readings before the dialogue goes on. Whatever fails after that, the resident hears a valid next sentence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import structlog
import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from sqlalchemy.orm import Session

from anbu.calling import record, spool
from anbu.calling.answers import from_keypad, infer_signals, nothing, silent
from anbu.calling.closing import close_call
from anbu.language.screen import screen
from anbu.language.speech import number_aloud, time_aloud
from anbu.notify.outbox import page
from anbu.settings import ROOT, settings
from anbu.store.models import Call, Case, Turn
from anbu.store.session import transaction
from connectors.twiml import Reply, Voice, render
from connectors.webhook import Webhook

log = structlog.get_logger()
SEOUL = ZoneInfo("Asia/Seoul")
KEYS = {"1": "affirm", "2": "deny", "0": "want_human"}
MOST_SKIPPED = 4  # turn numbers that may be missing because the database could not take them
MOST_FAILURES = 2  # turns in a row that the machine could not answer before the call is ended kindly


def now() -> datetime:
    """The moment, Asia/Seoul. Replaced in tests."""
    return datetime.now(SEOUL)


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


class Conversation:
    """The turns of all live calls of this process."""

    def __init__(self, on_new_message: Callable[[UserMessage], Awaitable], base_path: str):
        self._tell = on_new_message
        self._base = base_path
        self._locks: dict[str, asyncio.Lock] = {}

    async def take(self, agent: Agent | None, call_id: str, n: int, kind: str, hook: Webhook) -> tuple[str, str | None]:
        """Answer turn `n` of a call with TwiML and the topic asked. `kind`: answer | turn | handover.

        A turn that was answered before is answered the same again. Raises NotFound, and ValueError on a turn number
        that cannot come now.
        """
        lock = self._locks.setdefault(call_id, asyncio.Lock())
        async with lock:
            started = time.perf_counter()
            heard, digits = hook.get("SpeechResult"), hook.get("Digits")
            try:
                with transaction() as db:
                    turn_id, context, answered = self._hear(db, call_id, n, kind, hook, heard, digits)
            except (record.NotFound, ValueError):
                raise
            except Exception as error:
                log.error("record failed", call=call_id, n=n, error=type(error).__name__)
                spool.keep(call_id, n, heard, digits, now())
                reply = Reply([fixed_line("utter_safe_again", n)])
                return render(reply, self._voice(call_id, n)), None
            if answered is not None:
                return answered
            reply, understood = await self._answer(agent, call_id, turn_id, kind, hook, heard, digits, context)
            return self._finish(call_id, n, turn_id, reply, context, started)

    def _hear(self, db: Session, call_id, n, kind, hook, heard, digits):
        """Commit the utterance and its signals. → (turn id, context, the earlier answer if this is a repetition)."""
        call = record.find_call(db, call_id)
        turn = record.find_turn(db, call, n, hook.token)
        turns = call.turns
        before = next((t for t in reversed(turns) if t.n < min(n, spool.LATE)), None)
        asked = (before.said or {}).get("ask") if before else None
        context = {
            "topic": asked and asked["topic"], "question": asked and asked.get("question"), "ask": asked,
            "before": (before.said or {}).get("lines") if before else None, "script": call.script,
            "direction": call.direction, "name": call.resident.name if call.resident else None,
            "failures": sum(1 for t in turns[-MOST_FAILURES:] if (t.said or {}).get("failed")),
        }  # fmt: skip
        if turn is not None and turn.reply is not None:
            return turn.id, context, (turn.reply, turn.next_topic)
        if call.closed_at is not None:
            reply = Reply([fixed_line("utter_safe_end")], end="callback")
            return None, context, (render(reply, self._voice(call_id, n)), None)
        last = max((t.n for t in turns if t.n < spool.LATE), default=-1)
        if turn is None and not last < n <= last + MOST_SKIPPED:
            raise ValueError(f"turn {n} cannot come now")
        if turn is None:
            call.started_at = call.started_at or now()
            call.twilio_sid = call.twilio_sid or hook.get("CallSid")
            topic = context["topic"] if kind == "turn" else None
            turn = record.hear(
                db, call, n, now(), topic=topic, heard=heard, digits=digits, confidence=_confidence(hook),
                token=hook.token, signals=screen(heard) if heard else (),
            )  # fmt: skip
        return turn.id, context, None

    async def _answer(self, agent, call_id, turn_id, kind, hook, heard, digits, context) -> tuple[Reply, dict]:
        """Understand the turn and let Rasa reply; on any failure a safe reply that keeps the question open."""
        understood = nothing()
        try:
            return await asyncio.wait_for(
                self._converse(agent, call_id, turn_id, kind, hook, heard, digits, context, understood),
                settings().turn_deadline_s,
            ), understood
        except Exception as error:
            log.error("turn failed", call=call_id, error=type(error).__name__)
            if context["failures"] + 1 >= MOST_FAILURES:
                return Reply([fixed_line("utter_safe_end")], end="callback", person="error"), understood
            reply = Reply([fixed_line("utter_safe_again", turn_id)], ask=context["ask"])
            if kind == "answer":
                reply.lines = [fixed_line("utter_safe_open")]
            return reply, understood

    async def _converse(self, agent, call_id, turn_id, kind, hook, heard, digits, context, understood) -> Reply:
        if kind == "answer":
            intent = "call_started"
        elif kind == "handover":
            if hook.get("DialCallStatus") in ("completed", "answered"):
                return Reply([fixed_line("utter_after_handover")], end="handed_over")
            intent = "handover_failed"
            with transaction() as db:
                for case in db.query(Case).filter_by(call_id=call_id, priority="P0"):
                    page(db, case, "handover_failed", now())
        else:
            understood.update(await self._understand(agent, heard, digits, context))
            intent = self._note(call_id, turn_id, understood, context, agent)
        parse = {
            "text": heard or "", "intent": {"name": intent, "confidence": 1.0}, "understanding": understood,
            "entities": [
                {"entity": k, "value": r["level"], "start": r["start"], "end": r["end"]}
                for k, r in understood["factors"].items()
            ],
        }  # fmt: skip
        if kind == "answer":
            parse["call"] = _facts(context)
        mouth = Mouth()
        await self._tell(UserMessage(heard or f"/{intent}", mouth, call_id, parse_data=parse, input_channel="voice"))
        reply = mouth.reply
        if not reply.lines or not (reply.ask or reply.end or reply.dial):
            raise RuntimeError("the dialogue said nothing")
        tracker = await agent.tracker_store.retrieve(call_id)
        reply.slow, reply.loud = tracker.get_slot("pace") == "slow", tracker.get_slot("volume") == "loud"
        return reply

    async def _understand(self, agent, heard, digits, context) -> dict:
        """What the turn says: keys and silence by rule, words through Rasa's NLU pipeline."""
        if digits:
            act = KEYS.get(digits[-1], "unclear")
            return from_keypad(act, digits, context["ask"])
        if not heard:
            return silent()
        message = UserMessage(heard, metadata={"topic": context["topic"], "question": context["question"]})
        message.metadata["now"] = now().isoformat()
        parsed = await agent.processor.parse_message(message)
        return parsed["understanding"]

    def _note(self, call_id, turn_id, understood, context, agent) -> str:
        """Commit what was read; → the intent for Rasa: a signal not raised before in this call comes first."""
        with transaction() as db:
            call, turn = db.get(Call, call_id), db.get(Turn, turn_id)
            fresh = infer_signals(db, call, turn, understood, context["topic"], now())
            if understood.get("when"):
                moment = datetime.fromisoformat(understood["when"])
                call.callback_at = moment
                understood["when_said"] = time_aloud(moment.astimezone(SEOUL), now())
            if understood["act"] == "want_human":
                call.needs_person = "asked"
            record.note_understanding(db, call, turn, understood, agent.processor.model_filename, now())
        understood["signals"] = fresh
        return "danger" if fresh else understood["act"]

    def _finish(self, call_id, n, turn_id, reply: Reply, context, started) -> tuple[str, str | None]:
        """Commit the reply, close the call when it ends, → TwiML and topic."""
        if reply.lines == context["before"]:  # the same words twice in a row sound like a machine stuck
            reply.lines = [fixed_line("utter_again"), *reply.lines]
        if reply.dial and not settings().on_duty_number:
            reply.dial = None
        twiml = render(reply, self._voice(call_id, n))
        topic = reply.ask["topic"] if reply.ask and not (reply.end or reply.dial) else None
        failed = reply.lines[:1] in ([fixed_line("utter_safe_again", 0)], [fixed_line("utter_safe_again", 1)])
        try:
            with transaction() as db:
                turn = db.get(Turn, turn_id)
                turn.said = {**reply.stored(), **({"failed": True} if failed else {})}
                turn.next_topic, turn.reply = topic, twiml
                turn.ms = round((time.perf_counter() - started) * 1000, 2)
                call = turn.call
                call.needs_person = reply.person or call.needs_person
                if reply.end == "opt_out" and call.resident:
                    call.resident.opted_out_at = now()
                if reply.end:
                    close_call(db, call, reply.end, now())
        except Exception as error:  # what was heard is committed; the sweeper closes the call
            log.error("reply not recorded", call=call_id, n=n, error=type(error).__name__)
        if reply.end:
            self._locks.pop(call_id, None)
        return twiml, topic

    def _voice(self, call_id: str, n: int) -> Voice:
        s = settings()
        url = f"{s.public_url}{self._base}"
        return Voice(
            say_voice=s.say_voice, turn_url=f"{url}/turn?call={call_id}&n={n + 1}",
            dial_url=f"{url}/handover?call={call_id}&n={n + 1}", dial_number=s.on_duty_number,
            dial_timeout_s=s.dial_timeout_s, caller_id=s.phone_number, speech_model=s.speech_model,
        )  # fmt: skip


def _facts(context) -> dict:
    """What the opening needs to know, as slots."""
    return {
        "script": context["script"], "direction": context["direction"], "known": context["name"] is not None,
        "resident_name": context["name"] or "전화 주신 분", "office": settings().office_name,
        "verify_number": number_aloud(settings().verify_number), "can_dial": bool(settings().on_duty_number),
    }  # fmt: skip


def _confidence(hook: Webhook) -> float | None:
    try:
        return float(hook.get("Confidence") or "")
    except ValueError:
        return None
