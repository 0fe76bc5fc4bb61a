import pytest
from hypothesis import given
from hypothesis import strategies as st

from anbu.assessment.scoring import assess
from anbu.assessment.vocabulary import PRIORITIES, vocabulary

WELL = dict.fromkeys(vocabulary().factors, 0)
LEVELS = st.dictionaries(st.sampled_from(list(vocabulary().factors)), st.sampled_from([None, 0, 1, 2, 3]))
SIGNALS = st.lists(st.sampled_from(list(vocabulary().signals)), max_size=3)


def test_well_person_is_p3_and_none():
    result = assess(WELL, [])
    assert (result.points, result.band, result.priority, result.coverage) == (0, "none", "P3", 1.0)


def test_unknown_is_null_and_not_zero():
    result = assess({"meals": 2}, [])
    assert result.levels["contact"] is None
    assert "contact" in result.unknown
    assert result.band == "held"
    assert result.priority == "P2"


@pytest.mark.parametrize(
    ("levels", "points", "band", "priority"),
    [
        ({"meals": 2}, 1, "low", "P3"),
        ({"meals": 3, "health": 3}, 4, "medium", "P2"),
        (
            {"meals": 3, "health": 3, "contact": 2, "support": 2, "loneliness": 2, "mood": 2, "outing": 2},
            9,
            "high",
            "P1",
        ),
        ({"selfcare": 3, "alcohol": 3, "housing": 2}, 0, "none", "P3"),
    ],
)
def test_points_bands_and_priorities_come_from_the_rubric(levels, points, band, priority):
    result = assess({**WELL, **levels}, [])
    assert (result.points, result.band, result.priority) == (points, band, priority)


def test_self_harm_is_at_least_p1():
    result = assess({**WELL, "self_harm": 1}, [])
    assert result.priority == "P1"
    assert any("죽음" in reason for reason in result.reasons)


def test_signal_bypasses_a_perfect_score():
    assert assess(WELL, ["violence"]).priority == "P0"
    assert assess(WELL, ["scam"]).priority == "P1"


def test_coverage_counts_the_pointed_factors_the_script_asks():
    asked = ["meals", "health", "mood", "contact", "selfcare"]
    assert assess({"meals": 0, "health": 0, "mood": 0}, [], asked=asked).coverage == 0.75
    assert assess({"meals": 0}, [], asked=asked).band == "held"


def test_wish_for_a_person_is_at_least_p2():
    result = assess(WELL, [], person="사람과 통화하기를 원함")
    assert result.priority == "P2"
    assert result.reasons == ["사람과 통화하기를 원함"]


@pytest.mark.parametrize("wrong", [{"dinner": 1}, {"meals": 4}, {"meals": -1}])
def test_what_is_not_in_the_vocabulary_is_refused(wrong):
    with pytest.raises(ValueError):
        assess(wrong, [])
    with pytest.raises(ValueError, match="hiccup"):
        assess({}, ["hiccup"])


@given(LEVELS, SIGNALS, st.sampled_from(list(vocabulary().signals)))
def test_one_more_signal_never_makes_it_less_urgent(levels, signals, more):
    before, after = assess(levels, signals).priority, assess(levels, [*signals, more]).priority
    assert PRIORITIES.index(after) <= PRIORITIES.index(before)


@given(LEVELS, SIGNALS)
def test_points_lie_on_the_scale(levels, signals):
    assert 0 <= assess(levels, signals).points <= 13
