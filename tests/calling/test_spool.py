from sqlalchemy import select

from anbu.calling import spool
from anbu.calling.record import open_call
from anbu.settings import settings
from anbu.store.models import Case, Turn
from anbu.store.session import transaction
from tests.conftest import NOON

DANGER = "살려 주세요 119 좀 불러 주세요"


def new_call():
    with transaction() as db:
        return open_call(db, None, "outbound", "initial", NOON).id


def test_spooled_utterance_is_sealed_and_comes_in_with_its_signals(database):
    call_id = new_call()
    spool.keep(call_id, 2, DANGER, None, NOON)
    (file,) = settings().spool_dir.iterdir()
    assert "살려".encode() not in file.read_bytes()
    assert spool.bring_in() == 1
    assert spool.bring_in() == 0
    with transaction() as db:
        assert [(t.n, t.heard) for t in db.scalars(select(Turn))] == [(2, DANGER)]
        assert db.scalars(select(Case)).one().priority == "P0"


def test_both_are_kept_when_the_number_was_used_again(database):
    call_id = new_call()
    for words in ("하나", "둘"):
        spool.keep(call_id, 2, words, None, NOON)
    assert spool.bring_in() == 2
    with transaction() as db:
        assert {t.heard for t in db.scalars(select(Turn))} == {"하나", "둘"}


def test_one_that_cannot_come_in_waits_and_holds_up_nobody(database):
    spool.keep("nobody", 0, "말", None, NOON)
    spool.keep(new_call(), 0, "말", None, NOON)
    (settings().spool_dir / "0.sealed").write_bytes(b"garbage")
    assert spool.bring_in() == 1
    assert len(list(settings().spool_dir.glob("*.sealed"))) == 2
