"""Transactions in a row, and which of them wait for the disk."""

from sqlalchemy import text

from anbu.calling.record import add_resident, open_call
from anbu.store.models import Call
from anbu.store.session import open_session, transaction
from tests.conftest import NOON


def synchronous(db):
    return {2: "FULL", 1: "NORMAL"}[db.execute(text("PRAGMA synchronous")).scalar()]


def test_only_a_hasty_transaction_does_not_wait_for_the_disk(database):
    with transaction() as db:
        assert synchronous(db) == "FULL"
    with transaction(lasting=False) as db:
        assert synchronous(db) == "NORMAL"
        add_resident(db, "김순자", None, NOON)
    with transaction() as db:
        assert synchronous(db) == "FULL"


def test_hasty_work_is_there_for_everyone_and_undone_on_an_exception(database):
    with transaction(lasting=False) as db:
        call_id = open_call(db, None, "outbound", "initial", NOON).id
    try:
        with transaction(lasting=False) as db:
            db.get(Call, call_id).outcome = "completed"
            raise RuntimeError
    except RuntimeError:
        pass
    with transaction() as db:
        assert db.get(Call, call_id).outcome is None


def test_a_session_goes_on_with_what_it_knows(database):
    with open_session() as session:
        with transaction(session) as db:
            call = open_call(db, None, "outbound", "initial", NOON)
        with transaction(session, lasting=False) as db:
            assert db.get(Call, call.id) is call
            call.outcome = "completed"
    with transaction() as db:
        assert db.get(Call, call.id).outcome == "completed"
