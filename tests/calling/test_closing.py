from datetime import timedelta

import pytest
from sqlalchemy import func, select

from anbu.calling import closing
from anbu.calling.closing import close_call, rescore, sweep
from anbu.calling.record import add_resident, find_call, hear, note_understanding, open_call, resolve_pending
from anbu.language.types import Signal
from anbu.store.models import AssessmentRow, Case, Outbox, SignalRow
from anbu.store.session import transaction
from tests.conftest import NOON

WELL = ["contact", "support", "loneliness", "meals", "outing", "health", "care_access", "mood", "finances"]


def signal(code, confirm=False):
    return Signal(code, "말", 0, 1, confirm, "rule:test")


def answered(db, levels, signals=(), needs_person=None):
    """A call in which these levels were read, one a turn."""
    call = open_call(db, add_resident(db, "김순자", None, NOON), "outbound", "initial", NOON)
    call.started_at, call.needs_person = NOON, needs_person
    for n, (factor, level) in enumerate(levels.items()):
        turn = hear(db, call, n, NOON, topic=factor, heard="말", signals=signals if n == 0 else ())
        understood = {"act": "inform", "factors": {factor: {"level": level, "quote": "말"}}, "signals": []}
        note_understanding(db, call, turn, understood, "m1", NOON)
    return call


def test_call_has_one_assessment_however_often_it_is_closed(database):
    with transaction() as db:
        call = answered(db, dict.fromkeys(WELL, 0))
        first = close_call(db, call, "completed", NOON)
        assert close_call(db, call, "hung_up", NOON) is first
        assert (call.outcome, first.priority, first.band) == ("completed", "P3", "none")
        assert db.scalar(select(func.count()).select_from(AssessmentRow)) == 1
        assert db.scalars(select(Case)).all() == []


def test_denied_word_lowers_the_case_to_the_assessment(database):
    with transaction() as db:
        call = answered(db, {**dict.fromkeys(WELL, 0), "health": 2}, [signal("suicide_ideation", confirm=True)])
        assert db.scalars(select(Case)).one().priority == "P1"
        resolve_pending(db, call, "suicide_ideation", False, NOON)
        assert close_call(db, call, "completed", NOON).priority == "P3"
        assert db.scalars(select(Case)).one().priority == "P3"  # a person still closes it


def test_unanswered_confirming_question_counts_in_full(database):
    with transaction() as db:
        call = answered(db, dict.fromkeys(WELL, 0), [signal("medical_emergency", confirm=True)])
        assert close_call(db, call, "completed", NOON).priority == "P0"
        assert db.scalars(select(Case)).one().priority == "P0"
        assert len(db.scalars(select(Outbox)).all()) == 1


@pytest.mark.parametrize(
    ("outcome", "needs", "lost"),
    [("hung_up", None, True), ("callback", "silence", True), ("handed_over", None, False), ("completed", None, False)],
)
def test_line_lost_after_danger_is_a_danger_of_its_own(database, outcome, needs, lost):
    with transaction() as db:
        call = answered(db, dict.fromkeys(WELL, 0), [signal("violence")], needs)
        close_call(db, call, outcome, NOON)
        codes = {row.code for row in db.scalars(select(SignalRow))}
        assert ("line_lost" in codes) == lost


def test_mostly_silent_call_shows_in_the_call_pattern(database):
    with transaction() as db:
        call = open_call(db, None, "outbound", "initial", NOON)
        for n in range(3):
            hear(db, call, n, NOON, topic="meals", heard="네" if n == 0 else None)
        assert close_call(db, call, "callback", NOON).levels["call_pattern"] == 2


def test_sweeper_closes_what_is_still_and_leaves_what_lives(database):
    with transaction() as db:
        still, live = answered(db, {"meals": 0}), answered(db, {"meals": 0})
        live.last_heard_at = NOON + timedelta(seconds=90)
        ids = still.id, live.id
    assert sweep(NOON + timedelta(seconds=120), 100) == [ids[0]]
    with transaction() as db:
        assert find_call(db, ids[0]).outcome == "hung_up"
        assert find_call(db, ids[1]).closed_at is None
    assert sweep(NOON + timedelta(seconds=121), 100) == []


def test_call_that_cannot_be_assessed_does_not_hold_up_the_others(database, monkeypatch):
    with transaction() as db:
        ids = [answered(db, {"meals": 0}).id for _ in range(2)]
    real = closing.close_call
    monkeypatch.setattr(
        closing, "close_call", lambda db, call, *rest: 1 / 0 if call.id == ids[0] else real(db, call, *rest)
    )
    assert sweep(NOON + timedelta(hours=1), 60) == [ids[1]]


def test_rescoring_from_stored_readings_gives_the_same(database):
    with transaction() as db:
        call = answered(db, {"meals": 3, "health": 2, "mood": 1}, [signal("starvation")])
        close_call(db, call, "completed", NOON)
        stored, again = rescore(db, call)
        for field in ("levels", "points", "band", "coverage", "priority", "reasons", "rubric_version"):
            assert getattr(stored, field) == getattr(again, field)
