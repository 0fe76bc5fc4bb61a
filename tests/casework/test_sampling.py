"""The blind second look, on both databases."""

from __future__ import annotations

import pytest

from anbu.assessment.vocabulary import vocabulary
from anbu.casework import sampling
from anbu.errors import NotFound, Refused
from anbu.store.models import Account, AuditEntry, Case, Sample
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world

WELL = [("식사는 어떠세요?", "meals", "세 끼 먹어요", {"meals": (0, "세 끼")}, [])]
LEVELS = dict.fromkeys([f for f in vocabulary().factors if f != "call_pattern"], 0)


@pytest.fixture
def kim(each_database, configure):
    configure(SAMPLE_SHARE=1)
    return world.account("kim", "officer", ["안부1동"])


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (0.3, 5, 35), (1, 60, 60)])
def test_about_the_share_of_quiet_calls_is_drawn(database, configure, share, least, most):
    configure(SAMPLE_SHARE=share)
    with transaction() as db:
        for n in range(60):
            world.call(db, f"주민{n}", WELL)
        assert least <= db.query(Sample).count() <= most


def test_only_calls_with_nothing_to_worry_about_are_drawn(kim):
    with transaction() as db:
        world.call(db, "최은희", world.HUNGRY)
        assert db.query(Sample).count() == 0


def test_dice_of_a_call_do_not_change(kim):
    assert sampling.dice("a") == sampling.dice("a") != sampling.dice("b")
    assert 0 <= sampling.dice("a") < 1


def test_agreeing_second_look_opens_no_case(kim):
    with transaction() as db:
        world.call(db, "오복자", WELL)
        sample = sampling.score(db, db.query(Sample).one(), db.get(Account, kim), LEVELS, [], "", NOON)
        assert (sample.missed, sample.priority, sample.band) == (False, "P3", "none")
        assert db.query(Case).count() == 0
        with pytest.raises(Refused, match="이미"):
            sampling.score(db, sample, db.get(Account, kim), LEVELS, [], "", NOON)


def test_what_the_machine_missed_becomes_a_case(kim):
    with transaction() as db:
        world.call(db, "오복자", WELL)
        sample = db.query(Sample).one()
        sampling.score(db, sample, db.get(Account, kim), LEVELS, ["scam"], "송금하라는 전화 이야기", NOON)
        case = db.query(Case).one()
        assert (sample.missed, case.priority, case.call_id) == (True, "P1", sample.call_id)
        assert case.reasons == ["두 번째 확인에서 찾음: 위험신호: 금융사기·착취"]
        assert db.query(AuditEntry).filter_by(action="sample.scored").one().detail == {"priority": "P1", "missed": True}


def test_every_factor_needs_an_answer_and_unknown_is_one(kim):
    with transaction() as db:
        world.call(db, "오복자", WELL)
        sample, account = db.query(Sample).one(), db.get(Account, kim)
        with pytest.raises(Refused, match="미확인"):
            sampling.score(db, sample, account, {"meals": 0}, [], "", NOON)
        sampling.score(db, sample, account, dict.fromkeys(LEVELS, None), [], "", NOON)
        assert sample.band == "held"
        assert sample.missed  # what cannot be known is not fine: a person looks


def test_sample_of_another_town_is_not_found(kim):
    with transaction() as db:
        world.call(db, "서미자", WELL, town="안부2동")
        account = db.get(Account, kim)
        assert sampling.waiting(db, account) == []
        with pytest.raises(NotFound):
            sampling.find_sample(db, account, db.query(Sample).one().id)
