from datetime import date

import pytest
import yaml

from anbu.casework.board import Period
from anbu.casework.examples import as_yaml, examples, nameless
from anbu.language import corpus
from anbu.store.models import Correction
from anbu.store.session import transaction
from tests.casework.making import account, call, case, resident
from tests.casework.test_board import WEEK, review, sample
from tests.conftest import NOON

SAID = [
    ("meals", "김순자는 하루 한 끼도 겨우 먹어요 010 1234 5678", "meals", 0),
    ("mood", "잠을 통 못 자요", None, None),
]


@pytest.fixture
def corrected(database):
    """An officer raised meals to 3, decided; a sample's scorer read mood 2 where the machine read nothing."""
    with transaction() as db:
        officer = account(db, "officer")
        first = call(db, resident(db), said=SAID, levels={"meals": 0})
        its_case = case(db, first)
        decision = review(db, its_case, officer)
        db.add(
            Correction(
                case_id=its_case.id, review_id=decision.id, account_id=officer.id, kind="factor", code="meals",
                before=0, after=3, lowers=False, reason="거의 못 드심", at=NOON,
            )
        )  # fmt: skip
        second = call(db, resident(db, "이철수"), said=SAID, levels={"mood": None})
        sample(db, second, machine={"mood": None, "meals": 0}, levels={"mood": 2, "meals": 0})
    return database


def found(who="officer", period=WEEK):
    from sqlalchemy import select

    from anbu.store.models import Account

    with transaction() as db:
        return examples(db, db.scalars(select(Account).filter_by(login=who)).one(), period)


def test_what_people_read_otherwise_becomes_examples_without_names_and_numbers(corrected):
    labels = {(e.code, e.level, e.text) for e in found()}
    assert labels == {("meals", 3, "○○는 하루 한 끼도 겨우 먹어요 ○○○○"), ("mood", 2, "잠을 통 못 자요")}


def test_examples_have_the_form_that_training_reads(corrected, tmp_path):
    text = as_yaml(found(), WEEK)
    for document in text.split("---\n")[1:]:
        path = tmp_path / document.splitlines()[0].removeprefix("# data/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")
    for name in ("open_talk", "corrections"):
        (tmp_path / "answers" / f"{name}.yml").write_text(f"{name}: []", encoding="utf-8")
    taught = {(e.text, tuple(e.levels.items())) for e in corpus.examples(tmp_path)}
    assert ("잠을 통 못 자요", (("mood", 2),)) in taught
    assert len(taught) == 2


def test_signal_overturned_and_signal_added(corrected):
    with transaction() as db:
        officer = account(db, "second")
        its_call = call(db, said=[("closing", "더워 죽겠네", None, None)])
        from sqlalchemy import select

        from anbu.store.models import SignalRow, Turn

        turn = db.scalars(select(Turn).filter_by(call_id=its_call.id)).one()
        db.add(SignalRow(call_id=its_call.id, turn_id=turn.id, code="hazard", source="rule:x", at=NOON, quote="더워"))
        its_case = case(db, its_call)
        decision = review(db, its_case, officer)
        db.add(
            Correction(
                case_id=its_case.id, review_id=decision.id, account_id=officer.id, kind="signal", code="hazard",
                before=1, after=0, lowers=True, reason="그냥 하신 말씀", at=NOON,
            )
        )  # fmt: skip
    documents = list(yaml.safe_load_all(as_yaml(found("second"), WEEK)))
    assert {"hard_negatives": [{"text": "더워 죽겠네", "near": "hazard", "why": "review"}]} in documents


def test_nothing_of_another_town_or_period(corrected):
    with transaction() as db:
        account(db, "elsewhere", towns=("다른동",))
    assert found("elsewhere") == []
    assert found(period=Period(date(2026, 1, 1), date(2026, 1, 2))) == []


def test_decision_the_manager_overrode_teaches_no_lowering(corrected):
    from sqlalchemy import select

    from anbu.store.models import Review

    with transaction() as db:
        db.scalars(select(Review)).one().state = "returned"
    assert [e.code for e in found()] == ["mood"]


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("김순자 할머니 집이야", "○○ 할머니 집이야"),
        ("순자야 하고 불렀어", "○○야 하고 불렀어"),
        ("번호는 010-1234-5678", "번호는 ○○○○"),
        ("3일 굶었어", "3일 굶었어"),
    ],
)
def test_names_and_numbers_are_taken_out(text, without):
    assert nameless(text, ["김순자"]) == without
