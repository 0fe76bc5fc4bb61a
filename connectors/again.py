"""A call rung again after its line was lost in danger. Nothing said before is named: anyone may have answered.

POST handover/again?call=ID         the telephone was taken
POST handover/again/reply?call=ID   whether a person is wanted
POST handover/again/status?call=ID  status callbacks
"""

from __future__ import annotations

from collections.abc import Callable

from sanic import Blueprint, response
from sanic.request import Request
from sqlalchemy.orm import Session

from anbu import clock
from anbu.calling import record
from anbu.calling.closing import close_call, close_unanswered
from anbu.handover import redial
from anbu.handover.script import handover_script
from anbu.language import replies
from anbu.language.korean import clean
from anbu.settings import settings
from anbu.store.models import Call
from anbu.store.session import transaction
from connectors.twiml import Reply, Voice
from connectors.waiting import Handovers, hear, manner_of, xml
from connectors.webhook import Webhook

MOST_SILENCES = 2
LISTEN_S = 8
OVER = ("completed", "busy", "no-answer", "failed", "canceled")


def add_again(hook: Blueprint, checked: Callable, handovers: Handovers, line_ending: Callable) -> None:
    """Add the routes; `line_ending` ends a hand-over under way when the line is gone."""

    async def ask(call_id: str, n: int, name: str, manner):
        reply, rooms = Reply([handover_script().lines[name]]), handovers.rooms
        action = f"{rooms.base}/again/reply?call={call_id}&n={n}"
        voice = await handovers.voice(reply, manner)
        return xml(rooms.ask(reply, voice, action, keys_only=False, wait_s=LISTEN_S), call_id, "handover_again")

    @hook.post("/handover/again")
    @checked
    async def again(request: Request, webhook: Webhook):
        with transaction() as db:
            call = record.find_call(db, webhook.call_id or "")
            call.started_at = call.started_at or clock.now()
            hear(db, call, webhook, {"lines": [handover_script().lines["again"]]})
            manner = manner_of(call)
        return await ask(call.id, 1, "again", manner)

    @hook.post("/handover/again/reply")
    @checked
    async def again_reply(request: Request, webhook: Webhook):
        lines, n = handover_script().lines, webhook.n or 1
        with transaction() as db:
            call = record.find_call(db, webhook.call_id or "")
            wants, manner = _wants(webhook), manner_of(call)
            if wants is None and n < MOST_SILENCES:
                hear(db, call, webhook, {"lines": [lines["again_unclear"]]})
            elif wants:
                _reached(db, call)
                hear(db, call, webhook, {"dial": "danger"})
            else:
                if wants is None:
                    redial.not_reached(db, call.id, clock.now())
                _reached(db, call)
                hear(db, call, webhook, {"lines": [lines["again_no"]]})
                call.needs_person = "silence" if wants is None else "asked"
                close_call(db, call, "callback", clock.now())
        if wants:
            return xml(handovers.rooms.then(Reply([]), Voice(settings().say_voice), call.id), call.id)
        if wants is None and n < MOST_SILENCES:
            return await ask(call.id, n + 1, "again_unclear", manner)
        reply = Reply([lines["again_no"]])
        return xml(handovers.rooms.bye(reply, await handovers.voice(reply, manner)), call.id)

    @hook.post("/handover/again/status")
    @checked
    async def again_status(request: Request, webhook: Webhook):
        status, now, orders = webhook.get("CallStatus") or "", clock.now(), []
        if status in OVER:
            with transaction() as db:
                call = record.find_call(db, webhook.call_id or "")
                redial.not_reached(db, call.id, now)
                orders = line_ending(db, call.id, status)
                call.status, call.ended_at = status, call.ended_at or now
                if call.closed_at is None and call.started_at is None:
                    close_unanswered(call, "no_answer", now)
                elif call.closed_at is None:
                    close_call(db, call, "hung_up", now)
        await handovers.do(orders)
        return response.empty()


def _wants(webhook: Webhook) -> bool | None:
    """Whether a person is wanted; None when nothing came. Whoever says anything but no gets a person."""
    digits, heard = webhook.get("Digits"), webhook.get("SpeechResult")
    if not digits and not heard:
        return None
    return digits != "2" if digits else replies.kind(clean(heard)) not in ("deny", "have_not")


def _reached(db: Session, call: Call) -> None:
    found = redial.of(db, call.id)
    if found is not None and found.state == "ringing":
        found.state = "reached"
