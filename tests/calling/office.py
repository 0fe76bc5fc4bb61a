"""A town office for tests: residents, campaigns, a clock that is set by hand and a line to a stand-in Twilio."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from anbu.calling.campaigns.plan import parse
from anbu.calling.campaigns.service import create, move
from anbu.calling.dispatch.dispatcher import Dispatcher
from anbu.calling.gateway.twilio import TwilioGateway
from anbu.calling.record import add_resident
from anbu.calling.status import apply_status
from anbu.clock import SEOUL
from anbu.store.campaigns import Attempt
from anbu.store.models import Call
from anbu.store.session import transaction

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)


class Time:
    """A clock that stands until it is moved; sleeping moves it."""

    def __init__(self, at: datetime = MONDAY):
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def on(self, **ahead) -> datetime:
        self.at += timedelta(**ahead)
        return self.at


class Office:
    """`server`: the stand-in Twilio that calls go to."""

    def __init__(self, server, time: Time | None = None):
        self.server, self.time = server, time or Time()
        self.gateway = TwilioGateway()

    def residents(self, count: int, **values) -> list[str]:
        with transaction() as db:
            people = [add_resident(db, f"주민{n}", f"+82100{n:07d}", self.time()) for n in range(1, count + 1)]
            for person in people:
                for key, value in values.items():
                    setattr(person, key, value)
            return [person.id for person in people]

    def campaign(self, **raw) -> str:
        """A running campaign; its round is planned."""
        raw = {"name": "안부", "calls_per_second": 100, "concurrent_calls": 100, **raw}
        with transaction() as db:
            campaign = create(db, parse(raw, self.time().date()), self.time())
            move(db, campaign, "start", self.time())
            campaign_id = campaign.id
        self.worker().plan()
        return campaign_id

    def worker(self, threads: int = 1, name: str | None = None) -> Dispatcher:
        return Dispatcher(self.gateway, threads=threads, worker=name, now=self.time, sleep=self.time.sleep)

    def dial(self, most: int = 50) -> int:
        """Dial everything that is due now."""
        worker, dialled = self.worker(), 0
        while (n := worker.dial_due()) and dialled < most:
            dialled += n
        return dialled

    def attempts(self, **where) -> list[Attempt]:
        with transaction() as db:
            rows = db.scalars(select(Attempt).filter_by(**where).order_by(Attempt.created_at, Attempt.n)).all()
            db.expunge_all()
            return list(rows)

    def report(self, status: str, attempt: Attempt | None = None) -> None:
        """Twilio tells how a call (the newest one) goes."""
        call_id = attempt.call_id if attempt else self.server.calls[-1].call_id
        with transaction() as db:
            apply_status(db, call_id, status, None, self.time())

    def held(self, call_id: str, outcome: str = "completed", **values) -> None:
        """A call was answered and held, with that outcome."""
        from anbu.calling.closing import close_call

        with transaction() as db:
            call = db.get(Call, call_id)
            call.started_at = self.time()
            for key, value in values.items():
                setattr(call, key, value)
            close_call(db, call, outcome, self.time())
        self.report_done(call_id)

    def report_done(self, call_id: str) -> None:
        with transaction() as db:
            apply_status(db, call_id, "completed", None, self.time())

    def keep_house(self) -> dict:
        return self.worker().keep_house()
