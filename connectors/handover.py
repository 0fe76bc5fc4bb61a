"""The resident's side of a hand-over: Twilio's callbacks become events of the machine, its states become TwiML.

POST handover?call=ID          where the resident's line is to go now
POST handover/hold?call=ID     what is heard while waiting in the room; each request is also a look at the clock
POST handover/stay?call=ID     what the resident said to the bot between tries
POST handover/choice?call=ID   an emergency line, or waiting (connectors/emergency.py)
POST handover/room?call=ID     what happens in the conference
POST handover/again…           a call rung again after a lost line (connectors/again.py)
POST handover/leg…             the officers' side (connectors/officers.py)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sanic import Blueprint, response
from sanic.request import Request
from sqlalchemy.orm import Session

from anbu import clock
from anbu.calling import record, spool
from anbu.calling.closing import standing_signals
from anbu.errors import NotFound
from anbu.handover import machine, redial
from anbu.handover.line import line
from anbu.handover.machine import Order
from anbu.handover.script import handover_script
from anbu.settings import settings
from anbu.store.models import Call, Handover
from anbu.store.session import transaction
from connectors.again import add_again
from connectors.conversation import fixed_line
from connectors.emergency import add_choice
from connectors.officers import add_officers
from connectors.twiml import Reply, Voice
from connectors.waiting import Handovers, hear, manner_of, next_n, seconds, xml
from connectors.webhook import Webhook

log = structlog.get_logger()
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")
HOLD_S, HOLD_JOINING_S = 8, 2  # silence between the words of the hold


def add_handover(hook: Blueprint, checked: Callable, handovers: Handovers) -> None:
    """Add all routes of a hand-over."""

    @hook.post("/handover")
    @checked
    async def handover(request: Request, webhook: Webhook):
        try:
            return await go_on(handovers, request, webhook)
        except NotFound:
            raise
        except Exception as error:
            log.error("hand-over failed", call=webhook.call_id, error=type(error).__name__)
            return xml(_whatever_happens(handovers, request, webhook), webhook.call_id)

    @hook.post("/handover/hold")
    @checked
    async def hold(request: Request, webhook: Webhook):
        with transaction() as db:
            call = record.find_call(db, webhook.call_id or "")
            h = machine.current(db, call.id)
            orders = machine.tick(db, h, clock.now()) if h else []
            reply, manner = Reply([_hold_line(h, clock.now())]), manner_of(call)
            pause = HOLD_JOINING_S if h is None or h.state == "joining" else HOLD_S
        await handovers.do(orders)
        return xml(handovers.rooms.hold(reply, await handovers.voice(reply, manner), pause))

    @hook.post("/handover/stay")
    @checked
    async def stay(request: Request, webhook: Webhook):
        nth = (webhook.n or 0) % 3 + 1
        lines = [handover_script().lines[f"noted_{nth}"]] if webhook.get("SpeechResult") else []
        with transaction() as db:
            hear(db, record.find_call(db, webhook.call_id or ""), webhook, {"lines": lines})
        return await go_on(handovers, request, webhook, lines)

    @hook.post("/handover/room")
    @checked
    async def room(request: Request, webhook: Webhook):
        with transaction() as db:
            h = machine.current(db, record.find_call(db, webhook.call_id or "").id)
            if h is not None and webhook.get("StatusCallbackEvent") == "conference-start":
                machine.joined(h, clock.now())
        return response.empty()

    add_choice(hook, checked, handovers, go_on)
    add_again(hook, checked, handovers, line_ending)
    add_officers(hook, checked, handovers)


def _whatever_happens(handovers: Handovers, request: Request, webhook: Webhook) -> str:
    """Without the database: try again twice, then let the resident's line ring the person on duty."""
    s, again = settings(), request.args.get("again") or "0"
    voice = Voice(s.say_voice)
    if again not in ("0", "1"):
        return handovers.rooms.plain(Reply([fixed_line("utter_safe_end")]), voice, s.on_duty_number)
    reply = Reply([handover_script().lines["hold_quiet" if again == "0" else "hold_2"]])
    return handovers.rooms.then(reply, voice, webhook.call_id or "", again=int(again) + 1)


def line_ending(db: Session, call_id: str, status: str) -> list[Order]:
    """Before the end of a resident's line is applied to the call: a hand-over under way is over."""
    return machine.left(db, record.find_call(db, call_id), clock.now()) if status in ENDED else []


def line_ended(db: Session, call_id: str, status: str) -> list[Order]:
    """After it was applied: a line lost in danger is rung again."""
    return redial.after_loss(db, record.find_call(db, call_id), clock.now()) if status in ENDED else []


async def go_on(handovers: Handovers, request: Request, webhook: Webhook, first: list[str] | None = None):
    """The document for the resident's line, whatever the state. `first`: lines to say before."""
    script, status = handover_script(), webhook.get("DialCallStatus")
    with transaction() as db:
        call = record.find_call(db, webhook.call_id or "")
        orders = _event(db, call, request.args.get("leg"), webhook, status)
    await handovers.do(orders, here=call.id)
    with transaction() as db:
        call = record.find_call(db, webhook.call_id)
        manner, h = manner_of(call), machine.current(db, call.id)
        kind, lines, data = ("end", [], _end_turn(db, call, webhook)) if h is None else _scene(db, h, call)
    if kind == "end":
        return await handovers.finish(request, webhook, call.id, data)
    rooms, reply = handovers.rooms, Reply([*(first or []), *lines])
    voice = await handovers.voice(reply, manner)
    if kind == "room":
        return xml(rooms.room(reply, voice, call.id, h.id, timed=h.state == "ringing"), call.id)
    if kind == "direct":
        leg_id, number, gated = data
        return xml(rooms.direct(reply, voice, call.id, leg_id, number, gated=gated), call.id)
    action, wait = f"{rooms.base}/{kind}?call={call.id}&n={data}", script.listen_s
    return xml(rooms.ask(reply, voice, action, keys_only=h.quiet, wait_s=wait), call.id, f"handover_{kind}")


def _event(db: Session, call: Call, leg_id: str | None, webhook: Webhook, status: str | None) -> list[Order]:
    """What this request means for the machine: the begin of a hand-over, or a line that came back."""
    now, h = clock.now(), machine.current(db, call.id)
    why = _asked(db, call) if h is None else None
    if why:
        return machine.begin(db, call, why, now, direct=line() is None)[1]
    if h is None or not status:
        return []
    if leg_id:
        return machine.direct_over(db, h, leg_id, status, seconds(webhook, "DialCallDuration"), now)
    return machine.back(db, h, now)


def _asked(db: Session, call: Call) -> str | None:
    """danger | asked when the call's last turn ended with a hand-over that was not begun yet."""
    turn = record.last_turns(db, call, 1, below=spool.LATE)
    why = (turn[0].said or {}).get("dial") if turn else None
    before = machine.latest(db, call.id)
    return why if why and call.closed_at is None and (before is None or before.opened_at < turn[0].at) else None


def _scene(db: Session, h: Handover, call: Call) -> tuple[str, list[str], Any]:
    """What the resident's line does now: room | direct | stay | choice, with its lines and what it needs."""
    script = handover_script()
    if h.state == "choosing":
        offered = script.offered([s.code for s in standing_signals(db, call)])
        return "choice", [script.choice(offered, h.quiet)], next_n(db, call)
    if h.state in ("joining", "talking"):
        h.untimed = not h.direct
        return "room", [script.lines["joining"]], None
    news, h.news = h.news, None
    if news in ("next", "dropped"):
        h.told += news == "next"
        name = "dropped" if news == "dropped" else "next_quiet" if h.quiet else f"next_{min(3, h.told)}"
        if not h.quiet:  # where someone may be listening, nothing is asked for
            return "stay", [script.lines[name]], next_n(db, call)
        news = name
    lines = [script.lines[{"line": "calling_line"}.get(news, news)]] if news else []
    leg = next((x for x in h.legs if x.state in machine.OPEN_LEG), None)
    if h.direct and leg is not None:
        leg.dialed_at = clock.now()
        lines = lines or [script.lines["hold_quiet" if h.quiet else "ringing"]]
        return "direct", lines, (leg.id, leg.number, leg.role != "line")
    return "room", lines, None


def _end_turn(db: Session, call: Call, webhook: Webhook) -> int:
    """The turn that tells how the hand-over ended: the same one for every request about the same end."""
    held = machine.latest(db, call.id)
    if held is None:
        return webhook.n or next_n(db, call)
    if held.end_n is None:
        held.end_n = next_n(db, call)
    return held.end_n


def _hold_line(h: Handover | None, now: datetime) -> str:
    lines = handover_script().lines
    if h is None or h.state == "joining":
        return lines["still_joining"]
    if h.quiet:
        return lines["hold_quiet"]
    waited = (now - h.changed_at).total_seconds()
    return lines["hold_1" if waited < 9 else "hold_2" if waited < 25 else "hold_3"]
