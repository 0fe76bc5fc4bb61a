"""What the routes of a hand-over share: voice, record of what is said meanwhile, orders done beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sanic import response
from sanic.request import Request
from sqlalchemy.orm import Session

from anbu import clock
from anbu.calling import record, spool
from anbu.handover.line import line
from anbu.handover.machine import Order
from anbu.handover.script import handover_script
from anbu.handover.work import carry_out
from anbu.language.screening import dangers
from anbu.settings import settings
from anbu.store.models import Call
from anbu.voice.speaker import Speaker
from anbu.voice.styles import style
from connectors.rooms import Rooms
from connectors.twiml import Reply, Voice
from connectors.webhook import Webhook

log = structlog.get_logger()
SAY_WAIT_S = 0.6  # for the sound of a line; a resident in danger does not wait for a voice


@dataclass(frozen=True)
class Manner:
    """How to speak to a resident."""

    voice: str | None = None
    slow: bool = False
    loud: bool = False


def manner_of(call: Call) -> Manner:
    """The manner the call has come to; to be read inside the transaction."""
    slots = (call.dialogue or {}).get("slots", {})
    who = call.resident
    loud = slots.get("volume") == "loud" or bool(who and who.hard_of_hearing)
    return Manner(who.voice if who else None, slots.get("pace") == "slow", loud)


@dataclass
class Handovers:
    """`base` is the channel's path; `finish` answers a turn through the dialogue once a hand-over is over."""

    base: str
    finish: Callable[[Request, Webhook, str, int], Awaitable]
    speaker: Speaker | None = None

    @property
    def rooms(self) -> Rooms:
        return Rooms(f"{settings().public_url}{self.base}/handover", handover_script(), settings().phone_number)

    async def do(self, orders: list[Order], here: str | None = None) -> None:
        """Carry out orders beside the event loop. `here`: the call that is asking anyway and need not be moved."""
        if orders:
            await asyncio.to_thread(carry_out, orders, line(), here)

    async def voice(self, reply: Reply, manner: Manner) -> Voice:
        """The voice for a reply, with audio where it is there in time."""
        reply.slow, reply.loud, sounds = manner.slow, manner.loud, {}
        if self.speaker is not None:
            try:
                how = style(manner.voice, manner.slow, manner.loud)
                sounds = await self.speaker.names(reply.lines, how, SAY_WAIT_S)
            except Exception as error:
                log.error("no sounds", error=type(error).__name__)
        url = f"{settings().public_url}{self.base}"
        return Voice(settings().say_voice, sounds={t: f"{url}/audio/{name}.wav" for t, name in sounds.items()})


def hear(db: Session, call: Call, webhook: Webhook, said: dict) -> bool:
    """Record what was said in turn `webhook.n`, with its signals, and the reply; → False for a repetition."""
    n, heard, digits = webhook.n or 0, webhook.get("SpeechResult"), webhook.get("Digits")
    if call.closed_at is not None or record.find_turn(db, call, n, webhook.token) is not None:
        return False
    turn = record.hear(
        db, call, n, clock.now(), heard=heard, digits=digits, token=webhook.token,
        signals=dangers(heard) if heard else (),
    )  # fmt: skip
    turn.said = {"lines": [], **said}
    return True


def next_n(db: Session, call: Call) -> int:
    """The number of the call's next turn."""
    last = record.last_turns(db, call, 1, below=spool.LATE)
    return last[0].n + 1 if last else 0


def seconds(webhook: Webhook, field: str) -> float | None:
    """A duration Twilio reports, if it does."""
    value = webhook.get(field) or ""
    return float(value) if value.isascii() and value.isdigit() else None


def xml(document: str, call_id: str | None = None, topic: str | None = None):
    """A TwiML answer."""
    headers = {**({"X-Anbu-Call": call_id} if call_id else {}), **({"X-Anbu-Topic": topic} if topic else {})}
    return response.text(document, content_type="text/xml; charset=utf-8", headers=headers)
