import pytest
from sqlalchemy import select

from anbu.calling.record import (
    add_resident,
    find_call,
    find_turn,
    hear,
    levels_of,
    note_understanding,
    open_call,
    raise_signal,
    resolve_pending,
)  # fmt: skip
from anbu.errors import NotFound
from anbu.language.types import Signal
from anbu.store.models import Case, Outbox, ReadingRow, SignalRow
from anbu.store.session import transaction
from tests.conftest import NOON


def signal(code, confirm=False):
    return Signal(code, "말", 0, 1, confirm, "rule:test")


@pytest.fixture
def db(database):
    with transaction() as session:
        yield session


@pytest.fixture
def call(db):
    return open_call(db, add_resident(db, "김순자", None, NOON), "outbound", "initial", NOON)


def cases(db):
    return db.scalars(select(Case)).all()


def test_utterance_its_signal_and_the_case_are_one_transaction(database):
    with transaction() as db:
        call_id = open_call(db, None, "outbound", "initial", NOON).id
    with pytest.raises(RuntimeError), transaction() as db:
        hear(db, find_call(db, call_id), 0, NOON, heard="말", signals=[signal("scam")])
        raise RuntimeError("crash before the commit")
    with transaction() as db:
        assert (cases(db), db.scalars(select(SignalRow)).all()) == ([], [])
        hear(db, find_call(db, call_id), 0, NOON, heard="말", signals=[signal("scam")])
    with transaction() as db:
        assert [c.priority for c in cases(db)] == ["P1"]


def test_signals_raise_one_case_and_p0_pages_once(db, call):
    hear(db, call, 0, NOON, heard="말", signals=[signal("scam")])
    hear(db, call, 1, NOON, heard="말", signals=[signal("violence")])
    hear(db, call, 2, NOON, heard="말", signals=[signal("starvation")])
    (case,) = cases(db)
    assert case.priority == "P0"
    assert (case.acknowledge_by - case.opened_at).total_seconds() == 60
    assert len(case.reasons) == 3
    assert [row.dedupe_key for row in db.scalars(select(Outbox))] == [f"{case.id}:P0"]


def test_page_carries_no_words_of_the_resident(db, call):
    hear(db, call, 0, NOON, heard="살려 주세요", signals=[signal("plea_for_help")])
    assert "살려" not in str(db.scalars(select(Outbox)).one().body)


def test_same_signal_of_one_turn_is_kept_once_and_becomes_certain(db, call):
    turn = hear(db, call, 0, NOON, heard="말", signals=[signal("scam", confirm=True)])
    raise_signal(db, call, turn, signal("scam"), NOON)
    (row,) = db.scalars(select(SignalRow)).all()
    assert (row.confirm, row.state) == (False, "raised")


def test_ambiguous_word_opens_a_case_and_pages_nobody(db, call):
    hear(db, call, 0, NOON, heard="아파 죽겠어", signals=[signal("medical_emergency", confirm=True)])
    assert [c.priority for c in cases(db)] == ["P1"]
    assert db.scalars(select(Outbox)).all() == []


@pytest.mark.parametrize(("confirmed", "state"), [(True, "raised"), (False, "denied")])
def test_confirming_question_settles_a_pending_signal(db, call, confirmed, state):
    hear(db, call, 0, NOON, heard="아파 죽겠어", signals=[signal("medical_emergency", confirm=True)])
    resolve_pending(db, call, "medical_emergency", confirmed, NOON)
    assert db.scalars(select(SignalRow)).one().state == state


def test_turn_is_found_by_number_or_token(db, call):
    turn = hear(db, call, 3, NOON, heard="말", token="t-1")
    assert find_turn(db, call, 3, None) is turn
    assert find_turn(db, call, 9, "t-1") is turn
    assert find_turn(db, call, 9, "t-2") is None


def test_unknown_call(db):
    with pytest.raises(NotFound):
        find_call(db, "nobody")


def test_factors_outside_the_vocabulary_are_not_stored(db, call):
    turn = hear(db, call, 0, NOON, topic="meals", heard="말")
    factors = {"meals": {"level": 2, "quote": "말"}, "shoe_size": {"level": 1, "quote": "말"}}
    note_understanding(db, call, turn, {"act": "inform", "factors": factors, "signals": []}, "m1", NOON)
    (row,) = db.scalars(select(ReadingRow)).all()
    assert (row.factor, row.level, row.asked, row.model) == ("meals", 2, True, "m1")


def reading(level, factor="meals", asked=False, corrects=False):
    return ReadingRow(factor=factor, level=level, asked=asked, corrects=corrects)


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([reading(1), reading(2)], 2),  # the more serious of two remarks
        ([reading(2), reading(0)], 2),  # "괜찮아요" in passing takes nothing back
        ([reading(2), reading(0, asked=True)], 2),  # nor as a short answer after a clear account
        ([reading(1), reading(0, asked=True)], 0),  # but it settles a slight remark
        ([reading(2, asked=True), reading(0, asked=True)], 0),  # asked again, answered anew
        ([reading(2), reading(0, corrects=True)], 0),  # a correction is a correction
        ([reading(1, "self_harm"), reading(0, "self_harm", asked=True)], 1),  # a "no" clears nobody
        ([reading(2, "self_harm"), reading(0, "self_harm", corrects=True)], 2),
    ],
)
def test_which_reading_stands(rows, level):
    assert levels_of(rows)[rows[0].factor].level == level
