import pytest

from actions.dialogue import next_topic, urgency
from anbu.assessment.vocabulary import vocabulary

DONE = {"identity": "yes", "consent": "yes", "wellbeing": "inform"}


def slots(**values):
    return {"script": "weekly", **DONE, **values}


@pytest.mark.parametrize(
    ("values", "topic"),
    [
        ({}, "meals"),
        ({"meals": 0}, "health"),  # volunteered already: not asked again; 0 is an answer
        ({"meals": "unknown"}, "health"),  # let go: not asked again
        ({"meals": 0, "health": 0, "mood": 0}, "contact"),  # no sign: not asked about self-harm
        ({"meals": 0, "health": 0, "mood": 1}, "self_harm"),
        ({"meals": 0, "health": 0, "mood": 0, "signals": ["scam"]}, "self_harm"),
        ({"confirming": "medical_emergency"}, "danger_check"),  # before everything
        ({"confirming": "medical_emergency", "danger_check": "no"}, "meals"),
        ({"side_topics": ["suicide_plan"]}, "suicide_plan"),
        ({"side_topics": ["suicide_plan"], "suicide_plan": "deny"}, "meals"),
    ],
)
def test_what_is_asked_next(values, topic):
    assert next_topic(slots(**values)) == topic


def test_nothing_is_left_when_all_was_asked():
    answered = dict.fromkeys([*vocabulary().factors, "needs", "closing"], 0)
    assert next_topic(slots(**answered)) is None


@pytest.mark.parametrize(
    ("values", "soon"),
    [({}, None), ({"meals": 3, "health": 3}, "soon"), ({"self_harm": 1}, "today"), ({"signals": ["scam"]}, "today"),
     ({"meals": "unknown"}, None)],
)  # fmt: skip
def test_how_soon_a_person_acts(values, soon):
    assert urgency(slots(**values)) == soon
