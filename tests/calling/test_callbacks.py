"""Residents who call us back."""

import pytest

from anbu.calling.callbacks import incoming, missed_call
from anbu.calling.closing import close_call
from anbu.calling.record import hear
from anbu.store.campaigns import Attempt
from anbu.store.models import Call
from anbu.store.session import transaction

NUMBER = "010-0000-0001"


@pytest.fixture
def missed(office):
    """A resident who did not take our call at ten."""
    office.residents(1)
    office.campaign(script="urgent")
    office.time.on(hours=1)
    office.dial()
    office.report("no-answer")
    office.keep_house()
    office.time.on(minutes=5)
    return office


def call_in(office, number=NUMBER, sid="CA1"):
    with transaction() as db:
        return incoming(db, number, sid, office.time()).id


def test_who_calls_back_holds_the_pending_call_then_and_there(missed):
    call_id = call_in(missed)
    with transaction() as db:
        call = db.get(Call, call_id)
        assert (call.direction, call.script, missed_call(db, call)) == ("inbound", "urgent", True)
        call.started_at = missed.time()
        hear(db, call, 0, missed.time())
        hear(db, call, 1, missed.time(), topic="identity", heard="네")
        close_call(db, call, "completed", missed.time())
    missed.keep_house()
    assert [(a.n, a.result, a.reason) for a in missed.attempts()] == [
        (1, "no_answer", None),
        (2, "reached", "called_back"),
    ]
    missed.time.on(hours=1)
    assert missed.dial() == 0


def test_the_same_call_told_twice_is_one(missed):
    assert call_in(missed) == call_in(missed)


def test_hanging_up_before_a_word_leaves_the_call_to_be_made(missed):
    call_id = call_in(missed)
    with transaction() as db:
        call = db.get(Call, call_id)
        call.started_at = missed.time()
        hear(db, call, 0, missed.time())
        close_call(db, call, "hung_up", missed.time())
    missed.keep_house()
    assert [(a.n, a.state) for a in missed.attempts()] == [(1, "done"), (2, "planned")]
    missed.time.on(minutes=55)
    assert missed.dial() == 1


def test_nobody_is_dialled_while_calling_us(missed):
    call_in(missed)
    missed.time.on(minutes=55)
    assert missed.dial() == 0


def test_an_unknown_caller_is_heard_too(missed):
    call_id = call_in(missed, "02-987-6543")
    with transaction() as db:
        call = db.get(Call, call_id)
        assert (call.resident_id, missed_call(db, call)) == (None, False)
        call_without_number = incoming(db, "anonymous", "CA9", missed.time())
        assert call_without_number.resident_id is None


def test_a_call_promised_to_somebody_who_called_us_is_made(office):
    office.residents(1)
    call_id = call_in(office)
    promised = office.time().replace(hour=15)
    office.held(call_id, "callback", callback_at=promised, needs_person="callback")
    office.keep_house()
    office.keep_house()
    (attempt,) = office.attempts()
    assert (attempt.reason, attempt.due_at) == ("promised", promised)
    office.time.at = promised
    assert office.dial() == 1


def test_a_person_need_not_call_whom_the_machine_reached(missed):
    with transaction() as db:
        first = db.query(Attempt).filter_by(n=2).one()
        db.add(Attempt(campaign_id=first.campaign_id, round=first.round, resident_id=first.resident_id, n=3, by="post",
                       due_at=missed.time(), not_after=missed.time(), created_at=missed.time()))  # fmt: skip
    missed.time.on(minutes=55)
    missed.dial()
    missed.held(missed.server.calls[-1].call_id)
    missed.keep_house()
    assert [a.result for a in missed.attempts()] == ["no_answer", "reached", "cancelled"]
