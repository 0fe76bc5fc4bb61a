"""kill -9 of the engine in mid-call, then a restart on the same database."""

import os
import signal
import time

import pytest
from sqlalchemy import select

from anbu.rehearsal.engine import free_port, running_engine
from anbu.store.models import AssessmentRow, Case, Turn
from anbu.store.session import transaction
from tests.connectors.phone import Phone

pytestmark = pytest.mark.engine

DANGER = "집에 먹을 게 하나도 없어서 이틀을 굶었어요"


def test_nothing_heard_is_lost_when_the_engine_is_killed(agent, database, configure, tmp_path):
    port = free_port()
    configure(PUBLIC_URL=f"http://127.0.0.1:{port}", STALE_AFTER_S=4, SWEEP_EVERY_S=0.5)
    with running_engine(port=port, rehearsal=False, log=tmp_path / "first.log") as engine:
        going_on, left = Phone(engine.url), Phone(engine.url, name="박영호")
        for phone in (going_on, left):
            phone.answer()
            phone.say("네")
            phone.say("네")
            phone.say(DANGER)
        os.kill(engine.process.pid, signal.SIGKILL)
        engine.process.wait()
    with running_engine(port=port, rehearsal=False, log=tmp_path / "second.log"):
        heard = going_on.say("하루에 한 끼도 못 먹어요")
        assert heard.status == 200
        assert heard.said
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with transaction() as db:
                if len(db.scalars(select(AssessmentRow)).all()) == 2:
                    break
            time.sleep(0.2)
    with transaction() as db:
        for phone in (going_on, left):
            assert DANGER in [t.heard for t in db.scalars(select(Turn).filter_by(call_id=phone.call_id))]
            assert db.get(AssessmentRow, phone.call_id).priority == "P1"
            assert db.scalars(select(Case).filter_by(call_id=phone.call_id)).one().priority == "P1"
