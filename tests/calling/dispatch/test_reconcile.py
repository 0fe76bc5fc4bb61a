"""When the line is slow, silent or broken: looked up, never asked again blindly."""

import itertools
import random
from datetime import timedelta

import pytest

from anbu.calling.dispatch.stuck import stuck
from anbu.store.session import transaction


@pytest.fixture
def due(office):
    """One resident whose call is due."""
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    return office


@pytest.mark.parametrize("how", ["500", "reset", "lost"])
def test_a_call_that_was_taken_without_saying_so_is_found_and_not_placed_again(due, how):
    due.server.misbehave = lambda n: how
    due.dial()
    assert [a.state for a in due.attempts()] == ["unknown"]
    due.time.on(seconds=3)
    due.keep_house()
    (attempt,) = due.attempts()
    assert (attempt.state, attempt.twilio_sid) == ("placed", due.server.calls[0].sid)
    due.dial()
    assert due.server.creates == 1


def test_a_request_that_never_arrived_is_made_again_only_once_that_is_sure(due):
    due.server.misbehave = lambda n: "unasked" if n == 1 else "ok"
    due.dial()
    due.time.on(seconds=3)
    due.keep_house()
    due.dial()
    assert due.server.creates == 1
    assert [a.state for a in due.attempts()] == ["unknown"]
    due.time.on(seconds=35)
    due.keep_house()
    due.dial()
    assert due.server.creates == 2
    assert [a.state for a in due.attempts()] == ["placed"]


def test_nobody_listening_is_no_call(due, configure):
    configure(TWILIO_API_URL="http://127.0.0.1:9")
    from anbu.calling.gateway.twilio import TwilioGateway

    due.gateway = TwilioGateway()
    due.dial()
    assert [(a.result, a.reason) for a in due.attempts(n=1)] == [("failed", "no_connection")]


def test_too_many_requests_use_up_nobodys_try(due):
    due.server.misbehave = lambda n: "429" if n < 4 else "ok"
    for _ in range(5):
        due.dial()
        due.time.on(seconds=3)
    assert [(a.state, a.n) for a in due.attempts()] == [("placed", 1)]
    assert len(due.server.calls) == 1


def test_our_own_account_failing_uses_up_nobodys_try(due):
    due.server.misbehave = lambda n: "400:20003" if n == 1 else "ok"
    due.dial()
    assert [(a.state, a.reason) for a in due.attempts()] == [("planned", "20003")]
    assert due.server.creates == 1
    due.time.on(seconds=61)
    due.dial()
    assert [a.state for a in due.attempts()] == ["placed"]


def test_callbacks_lost_are_made_up_for_by_a_look_up(due):
    due.dial()
    due.server.calls[0].status = "no-answer"
    due.time.on(minutes=2)
    due.keep_house()
    due.keep_house()
    assert due.attempts(n=1)[0].result == "no_answer"


def test_a_callback_before_the_answer_is_not_undone_by_it(due):
    def at_once(call):
        due.report("busy")
        due.keep_house()

    due.server.on_placed = at_once
    due.dial()
    assert [(a.n, a.state, a.result) for a in due.attempts()] == [(1, "done", "busy"), (2, "planned", None)]


STATUSES = ["initiated", "ringing", "no-answer"]


@pytest.mark.parametrize("order", list(itertools.permutations(STATUSES)))
def test_callbacks_in_any_order_doubled_or_dropped_end_the_same(due, order):
    due.dial()
    reports = [s for s in order for _ in range(2)]
    if order[0] != "no-answer":
        reports.remove(order[0])
    for status in reports:
        due.report(status, due.attempts(n=1)[0])
        due.keep_house()
    assert [(a.n, a.result) for a in due.attempts()] == [(1, "no_answer"), (2, None)]


def test_random_callbacks_end_the_same(due):
    chance = random.Random(5)
    due.dial()
    attempt = due.attempts()[0]
    reports = [*STATUSES, *STATUSES, "busy", "completed"]
    chance.shuffle(reports)
    first = next(s for s in reports if s in ("no-answer", "busy", "completed"))
    for status in reports:
        due.report(status, attempt)
        due.keep_house()
    assert len([a for a in due.attempts() if a.state == "done"]) == 1
    assert due.attempts(n=1)[0].result == {"no-answer": "no_answer", "busy": "busy", "completed": "failed"}[first]


def test_a_worker_lost_before_dialling_leaves_the_attempt_to_others(due):
    from anbu.calling.dispatch.claiming import claim

    claim("dead", due.time(), 5, timedelta(seconds=30))
    assert due.dial() == 0
    due.time.on(seconds=31)
    due.keep_house()
    assert due.dial() == 1


def test_a_worker_lost_while_dialling_leaves_it_unknown(due):
    due.server.on_placed = lambda call: (_ for _ in ()).throw(SystemExit)  # the server's thread dies: no answer
    due.dial()
    assert due.attempts()[0].state == "unknown"
    due.time.on(seconds=5)
    due.keep_house()
    assert due.attempts()[0].state == "placed"


def test_calls_the_line_still_holds_are_taken_back_when_the_window_ends(due):
    due.dial()
    due.time.on(hours=2)
    due.keep_house()
    due.keep_house()
    assert due.server.calls[0].status == "canceled"
    first, second = due.attempts()
    assert (first.result, second.due_at.astimezone(due.time().tzinfo).hour) == ("not_rung", 14)


def test_calls_not_made_in_their_window_move_to_the_next_without_losing_a_try(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=4)
    office.keep_house()
    (attempt,) = office.attempts()
    assert (attempt.state, attempt.n, attempt.due_at.astimezone(office.time().tzinfo).hour) == ("planned", 1, 14)


def test_what_is_stuck_is_listed_with_its_reason(due):
    due.server.misbehave = lambda n: "unasked"
    due.dial()
    due.time.on(minutes=5)
    with transaction() as db:
        (found,) = stuck(db, due.time())
        assert found.id == due.attempts()[0].id
        assert "걸렸는지 모릅니다" in found.why
