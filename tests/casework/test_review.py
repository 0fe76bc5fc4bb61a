"""First review and double check, on both databases."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from anbu.calling.record import raise_signal
from anbu.casework import casefile, decide, doublecheck, take
from anbu.casework.cases import raise_case
from anbu.casework.decide import Decision
from anbu.errors import NotFound, Refused, Stale
from anbu.language.types import Signal
from anbu.store.models import Account, Call, Case, FollowUp, Referral, Review
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world

REASON = "통화에서 들은 대로 판단했습니다"
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def people(each_database):
    return {
        login: world.account(login, role, ["안부1동"], name=login)
        for login, role in (("kim", "officer"), ("cho", "officer"), ("park", "manager"), ("nam", "manager"))
    }


class Desk:
    """A transaction with the accounts and a case, as a request has it."""

    def __init__(self, db, people, case_id):
        self.db, self.case = db, db.get(Case, case_id)
        for login, account_id in people.items():
            setattr(self, login, db.get(Account, account_id))

    def read(self, account):
        casefile.note_look(self.db, self.case, account, "transcript", NOON)

    def decide(self, account, decision="none", **given):
        version = given.pop("version", self.case.version)
        return decide.decide(self.db, self.case, account, Decision(decision, given.pop("reason", REASON), **given),
                             version, LATER)  # fmt: skip

    def check(self, account, verdict, **given):
        return doublecheck.double_check(self.db, self.case, account, verdict, self.case.version, LATER, **given)

    def file(self):
        return casefile.open_file(self.db, self.case)


@pytest.fixture
def desk(people):
    """desk(said) is a case of such a call; desk() goes on with it in a new transaction. Use as a context manager."""
    kept = {}

    def open_desk(said=None, **more):
        if said is not None:
            with transaction() as db:
                kept["case"] = world.case_of(db, world.call(db, "최은희", said, **more)).id
        return opened(people, kept["case"])

    return open_desk


def opened(people, case_id):
    @contextmanager
    def inner():
        with transaction() as db:
            yield Desk(db, people, case_id)

    return inner()


def test_first_to_take_a_case_has_it_and_the_second_is_told_who(desk):
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        take.take(d.db, d.case, d.kim, NOON)  # again changes nothing
        with pytest.raises(Refused, match="kim 님이 먼저"):
            take.take(d.db, d.case, d.cho, NOON)
        assert (d.case.holder_id, d.case.acknowledged_at, d.case.due_at) == (d.kim.id, NOON, d.case.decide_by)


def test_taking_from_a_stale_view_of_the_case_does_not_take_it_away(desk, people):
    with desk(world.HUNGRY) as d:
        case_id = d.case.id
    with transaction() as db:
        stale = db.get(Case, case_id)
        assert stale.holder_id is None
        with transaction() as other:
            take.take(other, other.get(Case, case_id), other.get(Account, people["kim"]), NOON)
        with pytest.raises(Refused, match="먼저"):
            take.take(db, stale, db.get(Account, people["cho"]), NOON)


def test_case_that_is_put_down_runs_against_its_first_deadline_again(desk):
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        with pytest.raises(Refused, match="맡은 분이나 관리자만"):
            take.release(d.db, d.case, d.cho, NOON)
        take.release(d.db, d.case, d.park, NOON)
        assert (d.case.holder_id, d.case.due_at) == (None, d.case.acknowledge_by)


def test_decision_needs_the_case_the_transcript_and_a_reason(desk):
    with pytest.raises(Refused, match="담당하기"), desk(world.HUNGRY) as d:
        d.decide(d.kim)
    with desk() as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.cho)  # that somebody else read it is not enough
    with pytest.raises(Refused, match="통화 내용을 펼쳐"), desk() as d:
        d.decide(d.kim)
    with desk() as d:
        d.read(d.kim)
    for wrong, why in (
        ({"reason": " . "}, "까닭을"), ({"decision": "visit"}, "날짜를"), ({"decision": "refer"}, "어디로"),
        ({"decision": "visit", "follow_up_on": date(2025, 1, 1)}, "오늘부터"), ({"decision": "x"}, "하나를 골라"),
        ({"reason": "가" * 5000}, "4,000자까지"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=why), desk() as d:
            d.decide(d.kim, **wrong)
    with desk() as d:
        assert (d.case.state, d.case.decided_at) == ("open", None)


def test_urgent_decision_waits_for_another_person_and_help_starts_at_once(desk):
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        review = d.decide(d.kim, "refer", programme="foodbank", note="쌀부터")
        assert (d.case.priority, d.case.state, review.state) == ("P1", "checking", "waiting")
        assert review.machine_levels["meals"] == review.levels["meals"] == 3
        assert review.machine_levels["alcohol"] is None
        assert d.db.query(Referral).one().programme == "foodbank"
        with pytest.raises(Refused, match="이미 결정된"):
            d.decide(d.kim)


def test_lesser_decision_that_lowers_nothing_is_final(desk):
    with desk(world.LONELY) as d:
        assert d.case.priority == "P2"
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        review = d.decide(d.kim, "visit", follow_up_on=NOON.date() + timedelta(days=2))
        assert (d.case.state, review.state, review.needs_check) == ("closed", "final", False)
        follow_up = d.db.query(FollowUp).one()
        assert (follow_up.kind, follow_up.due_at.date()) == ("visit", NOON.date() + timedelta(days=2))


def test_raised_level_counts_at_once_and_a_lowered_one_when_confirmed(desk):
    with desk(world.LONELY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        decide.correct_level(d.db, d.case, d.kim, "contact", 0, "어제 딸이 다녀갔다고 하심", NOON)
        review = d.decide(d.kim)
        assert review.needs_check
        assert (review.priority, d.case.priority, d.case.state) == ("P3", "P2", "checking")
        assert review.levels["contact"] == 0
        assert review.machine_levels["contact"] == 3
        d.read(d.park)
        d.check(d.park, "confirmed")
        assert (d.case.priority, d.case.state) == ("P3", "closed")


def test_unknown_made_known_without_lowering_anything_needs_no_check(desk):
    with desk(world.LONELY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        decide.correct_level(d.db, d.case, d.kim, "alcohol", 1, "전화로 다시 여쭈었음", NOON)
        assert d.decide(d.kim).needs_check is False


def test_added_signal_raises_the_case_and_a_removed_one_must_be_checked(desk):
    with desk(world.LONELY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        decide.correct_signal(
            d.db, d.case, d.kim, "suicide_ideation", True, "다시 들어 보니 그 말씀", NOON, "없어지고 싶다"
        )
        review = d.decide(d.kim)
        assert (review.priority, d.case.priority, review.needs_check) == ("P1", "P1", True)
        assert review.signals == ["suicide_ideation"]
        assert review.machine_signals == []


def test_correction_needs_a_reason_and_can_be_taken_back_before_the_decision(desk):
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        with pytest.raises(Refused, match="까닭"):
            decide.correct_level(d.db, d.case, d.kim, "meals", 1, "", NOON)
        row = decide.correct_level(d.db, d.case, d.kim, "meals", None, "다른 분 이야기였음", NOON)
        assert row.lowers
        assert d.file().levels["meals"] is None
        decide.withdraw(d.db, d.case, d.kim, row, NOON)
        assert d.file().levels["meals"] == 3
        with pytest.raises(Refused, match="kim 님이 맡은"):
            decide.correct_level(d.db, d.case, d.cho, "meals", 1, REASON, NOON)


def test_decision_from_a_form_of_before_a_change_is_refused(desk):
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        seen = d.case.version
        raise_signal(d.db, d.db.get(Call, d.case.call_id), None, Signal("hazard", "연기", 0, 2, False, "r"), NOON)
        d.db.flush()
        with pytest.raises(Stale):
            d.decide(d.kim, version=seen)


def test_case_that_becomes_more_urgent_after_its_decision_is_open_again(desk):
    with desk(world.LONELY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        d.decide(d.kim)
        assert d.case.state == "closed"
        raise_case(d.db, d.db.get(Call, d.case.call_id), "P0", ["위험신호: 구조 요청"], LATER)
        assert (d.case.state, d.case.priority) == ("open", "P0")


@pytest.fixture
def waiting(desk):
    """A P1 decision of kim's that waits, with a lowered level."""
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.kim, NOON)
        d.read(d.kim)
        decide.correct_level(d.db, d.case, d.kim, "meals", 1, "어제 저녁은 드셨다고 하심", NOON)
        d.decide(d.kim, "watch", follow_up_on=NOON.date())
    return desk


def test_nobody_double_checks_their_own_decision(desk, people):
    with desk(world.HUNGRY) as d:
        take.take(d.db, d.case, d.park, NOON)  # a manager may review first, too
        d.read(d.park)
        d.decide(d.park)
        with pytest.raises(Refused, match="스스로 더블체크할 수 없어요"):
            d.check(d.park, "confirmed")
        assert doublecheck.waiting(d.db, d.park) == []
        assert len(doublecheck.waiting(d.db, d.nam)) == 1


def test_double_check_needs_the_transcript_and_a_reason_to_differ(waiting):
    with pytest.raises(Refused, match="통화 내용을 펼쳐"), waiting() as d:
        d.check(d.park, "confirmed")
    with waiting() as d:
        d.read(d.park)
    for verdict, given in (("returned", {}), ("overridden", {"reason": REASON}), ("maybe", {})):
        with pytest.raises(Refused), waiting() as d:
            d.check(d.park, verdict, **given)


def test_returned_decision_is_open_again_with_its_reviewer_and_keeps_the_corrections(waiting):
    with waiting() as d:
        d.read(d.park)
        check = d.check(d.park, "returned", reason="드셨다는 말씀을 찾지 못했어요")
        assert (d.case.state, d.case.holder_id, d.case.decided_at) == ("open", d.kim.id, None)
        assert check.levels["meals"] == 3  # the checker does not go along with it
        assert [c.code for c in d.file().corrections] == ["meals"]
        decide.withdraw(d.db, d.case, d.kim, d.file().corrections[0], LATER)
        again = d.decide(d.kim, "visit", follow_up_on=NOON.date())
        assert again.levels["meals"] == 3
        assert d.db.query(Review).count() == 2


def test_overridden_decision_ends_with_the_managers_priority(waiting):
    with waiting() as d:
        d.read(d.park)
        d.check(d.park, "overridden", reason="오늘 안에 찾아가야 합니다", decision="visit", priority="P0")
        review = d.db.query(Review).one()
        assert (d.case.state, d.case.priority, review.state) == ("closed", "P0", "overridden")
        with pytest.raises(NotFound):
            d.check(d.nam, "confirmed")
