"""Words go, numbers stay, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anbu.casework import casefile, decide, take
from anbu.casework.decide import Decision
from anbu.casework.retention import erase_resident, expire_words
from anbu.errors import NotFound, Refused
from anbu.settings import settings
from anbu.store.models import (
    Account,
    AssessmentRow,
    AuditEntry,
    Call,
    Case,
    Correction,
    FollowUp,
    ReadingRow,
    Referral,
    Resident,
    Review,
    SignalRow,
    Turn,
)  # fmt: skip
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world


@pytest.fixture
def closed(each_database):
    """A closed case with everything a person can write; → (resident id, call id)."""
    kim = world.account("kim", "officer", ["안부1동"])
    with transaction() as db:
        call = world.call(db, "한영숙", world.LONELY, phone="+821000001111")
        case, account = world.case_of(db, call), db.get(Account, kim)
        take.take(db, case, account, NOON)
        casefile.note_look(db, case, account, "transcript", NOON)
        decide.correct_level(db, case, account, "alcohol", 1, "한영숙 님께 다시 여쭘", NOON)
        given = Decision("refer", "한영숙 님은 말벗이 필요함", "딸 연락처 받음", NOON.date(), "companion")
        decide.decide(db, case, account, given, case.version, NOON)
        return case.resident_id, call.id


def words_left(db) -> list[str]:
    """Every readable word of the tables that hold a resident's or an officer's words."""
    columns = [
        Resident.name, Resident.phone, Turn.heard, Turn.said, Turn.reply, SignalRow.quote, ReadingRow.quote,
        Review.reason, Review.note, Correction.quote, Correction.reason, FollowUp.note, Referral.note,
    ]  # fmt: skip
    return [value for column in columns for (value,) in db.query(column) if value]


def test_erased_resident_is_nobody_and_the_statistics_stay(closed):
    resident_id, call_id = closed
    with transaction() as db:
        levels, points = db.get(AssessmentRow, call_id).levels, db.get(AssessmentRow, call_id).points
        erase_resident(db, resident_id, None, "본인이 전화로 요청함", NOON)
    with transaction() as db:
        assert words_left(db) == ["지운 주민"]
        resident = db.get(Resident, resident_id)
        assert (resident.phone_hash, resident.name_hash, resident.tail_hash) == (None, None, None)
        assert resident.opted_out_at is not None
        assert (db.get(AssessmentRow, call_id).levels, db.get(AssessmentRow, call_id).points) == (levels, points)
        assert db.query(Review).one().levels["contact"] == 3
        assert db.query(ReadingRow).count() > 0
        told = [str(e.detail) + e.action for e in db.query(AuditEntry)]
        assert any("resident.erased" in t for t in told)
        assert not any("한영숙" in t for t in told)


def test_resident_with_an_unfinished_case_is_not_erased_yet(each_database):
    with transaction() as db:
        call = world.call(db, "최은희", world.HUNGRY)
        with pytest.raises(Refused, match="끝나지 않은"):
            erase_resident(db, call.resident_id, None, "본인이 요청함", NOON)


def test_erasing_needs_a_reason_and_somebody_to_erase(closed):
    with transaction() as db:
        with pytest.raises(Refused, match="까닭"):
            erase_resident(db, closed[0], None, "", NOON)
        with pytest.raises(NotFound):
            erase_resident(db, "nobody", None, "본인이 요청함", NOON)
        erase_resident(db, closed[0], None, "본인이 요청함", NOON)
        with pytest.raises(Refused, match="이미"):
            erase_resident(db, closed[0], None, "본인이 요청함", NOON)


def test_words_go_when_their_time_is_over_and_open_cases_keep_theirs(closed):
    keep = timedelta(days=settings().keep_words_days)
    with transaction() as db:
        open_call = world.call(db, "최은희", world.HUNGRY).id
    with transaction() as db:
        assert expire_words(db, NOON + keep - timedelta(days=1)) == 0
        assert expire_words(db, NOON + keep + timedelta(days=1)) == 1
    with transaction() as db:
        gone = db.query(Turn).filter_by(call_id=closed[1]).all()
        assert all(t.heard is None and t.said is None for t in gone)
        assert db.get(Call, closed[1]).words_expired_at is not None
        assert any(t.heard for t in db.query(Turn).filter_by(call_id=open_call))
        assert db.get(Resident, closed[0]).name == "한영숙"  # only the words had a time
        assert expire_words(db, NOON + keep + timedelta(days=1)) == 0


def test_page_of_a_case_without_words_still_opens(closed):
    with transaction() as db:
        erase_resident(db, closed[0], None, "본인이 요청함", NOON)
    with transaction() as db:
        file = casefile.open_file(db, db.query(Case).one())
        assert file.now.points == db.get(AssessmentRow, closed[1]).points
