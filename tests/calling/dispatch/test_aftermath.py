"""What follows a call: retries by result, the person's list, unreachable, visit and post; promises are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from anbu.calling.closing import close_call
from anbu.calling.dispatch.aftermath import record_person
from anbu.calling.record import open_call
from anbu.calling.residents.standing import obstacle
from anbu.clock import SEOUL
from anbu.store.campaigns import Attempt
from anbu.store.models import AssessmentRow, Call, Case, Resident, SignalRow
from anbu.store.session import transaction
from tests.calling.office import MONDAY


def ring(office, status):
    """One call that ends so."""
    assert office.dial() == 1
    office.report(status)
    office.keep_house()


@pytest.mark.parametrize(
    ("status", "again"),
    [("busy", timedelta(minutes=10)), ("no-answer", timedelta(minutes=60)), ("failed", timedelta(minutes=30))],
)
def test_each_result_waits_as_the_policy_says(office, status, again):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    at = office.time()
    ring(office, status)
    (planned,) = office.attempts(state="planned")
    assert (planned.n, planned.by, planned.due_at) == (2, "machine", at + again)


def test_a_machine_is_no_answer_and_is_tried_in_the_next_window(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    office.dial()
    with transaction() as db:
        db.scalars(select(Call)).one().answered_by = "machine_start"
    office.report("completed")
    office.keep_house()
    done, planned = office.attempts()
    assert (done.result, planned.due_at) == ("machine", MONDAY.replace(hour=14))
    with transaction() as db:
        assert db.scalars(select(AssessmentRow)).all() == []  # a machine says nothing of the resident


def test_a_retry_that_falls_out_of_the_window_waits_for_the_next(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=2, minutes=30)
    ring(office, "no-answer")
    (planned,) = office.attempts(state="planned")
    assert planned.due_at == MONDAY.replace(hour=14)


def test_after_the_tries_a_person_then_unreachable_then_visit_and_post(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    for _ in range(3):
        ring(office, "no-answer")
        office.time.at = max(office.time(), *(a.due_at for a in office.attempts(state="planned"))).astimezone(SEOUL)
    (person,) = office.attempts(state="planned")
    assert (person.by, person.reason) == ("person", "no_answer")
    with transaction() as db:
        assert db.scalars(select(Case)).all() == []  # an unanswered ring alone troubles nobody
    for _ in range(2):
        with transaction() as db:
            record_person(db, db.scalars(select(Attempt).filter_by(state="planned")).one(), "no_answer", office.time())
    assert [a.by for a in office.attempts(state="planned")] == ["visit", "post"]
    with transaction() as db:
        case = db.scalars(select(Case)).one()
        assert case.priority == "P1"
        assert db.scalars(select(SignalRow.code)).all() == ["unreachable"]
        assert db.scalars(select(AssessmentRow)).one().levels["call_pattern"] == 3


def test_unreachable_after_a_grave_assessment_is_urgent(office):
    (who,) = office.residents(1)
    with transaction() as db:
        call = open_call(db, db.get(Resident, who), "outbound", "weekly", office.time())
        close_call(db, call, "completed", office.time()).band = "high"
        db.flush()
        db.query(Case).delete()
    office.campaign(retry={"tries": 1, "busy": "1m", "no_answer": "1m", "failed": "1m", "machine": "1m",
                           "person": {"tries": 0, "within": "1h"}, "then": ["visit"]})  # fmt: skip
    office.time.on(hours=1)
    ring(office, "no-answer")
    with transaction() as db:
        case = db.scalars(select(Case)).one()
        assert case.priority == "P0"
        assert "직전 평가가 고위험인데 연락이 닿지 않음" in case.reasons


def test_a_person_who_does_not_call_in_time_does_not_let_anybody_be_forgotten(office):
    office.residents(1, phone=None, phone_hash=None)
    office.campaign()
    (person,) = office.attempts()
    assert (person.by, person.reason) == ("person", "no_number")
    office.time.at = person.not_after.astimezone(SEOUL)
    office.keep_house()
    with transaction() as db:
        assert db.scalars(select(Case)).one().priority == "P1"
    assert [a.by for a in office.attempts(state="planned")] == ["visit", "post"]


def test_a_person_who_reaches_the_resident_ends_it(office):
    office.residents(1, phone=None, phone_hash=None)
    office.campaign()
    with transaction() as db:
        record_person(db, db.scalars(select(Attempt)).one(), "reached", office.time())
    office.time.on(days=3)
    office.keep_house()
    assert [a.result for a in office.attempts()] == ["reached"]


def test_a_held_call_ends_the_round(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    office.dial()
    office.held(office.server.calls[0].call_id)
    office.keep_house()
    assert [a.result for a in office.attempts()] == ["reached"]


def test_a_promised_call_is_made_when_it_was_promised(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    office.dial()
    promised = MONDAY.replace(day=24, hour=9, minute=30)  # before the campaign's own window opens
    office.held(office.server.calls[0].call_id, "callback", callback_at=promised, needs_person="callback")
    office.keep_house()
    (planned,) = office.attempts(state="planned")
    assert (planned.due_at, planned.rank, planned.reason) == (promised, 0, "promised")
    office.time.at = promised
    assert office.dial() == 1


def test_opting_out_in_a_call_ends_every_campaign(office):
    (who,) = office.residents(1)
    office.campaign(name="하나")
    office.campaign(name="둘")
    office.time.on(hours=1)
    office.dial()
    office.held(office.server.calls[0].call_id, "opt_out")
    office.keep_house()
    assert office.dial() == 0
    with transaction() as db:
        assert obstacle(db.get(Resident, who)) == "asked"


def test_a_wrong_number_is_never_dialled_again_and_goes_to_a_person(office):
    (who,) = office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    office.dial()
    office.held(office.server.calls[0].call_id, "wrong_number")
    office.keep_house()
    assert [(a.by, a.reason) for a in office.attempts(state="planned")] == [("person", "wrong_number")]
    with transaction() as db:
        assert obstacle(db.get(Resident, who)) == "wrong_number"


def test_a_number_that_does_not_exist_goes_to_a_person_at_once(office):
    (who,) = office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    office.server.misbehave = lambda n: "400:21211"
    office.dial()
    assert [(a.result, a.reason) for a in office.attempts(by="machine")] == [("permanent", "21211")]
    assert [(a.by, a.reason) for a in office.attempts(state="planned")] == [("person", "unassigned")]
    with transaction() as db:
        assert db.get(Resident, who).phone_state == "unassigned"


def test_missed_tries_show_in_the_next_assessment(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    ring(office, "busy")
    office.time.on(minutes=10)
    office.dial()
    from anbu.calling.record import hear

    with transaction() as db:
        call = db.get(Call, office.server.calls[1].call_id)
        hear(db, call, 0, office.time())
        hear(db, call, 1, office.time(), topic="identity", heard="네")
        assert close_call(db, call, "completed", office.time()).levels["call_pattern"] == 1
