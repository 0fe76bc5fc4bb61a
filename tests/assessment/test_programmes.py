import pytest
import yaml

from anbu.assessment.programmes import (
    PROGRAMMES,
    matching,
    parse_programmes,
    parse_questions,
    programmes,
    questions,
    to_ask,
)
from anbu.assessment.vocabulary import vocabulary
from anbu.errors import ContentError


def keys(*given, **options):
    return [m.programme.key for m in matching(*given, **options)]


def test_every_severe_level_and_every_signal_has_an_answer():
    words = vocabulary()
    for factor in words.factors:
        assert matching({factor: 3}, []), factor
    for signal in words.signals:
        assert matching({}, [signal]), signal


def test_unknown_and_low_levels_propose_nothing():
    assert matching({"meals": None, "mood": 0, "health": 1}, []) == []


def test_what_a_signal_asks_for_comes_before_what_levels_ask_for():
    found = keys({"loneliness": 3, "contact": 3, "outing": 3}, ["medical_emergency"])
    assert found[0] == "rescue"
    assert "elder_care" in found


def test_a_match_says_why_in_words():
    match = next(m for m in matching({"meals": 3}, ["starvation"]) if m.programme.key == "foodbank")
    assert match.because == ("결식", "식사 3단계")


def test_programme_of_another_area_comes_last():
    levels = {"health": 3, "support": 3}
    assert keys(levels, [], area="부산광역시 동구")[-1] == "dolbom_sos"
    assert keys(levels, [], area="서울특별시 종로구")[-1] != "dolbom_sos"


def test_numbers_are_those_that_can_be_dialled():
    for p in programmes().values():
        for contact in p.call:
            assert contact.number.replace("-", "").isdigit()


def test_unknown_factors_are_asked_self_harm_first():
    asked = to_ask({key: 0 for key in vocabulary().factors if key not in ("alcohol", "self_harm")})
    assert [factor for factor, _ in asked] == ["self_harm", "alcohol"]
    assert questions()["alcohol"] == asked[1][1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"factors": {"mealz": 2}}, "mealz"),
        ({"factors": {"meals": 7}}, "1, 2, 3"),
        ({"factors": {}, "signals": []}, "하나 이상"),
        ({"call": [{"who": "119", "number": 119}]}, "따옴표"),
        ({"call": [], "office": False}, "전화할 곳"),
        ({"source": "internet"}, "guide"),
        ({"ko": ""}, "이름"),
    ],
)
def test_mistake_in_the_file_is_named_with_its_place(change, says):
    raw = yaml.safe_load(PROGRAMMES.read_text(encoding="utf-8"))
    raw["programmes"]["foodbank"].update(change)
    with pytest.raises(ContentError, match="foodbank") as error:
        parse_programmes(raw, vocabulary())
    assert says in str(error.value)


def test_question_missing_for_a_factor_is_named():
    with pytest.raises(ContentError, match="alcohol"):
        parse_questions({k: v for k, v in questions().items() if k != "alcohol"}, vocabulary())
