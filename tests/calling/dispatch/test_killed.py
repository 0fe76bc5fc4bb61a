"""Three workers, one of them killed with -9 again and again, on a line that misbehaves: nobody called twice, nobody
forgotten, never faster than allowed."""

import queue
import random
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import func, select

from anbu import clock
from anbu.calling.campaigns.plan import parse
from anbu.calling.campaigns.rounds import plan_due
from anbu.calling.campaigns.service import create, move
from anbu.calling.status import apply_status
from anbu.calling.windows import next_span, windows
from anbu.store.campaigns import Attempt
from anbu.store.crypto import fingerprint
from anbu.store.models import Call, Resident, new_id
from anbu.store.session import transaction
from tests.calling.dispatch.workers import start_worker
from tests.calling.twilio_server import Placed

pytestmark = [pytest.mark.postgres, pytest.mark.endurance]

RESIDENTS = 2000
RATE = 60
KILLS = 20
MOST_S = 600  # on two idle cores it takes about one minute
RETRY = {"tries": 1, "busy": "1s", "no_answer": "1s", "failed": "1s", "machine": "1s",
         "person": {"tries": 1, "within": "1d"}, "then": ["visit"]}  # fmt: skip
FAULTS = ["500"] * 2 + ["reset"] * 2 + ["429"] * 2 + ["unasked"] + ["slow"] + ["ok"] * 92


class Callbacks:
    """Tells how calls went, doubled, shuffled and sometimes not at all, as Twilio might at its worst."""

    def __init__(self, server, now):
        self._server, self._now, self._chance = server, now, random.Random(7)
        self._waiting: queue.Queue = queue.Queue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def placed(self, call: Placed) -> None:
        call.status = ("busy", "no-answer", "no-answer", "failed", "completed")[int(call.to[-1]) % 5]
        reports = ["initiated", "ringing", call.status, call.status]
        self._chance.shuffle(reports)
        if self._chance.random() < 0.05:
            reports = [r for r in reports if r != call.status]  # the last word is lost: a look-up must tell
        for report in reports:
            self._waiting.put((call, report))

    def _work(self) -> None:
        while True:
            call, status = self._waiting.get()
            try:
                with transaction() as db:
                    if status == "completed":
                        db.get(Call, call.call_id).started_at = self._now()
                    apply_status(db, call.call_id, status, None, self._now(), call.sid)
            except Exception:
                self._waiting.put((call, status))
                time.sleep(0.01)


def left(campaign_id: str) -> int:
    with transaction() as db:
        waiting = select(func.count()).select_from(Attempt).filter_by(campaign_id=campaign_id, by="machine")
        return db.scalar(waiting.where(Attempt.state != "done"))


def test_workers_killed_at_random_call_everybody_once(postgres_database, twilio, configure):
    configure(CALLS_PER_SECOND=RATE, LEASE_S=2, UNKNOWN_SURE_S=4, REQUEST_TIMEOUT_S=0.6)
    chance = random.Random(11)
    ahead = next_span(windows("매일 08:00-20:00"), clock.now(), on_holidays=True).opens - clock.now()

    def now():
        return clock.now() + ahead

    with transaction() as db:
        db.add_all(
            Resident(id=new_id(), name=f"주민{n}", phone=f"+82100{n:07d}", phone_hash=fingerprint(f"+82100{n:07d}"),
                     created_at=now())
            for n in range(RESIDENTS)
        )  # fmt: skip
    with transaction() as db:
        raw = {"name": "안부", "windows": ["매일 08:00-21:00"], "holidays": "call", "retry": RETRY,
               "calls_per_second": 100, "concurrent_calls": 200}  # fmt: skip
        campaign = create(db, parse(raw, now().date()), now())
        move(db, campaign, "start", now())
        campaign_id = campaign.id
    plan_due(now())
    callbacks = Callbacks(twilio, now)
    twilio.misbehave = lambda n: chance.choice(FAULTS)
    twilio.on_placed, twilio.slow_s = callbacks.placed, 1.0

    workers = [start_worker(ahead) for _ in range(3)]
    try:
        kills, deadline = 0, time.monotonic() + MOST_S
        next_kill = RESIDENTS - chance.randint(20, 150)
        while (waiting := left(campaign_id)) and time.monotonic() < deadline:
            if waiting <= next_kill and kills < KILLS:
                victim = chance.randrange(3)
                time.sleep(chance.random() * 0.1)  # at any point of its work
                workers[victim].kill()
                workers[victim].join()
                workers[victim] = start_worker(ahead)
                kills, next_kill = kills + 1, waiting - chance.randint(40, 110)
            time.sleep(0.1)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()

    assert kills == KILLS
    assert left(campaign_id) == 0, "somebody was forgotten"
    with transaction() as db:
        attempts = db.scalars(select(Attempt).filter_by(campaign_id=campaign_id, by="machine")).all()
        assert {a.resident_id for a in attempts} == set(db.scalars(select(Resident.id)))
        assert {a.result for a in attempts} <= {"reached", "busy", "no_answer", "failed"}
        calls = Counter(call.call_id for call in twilio.calls)
        assert max(calls.values()) == 1, "somebody was called twice for one attempt"
        assert set(calls) == {a.id for a in attempts}
        assert len(attempts) == RESIDENTS
    times = sorted(call.at for call in twilio.calls)
    assert max(sum(t <= u < t + 1 for u in times[i : i + 3 * RATE]) for i, t in enumerate(times)) <= RATE
