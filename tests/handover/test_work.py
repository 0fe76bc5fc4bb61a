"""Orders carried out, and open hand-overs looked after."""

from datetime import timedelta

import pytest

from anbu.calling.closing import sweep
from anbu.handover import machine
from anbu.handover.line import Line
from anbu.handover.work import carry_out, look_after
from anbu.rehearsal.exchange import ACCOUNT, telephone_exchange
from anbu.store.models import Call, Handover
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.handover.test_machine import FIRST, SECOND, danger


@pytest.fixture
def begun(database, configure, noon):
    """A hand-over of which the first telephone is about to ring."""
    configure(ON_DUTY_NUMBERS=f"{FIRST},{SECOND}")
    with transaction() as db:
        call = danger(db)
        call.started_at, call.twilio_sid = NOON, "CA-resident"
        h, orders = machine.begin(db, call, "danger", NOON, False)
    return h.call_id, orders


def now_open(call_id) -> Handover:
    with transaction() as db:
        h = machine.latest(db, call_id)
        assert h.legs
        return h


def test_a_rota_of_dead_numbers_is_gone_through_and_the_resident_is_brought_back(begun):
    call_id, orders = begun
    with telephone_exchange(fails=lambda kind, nth: "400:21211" if kind == "create" else None) as exchange:
        carry_out(orders, Line(ACCOUNT, "token", "+8221200120", exchange.url))
    h = now_open(call_id)
    assert h.state == "choosing"
    assert [leg.result for leg in h.legs] == ["error", "error"]
    assert exchange.moves["CA-resident"].endswith(f"/handover?call={call_id}")


def test_whoever_asks_anyway_is_not_moved(begun):
    call_id, orders = begun
    with telephone_exchange(fails=lambda kind, nth: "400:21211" if kind == "create" else None) as exchange:
        carry_out(orders, Line(ACCOUNT, "token", "+8221200120", exchange.url), here=call_id)
    assert exchange.moves == {}


def test_orders_never_raise(begun):
    call_id, orders = begun
    carry_out([*orders, machine.Order("hang_up", "nobody")], Line(ACCOUNT, "token", "+82", "http://127.0.0.1:9"))
    assert now_open(call_id).direct


def test_silent_telephones_are_given_up_by_the_clock(begun):
    call_id, _ = begun
    assert look_after(NOON + timedelta(seconds=40), None) == 1
    assert now_open(call_id).legs[0].result == "no_answer"


def test_a_long_talk_is_not_swept_away_and_what_was_left_behind_is(begun):
    call_id, _ = begun
    with transaction() as db:
        h = machine.current(db, call_id)
        machine.accept(db, h.legs[0], NOON)
        machine.joined(h, NOON)
    later = NOON + timedelta(minutes=20)
    assert sweep(later, 300) == []
    assert look_after(later, None) == 1
    assert now_open(call_id).state == "talking"
    look_after(NOON + timedelta(hours=3), None)
    assert now_open(call_id).outcome == "spoke"
    with transaction() as db:
        assert db.get(Call, call_id).outcome == "handed_over"
