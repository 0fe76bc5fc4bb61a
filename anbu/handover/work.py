"""Carrying out what the machine orders, after its transaction; what fails there is an event of the machine again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from anbu import clock
from anbu.handover import machine
from anbu.handover.line import Line, LineError
from anbu.handover.machine import Order
from anbu.handover.redial import call_again
from anbu.handover.script import handover_script
from anbu.settings import settings
from anbu.store.models import Call, Handover, HandoverLeg
from anbu.store.session import transaction

log = structlog.get_logger()
HOOKS = "/webhooks/voice/handover"
LONGEST = timedelta(hours=2)  # without any event; nobody talks that long
MOST_ORDERS = 60  # of one event; a rota of dead numbers must not hold a webhook for ever


def carry_out(orders: Sequence[Order], line: Line | None, here: str | None = None) -> None:
    """Do the orders in turn, and those that follow from failures. Blocking: call it in a thread. Never raises.

    here: the resident's call that is waiting for our answer just now, so that there is no need to move it.
    """
    waiting, done = list(dict.fromkeys(orders)), 0
    while waiting and done < MOST_ORDERS:
        order = waiting.pop(0)
        done += 1
        if order == Order("move", here):
            continue
        try:
            waiting += [o for o in _one(order, line) if o not in waiting]
        except Exception as error:  # the next event or the next look at the clock mends it
            log.error("order not carried out", order=order.do, error=type(error).__name__)


def look_after(now: datetime, line: Line | None) -> int:
    """Look at every open hand-over: give up telephones that tell nothing, end what was left behind; → how many."""
    with transaction() as db:
        open_ones = list(db.scalars(select(Handover.call_id).where(Handover.state != "ended")))
    for call_id in open_ones:
        with transaction() as db:
            h = machine.current(db, call_id)
            gone = h is not None and (h.call.closed_at is not None or now - h.changed_at > LONGEST)
            orders = [] if h is None else machine.left(db, h.call, now) if gone else machine.tick(db, h, now)
        carry_out(orders, line)
    return len(open_ones)


def _one(order: Order, line: Line | None) -> Sequence[Order]:
    base = f"{settings().public_url}{HOOKS}"
    if order.do == "dial":
        return _dial(order.id, line, base)
    if order.do == "call_again":
        return call_again(order.id, line, base)
    if line is None:
        return []
    with transaction() as db:
        row = db.get(Call if order.do == "move" else HandoverLeg, order.id)
        sid = row.twilio_sid if order.do == "move" else row.sid
        over = order.do == "move" and row.ended_at is not None
    if sid is None or over:
        return []
    try:
        if order.do == "move":
            line.move(sid, f"{base}?call={order.id}")
        elif order.do == "send_away":
            line.move(sid, f"{base}/leg/left?leg={order.id}")
        else:
            line.hang_up(sid)
    except LineError as error:
        log.warning("line refused", order=order.do, code=error.code)
        return []
    return []


def _dial(leg_id: str, line: Line | None, base: str) -> Sequence[Order]:
    with transaction() as db:
        leg = db.get(HandoverLeg, leg_id)
        if leg.state != "dialing" or leg.sid is not None:
            return []
        number = leg.number
    try:
        if line is None:
            raise LineError("no_account")
        url, status = f"{base}/leg?leg={leg_id}", f"{base}/leg/status?leg={leg_id}"
        sid = line.dial(number, url, status, handover_script().ring_s)
    except LineError as error:
        log.warning("leg not rung", leg=leg_id, code=error.code)
        with transaction() as db:
            return machine.dial_failed(db, machine.find_leg(db, leg_id), clock.now(), permanent=error.permanent)
    with transaction() as db:
        db.get(HandoverLeg, leg_id).sid = sid
    return []
