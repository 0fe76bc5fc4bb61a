from datetime import timedelta

import pytest
import yaml

from anbu.calling.scripts import scripts
from anbu.errors import ContentError
from anbu.rehearsal.persona import topics
from anbu.store.models import Turn
from anbu.voice.listening import LISTENING, listening, parse, patience_now
from tests.conftest import NOON


def raw(**changes):
    return yaml.safe_load(LISTENING.read_text(encoding="utf-8")) | changes


def test_every_question_named_is_one_that_is_asked():
    assert set(listening().topics) <= topics()
    assert all(t.key in listening().topics for s in scripts().values() for t in s.topics if t.key != "selfcare")


def test_grave_questions_are_given_more_time():
    grave, plain = listening().to("self_harm"), listening().to("utilities_since")
    assert grave.wait_s > plain.wait_s
    assert "죽고 싶어요" in grave.hints
    assert "네" in grave.hints


def test_patience_grows_with_silence_and_slow_starts_and_shrinks_with_quick_answers():
    said, heard = "요즘 몸에 불편하신 데가 있으세요?", "네 허리가 아파요"
    p = listening().patience(0, True, 8, said, "")
    assert p == 1
    assert listening().patience(1, False, 20, said, heard) == 2
    assert listening().patience(3, True, 20, said, "") == 3
    for _ in range(listening().quick_answers):
        p = listening().patience(p, False, 5, said, heard)
    assert p == 0
    assert listening().patience(0, False, 0, said, heard) == 0


def test_a_patient_call_waits_longer_everywhere():
    plain, patient, asked = listening().to("meals"), listening().to("meals", 2), listening().to("meals", 0, slow=True)
    assert (patient.wait_s, patient.end_s) == (plain.wait_s + 6, plain.end_s + 2)
    assert asked.wait_s == plain.wait_s + 3


def test_patience_is_counted_from_the_record():
    before = Turn(at=NOON, ms=200.0, said={"lines": ["네."], "patience": 1.0})
    late = NOON + timedelta(seconds=12)
    assert patience_now(before, late, "네", None) == 2
    assert patience_now(before, late, None, None) == 2
    assert patience_now(before, NOON + timedelta(seconds=2), "네", None) < 1
    assert patience_now(None, late, None, None) == 0


@pytest.mark.parametrize(
    ("confidence", "topic", "level", "asks"),
    [(0.2, "meals", 2, True), (0.2, "meals", 0, False), (0.2, "self_harm", 0, True), (0.9, "self_harm", 2, False),
     (None, "self_harm", 2, False), (0.2, "meals", None, False)],
)  # fmt: skip
def test_what_was_heard_badly_is_asked_again_where_it_matters(confidence, topic, level, asks):
    assert listening().unsure(confidence, topic, level) is asks


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"default": {"wait_s": 0}}, "wait_s"),
        ({"topics": {"meals": {"wait": 3}}}, "wait"),
        ({"topics": {"meals": {"hints": ["가, 나"]}}}, "hints"),
        ({"topics": {"meals": {"hints": ["가" * 101]}}}, "hints"),
        ({"patience": {}}, "most"),
    ],
)
def test_a_wrong_setting_is_named(changes, word):
    with pytest.raises(ContentError, match=word):
        parse(raw(**changes))
