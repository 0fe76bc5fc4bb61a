import itertools

import pytest
from sqlalchemy import func, select

from anbu.calling.record import find_call, hear, open_call
from anbu.calling.status import apply_status
from anbu.errors import NotFound
from anbu.store.models import AssessmentRow
from anbu.store.session import transaction
from tests.conftest import NOON

LIFE = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]


@pytest.mark.parametrize("order", list(itertools.permutations(LIFE)))
def test_any_order_and_repetition_ends_the_same(database, order):
    with transaction() as db:
        call_id = open_call(db, None, "outbound", "initial", NOON).id
    for status, sequence in [*order, *order]:
        with transaction() as db:
            apply_status(db, call_id, status, sequence, NOON)
    with transaction() as db:
        call = find_call(db, call_id)
        assert (call.status, call.outcome) == ("completed", "hung_up")
        assert db.scalar(select(func.count()).select_from(AssessmentRow)) == 1


def test_line_that_ends_early_is_assessed(database):
    with transaction() as db:
        call = open_call(db, None, "outbound", "initial", NOON)
        hear(db, call, 0, NOON, heard="네")
        assert apply_status(db, call.id, "completed", 3, NOON)
        assert call.closed_at == NOON
        assert not apply_status(db, call.id, "busy", 4, NOON)


def test_unknown_call_or_status_changes_nothing(database):
    with transaction() as db:
        call = open_call(db, None, "outbound", "initial", NOON)
        with pytest.raises(ValueError):
            apply_status(db, call.id, "teleported", 1, NOON)
        with pytest.raises(NotFound):
            apply_status(db, "nobody", "ringing", 1, NOON)
        assert call.status == "planned"
