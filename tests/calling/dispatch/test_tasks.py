"""The same work as Procrastinate jobs, by `anbu worker` processes on PostgreSQL."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import select, text

from anbu.calling.windows import next_span, windows
from anbu.clock import now
from anbu.settings import ROOT
from anbu.store.campaigns import Attempt
from anbu.store.session import engine, transaction
from tests.calling.office import Office

pytestmark = pytest.mark.postgres


class RealTime:
    sleep = staticmethod(time.sleep)

    def __call__(self):
        return now()


@pytest.mark.skipif(
    next_span(windows("매일 08:00-21:00"), now(), on_holidays=True).opens > now(),
    reason="real workers do not call at night",
)
def test_two_workers_run_a_campaign_as_jobs(postgres_database, twilio, tmp_path):
    office = Office(twilio, time=RealTime())
    office.residents(30)
    office.campaign(windows=["매일 08:00-21:00"], holidays="call")
    command = [sys.executable, "-m", "anbu.cli", "worker", "--threads", "4"]
    with ExitStack() as stack:
        log = stack.enter_context(open(tmp_path / "workers.log", "wb"))
        workers = [subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ}) for _ in range(2)]
        for worker in workers:
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
        deadline = time.monotonic() + 120
        while len(twilio.calls) < 30 and time.monotonic() < deadline:
            time.sleep(0.2)
    assert len({call.to for call in twilio.calls}) == len(twilio.calls) == 30, (tmp_path / "workers.log").read_text()
    with transaction() as db:
        assert set(db.scalars(select(Attempt.state))) == {"placed"}
    with engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_periodic_defers")) > 0
