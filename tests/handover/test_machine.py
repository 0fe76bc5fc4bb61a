"""The states of a hand-over, without a telephone: events late, twice or lost."""

from datetime import timedelta

import pytest

from anbu.calling.record import add_resident, hear, open_call
from anbu.handover import machine
from anbu.handover.duty import targets
from anbu.handover.machine import ALLOWED, Order
from anbu.language.types import Signal
from anbu.store.models import Account, AccountTown, Case, Duty, Outbox
from anbu.store.session import transaction
from tests.conftest import NOON

FIRST, SECOND = "+82200000001", "+82200000002"
LATER = NOON + timedelta(seconds=90)


@pytest.fixture
def db(database, configure):
    configure(ON_DUTY_NUMBERS=f"{FIRST},{SECOND}")
    with transaction() as session:
        yield session


def danger(db, code="medical_emergency"):
    call = open_call(db, add_resident(db, "김순자", "+821012345678", NOON), "outbound", "initial", NOON)
    hear(db, call, 1, NOON, heard="…", signals=[Signal(code, "…", 0, 1, False, "test")])
    return call


def begun(db, why="danger", direct=False, **kwargs):
    h, orders = machine.begin(db, danger(db, **kwargs), why, NOON, direct)
    return h, h.legs, orders


def test_it_begins_with_a_case_and_one_ringing_telephone(db):
    h, legs, orders = begun(db)
    assert (h.state, h.case.priority) == ("ringing", "P0")
    assert orders == [Order("dial", legs[0].id)]
    again, none = machine.begin(db, h.call, "danger", NOON, False)
    assert (again, none) == (h, [])


def test_with_nobody_to_ring_there_is_no_hand_over(db, configure):
    configure(ON_DUTY_NUMBERS="")
    assert machine.begin(db, danger(db), "danger", NOON, False) == (None, [])


def test_each_ending_is_taken_once_however_often_it_is_told(db):
    h, legs, _ = begun(db)
    orders = machine.over(db, legs[0], "busy", NOON)
    assert orders == [Order("dial", legs[1].id), Order("move", h.call_id)]
    assert machine.over(db, legs[0], "no_answer", NOON) == []
    assert legs[0].result == "busy"


def test_a_late_key_1_is_welcome_while_the_resident_waits_and_ends_the_other_ringing(db):
    h, legs, _ = begun(db)
    machine.over(db, legs[0], "no_answer", NOON)
    how, orders = machine.accept(db, legs[0], NOON)
    assert how == "accepted"
    assert Order("hang_up", legs[1].id) in orders
    assert h.state == "joining"
    assert machine.accept(db, legs[1], NOON) == ("taken", [])


def test_who_comes_when_the_resident_has_gone_is_told_so(db):
    h, legs, _ = begun(db)
    machine.left(db, h.call, NOON)
    assert machine.answered(legs[0], NOON) == "gone"
    assert machine.accept(db, legs[0], NOON)[0] == "gone"
    assert h.outcome == "resident_left"


def test_the_callback_that_never_comes_is_missed_and_made_up_for(db):
    h, legs, _ = begun(db)
    assert machine.tick(db, h, NOON + timedelta(seconds=5)) == []
    orders = machine.tick(db, h, NOON + timedelta(seconds=31))
    assert orders[0] == Order("hang_up", legs[0].id)
    assert (legs[0].result, legs[1].state) == ("no_answer", "dialing")


def test_a_telephone_taken_by_silence_is_given_up(db):
    h, legs, _ = begun(db)
    machine.answered(legs[0], NOON)
    machine.tick(db, h, NOON + timedelta(seconds=40))
    assert legs[0].result == "no_key"


def test_a_talk_is_a_talk_from_some_length_on(db):
    h, legs, _ = begun(db)
    machine.accept(db, legs[0], NOON)
    machine.joined(h, NOON)
    machine.joined(h, LATER)  # told twice
    machine.over(db, legs[0], "left", LATER)
    assert (h.outcome, h.spoke_from, h.spoke_to) == ("spoke", NOON, LATER)
    assert h.spoke_with == "당번 1"


def test_the_end_of_the_room_stands_for_a_lost_callback(db):
    h, legs, _ = begun(db)
    machine.accept(db, legs[0], NOON)
    machine.joined(h, NOON)
    h.untimed = True
    machine.back(db, h, LATER)
    assert h.outcome == "spoke"


def test_a_resident_who_leaves_after_a_talk_has_spoken(db):
    h, legs, _ = begun(db)
    machine.accept(db, legs[0], NOON)
    machine.joined(h, NOON)
    assert Order("send_away", legs[0].id) in machine.left(db, h.call, LATER)
    assert h.outcome == "spoke"


def test_nobody_and_no_wish_for_an_emergency_line_ends_with_a_page(db):
    h, _, _ = begun(db)
    for leg in h.legs[:2]:
        machine.over(db, leg, "no_answer", NOON)
    assert h.state == "choosing"
    machine.choose(db, h, None, NOON)
    for leg in h.legs[2:]:
        machine.over(db, leg, "no_answer", NOON)
    assert (h.state, h.outcome) == ("ended", "nobody")
    keys = {row.dedupe_key.split(":", 1)[1] for row in db.query(Outbox)}
    assert "handover_failed" in keys


def test_who_only_asked_is_offered_no_emergency_line(db):
    h, _, _ = begun(db, why="asked")
    for leg in h.legs:
        machine.over(db, leg, "no_answer", NOON)
    assert h.outcome == "nobody"


def test_what_has_ended_stays_ended(db):
    h, _, _ = begun(db)
    machine.left(db, h.call, NOON)
    assert ALLOWED["ended"] == set()
    with pytest.raises(ValueError, match="ended"):
        machine._to(h, "ringing", NOON)


def test_rest_that_is_down_makes_it_direct_and_a_bad_number_does_not(db):
    h, legs, _ = begun(db)
    machine.dial_failed(db, legs[0], NOON, permanent=True)
    assert (h.direct, legs[0].result, legs[1].state) == (False, "error", "dialing")
    assert machine.dial_failed(db, legs[1], NOON, permanent=False) == [Order("move", h.call_id)]
    assert (h.direct, legs[1].state) == (True, "dialing")


def account(db, login, role, phone, town="안부동"):
    person = Account(login=login, name=login, role=role, phone=phone, created_at=NOON, towns=[AccountTown(town=town)])
    db.add(person)
    db.flush()
    return person


def test_the_rota_comes_first_then_managers_and_nobody_twice(db):
    second, first = account(db, "이둘", "officer", SECOND), account(db, "김하나", "officer", FIRST)
    manager = account(db, "박관리", "manager", "+82200000009")
    for position, person in ((2, second), (1, first), (3, first)):
        db.add(
            Duty(account_id=person.id, town="안부동", position=position, starts_at=NOON - timedelta(hours=1),
                 ends_at=NOON + timedelta(hours=1))
        )  # fmt: skip
    db.flush()
    assert [(t.label, t.role) for t in targets(db, "안부동", NOON)] == [
        ("김하나", "officer"), ("이둘", "officer"), ("박관리", "manager"),
    ]  # fmt: skip
    assert [t.label for t in targets(db, "먼동", NOON)] == ["당번 1", "당번 2"]
    call = danger(db)
    call.town = "안부동"
    h, _ = machine.begin(db, call, "danger", NOON, False)
    machine.accept(db, h.legs[0], NOON)
    case = db.query(Case).one()
    assert (case.holder_id, case.acknowledged_at) == (first.id, NOON)
    assert manager.id != case.holder_id


def test_numbers_are_not_readable_in_the_file(database, configure, tmp_path):
    configure(ON_DUTY_NUMBERS=FIRST)
    with transaction() as db:
        begun(db)
    content = b"".join(f.read_bytes() for f in tmp_path.glob("anbu.db*"))
    assert b"handover_legs" in content
    assert FIRST.encode() not in content
