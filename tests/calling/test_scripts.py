import pytest

from anbu.calling.scripts import Topic, follow_ups, parse, script, scripts
from anbu.errors import ContentError


def test_initial_asks_every_factor_a_call_can_ask_and_weekly_is_short():
    from anbu.assessment.vocabulary import vocabulary

    assert set(scripts()["initial"].factors) == set(vocabulary().factors) - {"call_pattern"}
    assert [t.key for t in script("weekly").topics if t.when is None] == [
        "identity", "consent", "wellbeing", "meals", "health", "mood", "contact", "needs", "closing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "signals", "due"),
    [({}, False, False), ({"mood": 0}, False, False), ({"mood": 1}, False, True), ({"loneliness": 1}, False, False),
     ({"loneliness": 2}, False, True), ({}, True, True), ({"mood": None}, False, False)],
)  # fmt: skip
def test_self_harm_is_asked_on_any_sign(levels, signals, due):
    topic = next(t for t in script("initial").topics if t.key == "self_harm")
    assert topic.due(levels, signals) == due


def test_topic_without_condition_is_always_due():
    assert Topic("meals").due({}, False)


@pytest.mark.parametrize(
    ("raw", "names"),
    [({"ko": "가"}, "topics"), ({"ko": "가", "topics": ["meals", "meals"]}, "twice"),
     ({"ko": "가", "topics": [{"topic": "meals", "when": {"hunger": 1}}]}, "hunger"), ([], "x.yml")],
)  # fmt: skip
def test_wrong_script_is_refused_with_its_name(raw, names):
    with pytest.raises(ContentError, match=names):
        parse("x", raw)


def test_unknown_script_lists_those_there_are():
    with pytest.raises(ContentError, match="weekly"):
        script("yearly")


def test_follow_ups_are_of_known_signals():
    assert follow_ups()["suicide_ideation"]["raise"] == {"suicide_plan": "suicide_imminent"}
