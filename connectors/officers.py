"""The officers' side of a hand-over: key 1, who and why, the room, and what they make of it.

POST handover/leg?leg=ID         an officer's telephone was taken
POST handover/leg/key?leg=ID     1 takes the call, 2 passes it on
POST handover/leg/status?leg=ID  status callbacks
POST handover/leg/wait?leg=ID    until the resident is in the room
POST handover/leg/left?leg=ID    the resident's line is gone
POST handover/leg/result?leg=ID  1 closes the case, anything else keeps it
"""

from __future__ import annotations

from collections.abc import Callable

from sanic import Blueprint, response
from sanic.request import Request
from sqlalchemy.orm import Session

from anbu import clock
from anbu.errors import NotFound
from anbu.handover import machine
from anbu.handover.script import handover_script
from anbu.settings import settings
from anbu.store.models import HandoverLeg
from anbu.store.session import transaction
from connectors.rooms import KEY_TRIES
from connectors.twiml import Reply, Voice
from connectors.waiting import Handovers, seconds, xml
from connectors.webhook import Webhook

ENDINGS = {"busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "no_answer", "completed": "no_key"}


def add_officers(hook: Blueprint, checked: Callable, handovers: Handovers) -> None:
    """Add the routes. `handovers` is what the resident's routes share."""
    words = handover_script().officer

    def voice() -> Voice:
        return Voice(settings().say_voice)

    def bye(*names: str):
        return xml(handovers.rooms.bye(Reply([words[n] for n in names]), voice()))

    @hook.post("/handover/leg")
    @checked
    async def leg_answered(request: Request, webhook: Webhook):
        with transaction() as db:
            leg = _leg(db, request, webhook)
            wanted = machine.answered(leg, clock.now())
            is_line = leg.role == "line"
        if wanted != "ask":
            return bye(wanted)
        if is_line:  # an emergency line presses no keys
            return await take(request, webhook)
        return xml(handovers.rooms.press(voice(), request.args.get("leg"), 1, [words["press"]]))

    @hook.post("/handover/leg/key")
    @checked
    async def leg_key(request: Request, webhook: Webhook):
        digits, nth = webhook.get("Digits"), webhook.n or 1
        if digits == "1":
            return await take(request, webhook)
        if digits != "2" and nth < KEY_TRIES:
            return xml(handovers.rooms.press(voice(), request.args.get("leg"), nth + 1, [words["press"]]))
        with transaction() as db:
            leg = _leg(db, request, webhook)
            result = "declined" if digits == "2" else "no_key"
            # a leg dialled by the resident's own line is over when that dialling ends
            orders = [] if leg.handover.direct else machine.over(db, leg, result, clock.now())
        await handovers.do(orders)
        return bye(result)

    async def take(request: Request, webhook: Webhook):
        with transaction() as db:
            leg = _leg(db, request, webhook)
            how, orders = machine.accept(db, leg, clock.now())
            h = leg.handover
            leg_id, call_id, room, direct, whisper = leg.id, h.call_id, h.id, h.direct, _whisper(db, leg)
        await handovers.do(orders)
        if how != "accepted":
            return bye(how)
        return xml(handovers.rooms.accepted(voice(), leg_id, call_id, room, whisper, direct=direct))

    @hook.post("/handover/leg/status")
    @checked
    async def leg_status(request: Request, webhook: Webhook):
        status, orders = webhook.get("CallStatus") or "", []
        with transaction() as db:
            leg = _leg(db, request, webhook)
            if status in ENDINGS:
                orders = machine.over(db, leg, ENDINGS[status], clock.now(), seconds(webhook, "CallDuration"))
        await handovers.do(orders)
        return response.empty()

    @hook.post("/handover/leg/wait")
    @checked
    async def leg_wait(request: Request, webhook: Webhook):
        with transaction() as db:
            gone = _leg(db, request, webhook).handover.state == "ended"
        return xml(handovers.rooms.hold(Reply([words["gone" if gone else "waiting"]]), voice(), 4))

    @hook.post("/handover/leg/left")
    @checked
    async def leg_left(request: Request, webhook: Webhook):
        with transaction() as db:
            leg = _leg(db, request, webhook)
            spoke = leg.result == "spoke" or (leg.handover.state in ("talking", "ended") and leg.handover.spoke_from)
        if not spoke:
            return bye("gone")
        action = f"{handovers.rooms.base}/leg/result?leg={leg.id}"
        return xml(handovers.rooms.ask(Reply([words["left"]]), voice(), action, keys_only=True, wait_s=10))

    @hook.post("/handover/leg/result")
    @checked
    async def leg_result(request: Request, webhook: Webhook):
        with transaction() as db:
            leg, now = _leg(db, request, webhook), clock.now()
            case, closes = leg.handover.case, webhook.get("Digits") == "1" and leg.handover.why == "asked"
            closes = closes and case.state == "open" and case.priority in ("P2", "P3")  # graver ones need a review
            if closes:
                case.state, case.closed_at, case.changed_at, case.version = "closed", now, now, case.version + 1
        return bye("closed" if closes else "kept")


def _leg(db: Session, request: Request, webhook: Webhook) -> HandoverLeg:
    """The leg our own URL names. Raises NotFound."""
    leg = machine.find_leg(db, request.args.get("leg") or "")
    if leg is None:
        raise NotFound("no such leg")
    if leg.sid is None and webhook.get("CallSid") and not leg.handover.direct:
        leg.sid = webhook.get("CallSid")  # the answer to our request was lost
    return leg


def _whisper(db: Session, leg: HandoverLeg) -> str:
    """Who and why, in one sentence; heard only by the one who pressed 1."""
    h = leg.handover
    name = "line" if leg.role == "line" else "quiet" if h.quiet else h.why
    resident = h.call.resident
    text = (
        handover_script().officer[f"whisper_{name}"].replace("{name}", resident.name if resident else "이름 모르는 분")
    )
    return text.replace("{reason}", machine.reason_of(db, h))
