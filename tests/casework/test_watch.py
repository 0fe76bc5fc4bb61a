"""The ladder over injected time: real database, real rota."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from anbu.calling.record import add_resident, open_call
from anbu.casework.cases import raise_case
from anbu.casework.watch import escalate
from anbu.store.models import Account, AccountTown, Case, Duty, Outbox, new_id
from anbu.store.session import transaction
from tests.conftest import NOON

SATURDAY_NIGHT = NOON + timedelta(days=5, hours=11)


def account(db, login, role="officer", town="안부동", **more):
    person = Account(id=new_id(), login=login, name=login, role=role, created_at=NOON, **more)
    person.towns = [AccountTown(town=town)]
    db.add(person)
    db.flush()
    return person


def put_on_duty(db, person, position, town=None, start=NOON - timedelta(days=1), days=30):
    db.add(
        Duty(account_id=person.id, position=position, town=town, starts_at=start, ends_at=start + timedelta(days=days))
    )
    db.flush()


def a_case(db, priority="P0", now=NOON, town="안부동"):
    resident = add_resident(db, "김순자", None, now)
    resident.town = town
    call = open_call(db, resident, "outbound", "initial", now)
    call.town = town
    return raise_case(db, call, priority, ["위험신호: 구조 요청"], now)


@pytest.fixture
def house(database, configure):
    """Two on duty, one manager, each with a telephone, and text messages set up."""
    configure(TWILIO_ACCOUNT_SID="AC0", PHONE_NUMBER="+82212345678")
    with transaction() as db:
        first = account(db, "first", phone="010-0000-0001")
        second = account(db, "second", phone="010-0000-0002")
        account(db, "boss", "manager", phone="010-0000-0009")
        account(db, "elsewhere", "manager", town="다른동", phone="010-0000-0008")
        put_on_duty(db, second, 2)
        put_on_duty(db, first, 1)
    return database


def called(case_id):
    with transaction() as db:
        rows = db.scalars(select(Outbox).filter_by(case_id=case_id).order_by(Outbox.id))
        return [row.recipient[-4:] for row in rows]


def test_nobody_answers_next_on_duty_is_called_then_the_manager_again_and_again(house):
    with transaction() as db:
        case_id = a_case(db).id
    assert called(case_id) == ["0001"]
    seen = []
    for second in range(0, 1800, 5):
        escalate(NOON + timedelta(seconds=second))
        if len(called(case_id)) > len(seen):
            seen = called(case_id)
            print(second, seen)
    assert seen == ["0001", "0002", "0009", "0009", "0009"]


def test_once_taken_nobody_else_is_called(house):
    with transaction() as db:
        case = a_case(db)
        case.holder_id = db.scalars(select(Account.id).filter_by(login="first")).one()
        case_id = case.id
    escalate(NOON + timedelta(minutes=20))
    assert called(case_id) == ["0001"]


def test_put_down_again_the_others_are_called(house):
    with transaction() as db:
        case = a_case(db)
        case.acknowledged_at = NOON + timedelta(seconds=30)
        case_id = case.id
    escalate(NOON + timedelta(minutes=20))
    assert called(case_id) == ["0001", "0002", "0009"]


def test_taken_but_not_decided_holder_and_managers_are_reminded_once(house):
    with transaction() as db:
        case = a_case(db)
        holder = db.scalars(select(Account).filter_by(login="second")).one()
        case.acknowledged_at, case.holder_id = NOON, holder.id
        case.decide_by = case.due_at = NOON + timedelta(minutes=30)
        case_id = case.id
    escalate(NOON + timedelta(minutes=29))
    assert called(case_id) == ["0001"]
    assert escalate(NOON + timedelta(minutes=30)) == 1
    assert escalate(NOON + timedelta(minutes=31)) == 0
    assert called(case_id) == ["0001", "0002", "0009"]


def test_what_can_wait_wakes_nobody_at_night(house):
    with transaction() as db:
        case = a_case(db, "P2", NOON)
        case.acknowledge_by = case.due_at = NOON + timedelta(days=1)
        case_id = case.id
    escalate(SATURDAY_NIGHT)
    assert called(case_id) == []
    escalate(NOON + timedelta(days=7))
    assert called(case_id) == ["0001", "0002", "0009"]  # long overdue: everyone, each once
    escalate(NOON + timedelta(days=8))
    assert called(case_id) == ["0001", "0002", "0009"]


def test_case_of_another_town_goes_to_that_towns_people(house):
    with transaction() as db:
        local = account(db, "local", town="다른동", phone="010-0000-0003")
        put_on_duty(db, local, 1, town="다른동")
        case_id = a_case(db, town="다른동").id
    assert called(case_id) == ["0003"]  # one's own town's duty comes before everyone's


def test_with_no_rota_the_managers_are_called_at_once(house):
    with transaction() as db:
        db.query(Duty).delete()
        case_id = a_case(db).id
    assert called(case_id) == ["0009"]
    escalate(NOON + timedelta(seconds=1))
    assert called(case_id) == ["0009"]
    escalate(NOON + timedelta(minutes=10))
    assert called(case_id) == ["0009", "0009"]


def test_with_no_way_to_page_the_page_stays_on_record(database):
    with transaction() as db:
        case_id = a_case(db).id
        assert db.scalars(select(Outbox).filter_by(case_id=case_id)).one().channel is None
    escalate(NOON + timedelta(minutes=10))
    with transaction() as db:
        assert db.get(Case, case_id).escalated == 1 + 1


def test_a_night_without_anyone_costs_one_round_not_hundreds(house):
    with transaction() as db:
        case_id = a_case(db).id
    escalate(NOON + timedelta(hours=12))  # the watch was down
    assert called(case_id) == ["0001", "0002", "0009"]
