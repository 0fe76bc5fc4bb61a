"""Dialling a claimed attempt: everything is checked once more, the intent is committed, then the line is asked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.calling.campaigns.plan import Plan
from anbu.calling.campaigns.rounds import plan_of
from anbu.calling.closing import close_unanswered
from anbu.calling.dispatch.aftermath import finish
from anbu.calling.dispatch.claiming import CALLABLE
from anbu.calling.dispatch.rate import LATE_S, SOON_S, hold_back, is_late, take_moment
from anbu.calling.gateway import Gateway, Order, Refused, Throttled, Unclear
from anbu.calling.residents.standing import obstacle
from anbu.calling.windows import is_open
from anbu.store.campaigns import Attempt, DoNotCall
from anbu.store.models import Call
from anbu.store.session import transaction

log = structlog.get_logger()
ON_THE_LINE = timedelta(minutes=30)  # a call of the resident's own, heard of within this time, is still going on
WAIT_WHILE_TALKING = timedelta(minutes=10)
CHECK_UNKNOWN = timedelta(seconds=2)  # callbacks usually tell before the first look-up


@dataclass(frozen=True)
class Intent:
    """What was committed before dialling."""

    order: Order
    moment: datetime
    window_ends: datetime


class Dialler:
    """Dials for one worker. `now` and `sleep` are injected."""

    def __init__(
        self, gateway: Gateway, worker: str, lease: timedelta, now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ):  # fmt: skip
        self._gateway, self._worker, self._lease, self._now, self._sleep = gateway, worker, lease, now, sleep

    def dial(self, attempt_id: str) -> None:
        """Place the call of a claimed attempt, or put the attempt where it belongs."""
        with transaction(exclusive=True) as db:
            intent = self._commit(db, attempt_id)
        if intent is None:
            return
        try:
            if self._await_moment(attempt_id, intent):
                self._settle(attempt_id, *self._ask(intent.order))
        except Exception as error:  # the lease runs out, and the attempt is looked up
            log.error("dialling failed", attempt=attempt_id, error=type(error).__name__)

    def _commit(self, db: Session, attempt_id: str) -> Intent | None:
        """Check everything again and commit the intent to dial; None when nothing is to be dialled."""
        now, attempt = self._now(), _locked(db, attempt_id)
        if attempt is None or attempt.state != "claimed" or attempt.worker != self._worker:
            return None
        campaign, resident = attempt.campaign, attempt.resident
        plan = plan_of(campaign)
        why = obstacle(resident)
        if why is None and db.get(DoNotCall, resident.phone_hash) is not None:
            why = "asked"
        if campaign.state not in CALLABLE:
            _plan_again(attempt, attempt.due_at)
        elif attempt.call is not None and attempt.call.status != "planned":
            place(attempt, attempt.call.twilio_sid, now)  # thought to be lost, and rang after all
        elif why is not None:
            finish(db, attempt, "cancelled" if why in ("asked", "no_consent") else "permanent", now, why)
        elif not _open(attempt, plan, now):
            finish(db, attempt, "not_rung", now, "window")
        elif _talking(db, attempt, now):
            _plan_again(attempt, now + WAIT_WHILE_TALKING)
        else:
            if attempt.call_id is None:
                db.add(Call(id=attempt.id, resident_id=resident.id, direction="outbound", script=plan.script,
                            status="planned", sequence=-1, created_at=now, answered=[]))  # fmt: skip
                db.flush()
                attempt.call_id = attempt.id
            moment, taken = take_moment(db, campaign.id, plan.calls_per_second, now)
            if not taken:
                _plan_again(attempt, moment)
                return None
            attempt.state, attempt.slot_at, attempt.dialled_at = "dialing", moment, moment
            attempt.lease_until = moment + self._lease
            return Intent(Order(attempt.call_id, resident.phone), moment, attempt.not_after)
        return None

    def _await_moment(self, attempt_id: str, intent: Intent) -> bool:
        """Wait for the moment that was taken; → whether the request may go out now."""
        moment, lead_s = intent.moment, LATE_S
        while True:
            self._sleep(max(0.0, (moment - self._now()).total_seconds()))
            now = self._now()
            if now >= intent.window_ends:
                with transaction(exclusive=True) as db:
                    attempt = _locked(db, attempt_id)
                    if attempt.state == "dialing" and attempt.worker == self._worker:  # nothing was sent
                        close_unanswered(attempt.call, "no_answer", now)
                        finish(db, attempt, "not_rung", now, "window")
                return False
            if not is_late(moment, now):
                return True
            with transaction(exclusive=True) as db:  # held up: the moment has passed
                attempt = _locked(db, attempt_id)
                if attempt.state != "dialing" or attempt.worker != self._worker:
                    return False
                rate = plan_of(attempt.campaign).calls_per_second
                moment, taken = take_moment(db, attempt.campaign_id, rate, now, lead_s)
                lead_s = min(lead_s * 2, SOON_S)  # a busy machine needs more time each time
                if not taken:
                    _plan_again(attempt, moment)
                    return False
                attempt.slot_at = attempt.dialled_at = moment
                attempt.lease_until = moment + self._lease

    def _ask(self, order: Order) -> tuple[str, str | None, str | None]:
        """Ask the line, once; → what came of it (placed | throttled | failed | permanent | unknown), sid, code."""
        try:
            return "placed", self._gateway.place(order), None
        except Throttled as no:
            with transaction(exclusive=True) as db:
                hold_back(db, no.seconds, self._now())
            return "throttled", None, no.code
        except Refused as no:
            return "permanent" if no.permanent else "failed", None, no.code
        except Unclear as no:
            return "unknown", None, no.code
        except Exception as error:
            return "unknown", None, type(error).__name__

    def _settle(self, attempt_id: str, answer: str, sid: str | None, code: str | None) -> None:
        with transaction(exclusive=True) as db:
            now, attempt = self._now(), _locked(db, attempt_id)
            if attempt.state not in ("dialing", "unknown"):  # a callback or the look-up was faster
                return
            if answer == "placed":
                place(attempt, sid, now + self._lease)
            elif answer == "throttled":
                _plan_again(attempt, now)
                attempt.reason = code
            elif answer == "unknown":
                attempt.state, attempt.reason, attempt.lease_until = "unknown", code, now + CHECK_UNKNOWN
            else:
                close_unanswered(attempt.call, "no_answer", now)
                finish(db, attempt, answer, now, code)


def place(attempt: Attempt, sid: str | None, check_at: datetime) -> None:
    """The line has the call: from now on callbacks tell, or a look-up from `check_at` on."""
    attempt.state, attempt.twilio_sid, attempt.lease_until, attempt.worker = "placed", sid, check_at, None
    attempt.call.twilio_sid = attempt.call.twilio_sid or sid


def _plan_again(attempt: Attempt, due_at: datetime) -> None:
    attempt.state, attempt.worker, attempt.lease_until, attempt.due_at = "planned", None, None, due_at


def _open(attempt: Attempt, plan: Plan, now: datetime) -> bool:
    """Whether the call may begin: within its own window and, unless it was promised for a time, the campaign's."""
    promised = attempt.reason == "promised"
    return attempt.due_at <= now < attempt.not_after and (promised or is_open(plan.windows, now, plan.on_holidays))


def _talking(db: Session, attempt: Attempt, now: datetime) -> bool:
    """Whether the resident is on the line with us already, having called in."""
    query = select(Call.id).filter_by(resident_id=attempt.resident_id, closed_at=None)
    query = query.where(Call.started_at > now - ON_THE_LINE, Call.id != attempt.id)
    return db.scalars(query.limit(1)).first() is not None


def _locked(db: Session, attempt_id: str) -> Attempt | None:
    query = select(Attempt).filter_by(id=attempt_id).with_for_update(of=Attempt)
    return db.scalars(query.execution_options(populate_existing=True)).first()
