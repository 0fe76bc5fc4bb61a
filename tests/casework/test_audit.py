import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from anbu.casework.audit import record, verify
from anbu.store.session import engine, transaction
from tests.conftest import NOON


@pytest.fixture
def log(database):
    for n in range(5):
        with transaction() as db:
            record(db, None, "case.open", NOON, "case", f"c{n}", n=n)


def tamper(statement):
    """As somebody who can write to the database file, guards or not."""
    with engine().begin() as raw:
        for event in ("update", "delete"):
            raw.execute(text(f"DROP TRIGGER IF EXISTS audit_log_no_{event}"))
        raw.execute(text(statement))


def test_untouched_log_is_sound(log):
    with transaction() as db:
        verdict = verify(db, batch=2)
    assert (verdict.entries, verdict.problem) == (5, None)


@pytest.mark.parametrize(
    ("statement", "tells"),
    [
        ("UPDATE audit_log SET subject_id = 'x' WHERE n = 3", "3번 기록의 내용이 바뀌었습니다"),
        ("UPDATE audit_log SET at = '2020-01-01 00:00:00' WHERE n = 2", "2번 기록의 내용이 바뀌었습니다"),
        ("DELETE FROM audit_log WHERE n = 2", "2번 기록이 없습니다"),
        ("DELETE FROM audit_log WHERE n = 5", "끝에서 1건이 지워졌습니다"),
        ("UPDATE audit_log SET previous = '', hash = '' WHERE n = 4", "4번 기록이 앞 기록과 이어지지 않습니다"),
    ],
)
def test_tampering_is_found(log, statement, tells):
    tamper(statement)
    with transaction() as db:
        assert tells in verify(db).problem


def test_cut_off_end_with_the_head_set_back_is_found_by_a_hash_noted_elsewhere(log):
    with transaction() as db:
        noted = verify(db).head
    tamper("DELETE FROM audit_log WHERE n = 5")
    tamper("UPDATE audit_head SET n = 4, hash = (SELECT hash FROM audit_log WHERE n = 4)")
    with transaction() as db:
        assert verify(db).problem is None
        assert "적어 두신 확인값" in verify(db, expected=noted).problem


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"])
def test_database_itself_refuses_to_change_the_log(log, statement):
    with pytest.raises(DatabaseError, match="append-only"), engine().begin() as raw:
        raw.execute(text(statement))
