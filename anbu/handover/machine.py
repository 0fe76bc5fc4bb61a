"""The hand-over as a state machine over its rows. Every function runs in the caller's transaction and returns orders.

    ringing   a telephone rings for the resident, who waits in the room or with the bot
    joining   someone took the call; both are brought into the room
    talking   they speak
    choosing  nobody on duty answered; the resident chooses an emergency line or to wait
    ended     outcome: spoke | nobody | resident_left

Two ways to ring: through REST (the resident waits in a conference), or `direct`, where the resident's own line dials
because REST is not set up or has failed. Events may come late, twice or not at all: each is taken by what the rows say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.assessment.deadlines import deadlines
from anbu.assessment.vocabulary import vocabulary
from anbu.calling.closing import close_call, standing_signals
from anbu.casework.cases import raise_case
from anbu.handover.duty import targets
from anbu.handover.script import handover_script, number_of
from anbu.notify.outbox import page
from anbu.store.models import Call, Case, Handover, HandoverLeg, new_id

log = structlog.get_logger()
ALLOWED = {
    "ringing": {"ringing", "joining", "choosing", "ended"},
    "joining": {"talking", "ringing", "choosing", "ended"},
    "talking": {"ringing", "choosing", "ended"},
    "choosing": {"ringing", "joining", "ended"},
    "ended": set(),
}
OPEN_LEG = ("dialing", "answered", "accepted")
GRACE_S = 10  # for a callback that is on its way
RESULT_OF = {"busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "no_answer"}


@dataclass(frozen=True)
class Order:
    """Something to do on the telephone after the commit.

    dial, hang_up or send_away (tell that the resident has gone) a leg; move the resident to the bot; call_again.
    """

    do: str
    id: str  # of the leg, or of the call


def begin(db: Session, call: Call, why: str, now: datetime, direct: bool) -> tuple[Handover | None, list[Order]]:
    """Start a hand-over of a call, or go on with the one that is open. None when there is nobody to ring."""
    there = current(db, call.id)
    if there is not None:
        return there, []
    people = targets(db, call.town, now)
    if not people:
        return None, []
    codes = [s.code for s in standing_signals(db, call)]
    script = handover_script()
    reason = "사람을 연결하는 중 (위험신호)" if why == "danger" else "사람과 통화하기를 원함"
    case = raise_case(db, call, "P0" if why == "danger" else "P2", [reason], now)  # there before a telephone rings
    h = Handover(
        id=new_id(), call_id=call.id, case_id=case.id, why=why, quiet=bool(set(codes) & script.quiet_for),
        direct=direct, state="ringing", round=1, told=0, offered=False, untimed=False,
        opened_at=now, changed_at=now,
    )  # fmt: skip
    db.add(h)
    db.flush()
    _plan(db, h, people)
    return h, _next(db, h, now)


def current(db: Session, call_id: str) -> Handover | None:
    """The open hand-over of a call, kept from others until the transaction ends."""
    query = select(Handover).where(Handover.call_id == call_id, Handover.state != "ended")
    return db.scalars(query.with_for_update()).first()


def latest(db: Session, call_id: str) -> Handover | None:
    """The hand-over of a call begun last, open or ended."""
    query = select(Handover).filter_by(call_id=call_id).order_by(Handover.opened_at.desc(), Handover.id)
    return db.scalars(query).first()


def find_leg(db: Session, leg_id: str) -> HandoverLeg | None:
    """A leg, its hand-over kept from others until the transaction ends."""
    leg = db.get(HandoverLeg, leg_id)
    if leg is not None:
        db.scalars(select(Handover).filter_by(id=leg.handover_id).with_for_update()).one()
    return leg


# ── what happens to a telephone that rings ───────────────────────────────────


def dial_failed(db: Session, leg: HandoverLeg, now: datetime, *, permanent: bool) -> list[Order]:
    """REST did not ring a leg. A number that cannot be rung is passed over; else the resident's own line dials."""
    h = leg.handover
    if leg.state != "dialing":
        return []
    if permanent:
        return over(db, leg, "error", now)
    log.error("hand-over goes on without REST", handover=h.id)
    h.direct = True
    return [Order("move", h.call_id)]


def answered(leg: HandoverLeg, now: datetime) -> str:
    """Someone or something took the telephone; → ask (for key 1), or why not: taken | gone."""
    if leg.state == "dialing":
        leg.state, leg.answered_at = "answered", now
    return _wanted(leg)


def accept(db: Session, leg: HandoverLeg, now: datetime) -> tuple[str, list[Order]]:
    """Key 1; → (accepted | taken | gone, orders). A late key 1 is welcome while the resident still waits."""
    h = leg.handover
    wanted = _wanted(leg)
    if wanted != "ask":
        return wanted, []
    if leg.state == "accepted":
        return "accepted", []
    orders = [Order("hang_up", other.id) for other in h.legs if other.id != leg.id and other.state in OPEN_LEG]
    for other in h.legs:
        if other.id != leg.id and other.state in OPEN_LEG:
            other.state, other.result, other.ended_at = "ended", "taken", now
    leg.state, leg.accepted_at, leg.result = "accepted", now, None
    _to(h, "joining", now)
    h.spoke_with, h.news = leg.label, None
    _hold_case(db, h, leg, now)
    if h.direct:
        joined(h, now)
        return "accepted", orders
    h.untimed = False
    return "accepted", [*orders, Order("move", h.call_id)]


def joined(h: Handover, now: datetime) -> None:
    """Both are in the room."""
    if h.state == "joining":
        _to(h, "talking", now)
        h.spoke_from = now


def over(db: Session, leg: HandoverLeg, result: str, now: datetime, talked_s: float | None = None) -> list[Order]:
    """A telephone that rang rings no more, or its call has ended. `talked_s`: how long it lasted, if that is known."""
    h = leg.handover
    if leg.state == "ended":
        return []
    took = leg.state == "accepted"
    leg.state, leg.ended_at = "ended", now
    if h.state == "ended":
        leg.result = leg.result or result
        return []
    if took:
        return _talk_over(db, h, leg, now, talked_s)
    leg.result = result
    h.news = h.news if h.news == "dropped" else "next"
    return [*_next(db, h, now), Order("move", h.call_id)]


def _talk_over(db: Session, h: Handover, leg: HandoverLeg, now: datetime, talked_s: float | None) -> list[Order]:
    if talked_s is None:
        talked_s = (now - h.spoke_from).total_seconds() if h.spoke_from else 0
    if h.spoke_from is not None and talked_s >= handover_script().least_talk_s:
        leg.result = "spoke"
        return _end(db, h, "spoke", now)
    leg.result = "dropped"
    h.spoke_with = h.spoke_from = None
    h.news, h.untimed = "dropped", False
    if sum(other.number == leg.number and other.result == "dropped" for other in h.legs) < 2:
        _add(db, h, leg.n, leg.role, leg.label, leg.number, leg.account_id)  # the same person again, at once
    return [*_next(db, h, now), Order("move", h.call_id)]


# ── what the resident does ───────────────────────────────────────────────────


def back(db: Session, h: Handover, now: datetime) -> list[Order]:
    """The resident's line came out of the room by itself."""
    leg = next((x for x in h.legs if x.state == "accepted"), None)
    if h.state in ("talking", "joining") and h.untimed and leg is not None:  # nothing else ends an untimed stay
        return [Order("hang_up", leg.id), *over(db, leg, "left", now)]
    return tick(db, h, now)


def direct_over(
    db: Session, h: Handover, leg_id: str, status: str, talked_s: float | None, now: datetime
) -> list[Order]:
    """The dialling of a leg by the resident's own line has ended."""
    leg = next((x for x in h.legs if x.id == leg_id and x.state in OPEN_LEG), None)
    if leg is None:
        return []
    result = RESULT_OF.get(status, "no_key" if leg.answered_at else "failed")
    return over(db, leg, result, now, talked_s)


def left(db: Session, call: Call, now: datetime) -> list[Order]:
    """The resident's line is gone."""
    h = current(db, call.id)
    if h is None:
        return []
    leg = next((x for x in h.legs if x.state == "accepted"), None)
    spoke = h.state == "talking" and (now - h.spoke_from).total_seconds() >= handover_script().least_talk_s
    orders = [Order("hang_up", x.id) for x in h.legs if x.state == "dialing"]
    for x in h.legs:
        if x.state == "dialing":
            x.state, x.result, x.ended_at = "ended", "gone", now
    if leg is not None:
        leg.result = "spoke" if spoke else "gone"
        orders.append(Order("send_away", leg.id))
    _end(db, h, "spoke" if spoke else "resident_left", now)
    if spoke:
        close_call(db, call, "handed_over", now)
    return orders


def choose(db: Session, h: Handover, choice: str | None, now: datetime) -> list[Order]:
    """An emergency line, or None to wait for people of ours once more."""
    if h.state != "choosing":
        return []
    number = number_of(choice) if choice else None
    if number:
        h.news = "line"
        n = max((leg.n for leg in h.legs), default=0) + 1
        _add(db, h, n, "line", choice, number, None)
    else:
        h.news = None if choice else "wait"
        if h.round >= handover_script().rounds:
            return _end(db, h, "nobody", now)
        h.round += 1
        _plan(db, h, targets(db, h.call.town, now))
    return _next(db, h, now)


def tick(db: Session, h: Handover, now: datetime) -> list[Order]:
    """Time passed: a telephone whose callback never came is given up."""
    script = handover_script()
    for leg in h.legs:
        limit = {"dialing": script.ring_s + GRACE_S, "answered": script.key_s + GRACE_S}.get(leg.state)
        since = leg.answered_at if leg.state == "answered" else leg.dialed_at
        if limit and since and now - since > timedelta(seconds=limit) and not h.direct:
            log.warning("no callback of a leg", handover=h.id, leg=leg.id)
            return [Order("hang_up", leg.id), *over(db, leg, "no_key" if leg.answered_at else "no_answer", now)]
    return []


# ── steps ────────────────────────────────────────────────────────────────────


def _next(db: Session, h: Handover, now: datetime) -> list[Order]:
    """Ring the next telephone; when there is none left, offer the emergency lines, or end."""
    leg = next((x for x in sorted(h.legs, key=lambda x: (x.n, x.made)) if x.state == "planned"), None)
    if leg is not None:
        leg.state, leg.dialed_at = "dialing", now
        _to(h, "ringing", now)
        log.info("hand-over rings", handover=h.id, role=leg.role, n=leg.n, direct=h.direct)
        return [] if h.direct else [Order("dial", leg.id)]
    if h.why == "danger" and not h.offered:
        h.offered = True
        _to(h, "choosing", now)
        return []
    if h.why == "danger" and h.round < handover_script().rounds:
        h.round += 1
        _plan(db, h, targets(db, h.call.town, now))
        if any(x.state == "planned" for x in h.legs):
            return _next(db, h, now)
    return _end(db, h, "nobody", now)


def _end(db: Session, h: Handover, outcome: str, now: datetime) -> list[Order]:
    """The hand-over is over; → the order that brings the resident to what follows."""
    _to(h, "ended", now)
    h.outcome, h.ended_at = outcome, now
    if outcome == "spoke":
        h.spoke_to = now
    elif h.why == "danger":
        page(db, h.case, "handover_failed" if outcome == "nobody" else "line_lost", now)
    log.info("hand-over ended", handover=h.id, call=h.call_id, outcome=outcome)
    return [Order("move", h.call_id)]


def _to(h: Handover, state: str, now: datetime) -> None:
    if state not in ALLOWED[h.state]:
        raise ValueError(f"a hand-over cannot go from {h.state} to {state}")
    h.state, h.changed_at = state, now


def _plan(db: Session, h: Handover, people) -> None:
    first = max((leg.n for leg in h.legs), default=0) + 1
    for n, p in enumerate(people, first):
        _add(db, h, n, p.role, p.label, p.number, p.account_id)


def _add(db: Session, h: Handover, n: int, role: str, label: str, number: str, account_id: str | None) -> None:
    h.legs.append(
        HandoverLeg(
            id=new_id(), n=n, made=len(h.legs), role=role, label=label, number=number, account_id=account_id,
            state="planned",
        )
    )  # fmt: skip
    db.flush()


def _wanted(leg: HandoverLeg) -> str:
    h = leg.handover
    if h.state == "ended":
        return "taken" if h.outcome == "spoke" else "gone"
    return "taken" if any(x.state == "accepted" and x.id != leg.id for x in h.legs) else "ask"


def _hold_case(db: Session, h: Handover, leg: HandoverLeg, now: datetime) -> None:
    """Who takes the call has the case, so that nobody else is paged about it."""
    case: Case = h.case
    if leg.account_id is None or case is None or case.holder_id is not None or case.state != "open":
        return
    case.holder_id, case.taken_at, case.acknowledged_at = leg.account_id, now, case.acknowledged_at or now
    case.decide_by = case.due_at = deadlines().decide_by(case.priority, case.opened_at)
    case.version, case.changed_at = case.version + 1, now


def reason_of(db: Session, h: Handover) -> str:
    """Why a person is needed, in a few words, for the officer's ear."""
    kinds = vocabulary().signals
    codes = [s.code for s in standing_signals(db, h.call)]
    urgent = sorted(codes, key=lambda code: kinds[code].priority)
    return kinds[urgent[0]].ko if urgent else "사람과 통화하기를 원함"
