import pytest
from sqlalchemy import select

from anbu.calling.answers import from_bare_answer, from_keypad, infer_signals, nothing
from anbu.calling.record import hear, open_call
from anbu.language.types import Signal
from anbu.store.models import SignalRow
from anbu.store.session import transaction
from tests.conftest import NOON


@pytest.mark.parametrize(
    ("act", "ask", "level"),
    [("affirm", {"topic": "meals", "yes": 0, "no": 2}, 0), ("deny", {"topic": "meals", "yes": 0, "no": 2}, 2),
     ("affirm", {"topic": "meals"}, None), ("affirm", {"topic": "consent", "yes": 0}, None), ("deny", {}, None),
     ("want_human", {"topic": "meals", "yes": 0, "no": 2}, None)],
)  # fmt: skip
def test_keys_mean_what_the_question_says(act, ask, level):
    assert from_keypad(act, "1", ask)["factors"].get("meals", {}).get("level") == level


def understood(act, level=None, signals=()):
    factors = {"self_harm": {"level": level}} if level is not None else {}
    return {**nothing(), "act": act, "factors": factors, "signals": list(signals)}


@pytest.fixture
def db(database):
    with transaction() as session:
        yield session


@pytest.fixture
def call(db):
    return open_call(db, None, "outbound", "initial", NOON)


def codes(signals):
    return [s["code"] for s in signals]


@pytest.mark.parametrize(("level", "code"), [(1, "suicide_ideation"), (2, "suicide_ideation"), (3, "suicide_imminent")])
def test_yes_to_the_direct_question_is_a_signal(db, call, level, code):
    turn = hear(db, call, 0, NOON, topic="self_harm", heard="네")
    assert codes(infer_signals(db, call, turn, understood("affirm", level), "self_harm", NOON)) == [code]


def test_no_to_the_direct_question_is_none(db, call):
    turn = hear(db, call, 0, NOON, topic="self_harm", heard="아니요")
    assert infer_signals(db, call, turn, understood("deny", 0), "self_harm", NOON) == []


def test_plan_makes_it_imminent(db, call):
    turn = hear(db, call, 0, NOON, topic="suicide_plan", heard="네")
    assert codes(infer_signals(db, call, turn, understood("affirm"), "suicide_plan", NOON)) == ["suicide_imminent"]


@pytest.mark.parametrize(("act", "state", "new"), [("affirm", "raised", ["medical_emergency"]), ("deny", "denied", []),
                                                    ("inform", "pending", [])])  # fmt: skip
def test_confirming_question(db, call, act, state, new):
    hear(db, call, 0, NOON, heard="아파 죽겠어", signals=[Signal("medical_emergency", "아파", 0, 2, True, "rule:x")])
    turn = hear(db, call, 1, NOON, topic="danger_check", heard="말")
    assert codes(infer_signals(db, call, turn, understood(act), "danger_check", NOON)) == new
    assert db.scalars(select(SignalRow)).first().state == state


def test_signal_said_again_is_not_new(db, call):
    said = {"code": "scam", "quote": "말", "start": 0, "end": 1, "confirm": False}
    hear(db, call, 0, NOON, heard="말", signals=[Signal("scam", "말", 0, 1, False, "rule:x")])
    turn = hear(db, call, 1, NOON, heard="말")
    assert infer_signals(db, call, turn, understood("inform", signals=[said]), "meals", NOON) == []


@pytest.mark.parametrize(
    ("heard", "level"),
    [
        ("네", 0),
        ("아니요", 2),
        ("없어요", 2),
        ("있지", 0),
        ("네 괜찮아요", 0),
        ("글쎄요", None),
        ("네 근데 멀리 살아서 못 와요", None),
    ],
)
def test_bare_answer_means_what_the_question_says(heard, level):
    ask = {"topic": "support", "yes": 0, "no": 2}
    assert from_bare_answer(nothing(), heard, ask)["factors"].get("support", {}).get("level") == level


def test_bare_answer_to_an_open_question_means_nothing():
    assert from_bare_answer(nothing(), "네", {"topic": "meals"})["factors"] == {}
