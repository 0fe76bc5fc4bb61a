"""What surrounds a danger: each judgement on its own."""

from __future__ import annotations

import pytest

from anbu.language.clauses import Context
from anbu.language.korean import analyse
from anbu.language.patterns import Scan
from anbu.language.screen import rules
from anbu.language.sounds import stream


def judged(text: str, rule: str, check: str):
    """The judgement of the last match of a rule."""
    by = rules()
    scan = Scan(by.book, text, stream(text), analyse(text))
    context = Context(scan, analyse(text), by.cues)
    unit = next(pattern.unit for pattern in by.patterns if pattern.source == f"rule:{rule}")
    return getattr(context, check)(max(scan.find(unit), key=lambda match: match[-1][1]))


WISH = "suicide_ideation.죽고 싶다"
FIRE = "hazard.불이 남"
STARVED = "starvation.며칠을 굶음"


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("죽고 싶어요", False),
        ("죽고 싶지 않아요", True),
        ("죽고 싶지는 않은데요", True),
        ("죽고 싶다는 생각이 든 날이 하루도 없어요", True),
        ("죽고 싶지 않은 건 아니에요", False),
        ("죽고 싶어서 잠을 못 자요", False),
    ],
)
def test_negation_counts(text, denied):
    assert judged(text, WISH, "negation") is denied


@pytest.mark.parametrize(
    ("text", "supposed"), [("불이 나면 어쩌나", True), ("불날까 봐", True), ("불이 났어요", False)]
)
def test_conditions(text, supposed):
    assert judged(text, FIRE, "condition") is supposed


@pytest.mark.parametrize(("text", "past"), [("젊을 때는 며칠씩 굶었지", True), ("며칠째 굶었어요", False)])
def test_what_is_long_past(text, past):
    assert judged(text, STARVED, "past") is past


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("죽고 싶어요", "self"),
        ("우리 딸이 죽고 싶대요", "near"),
        ("어떤 사람이 죽고 싶대요", "stranger"),
        ("딸한테 미안해서 죽고 싶어요", "self"),
    ],
)
def test_whose_state_it_is(text, who):
    assert judged(text, WISH, "person") == who


@pytest.mark.parametrize(
    ("text", "told"), [("드라마에서 불이 났더라고요", True), ("드라마 보는데 우리 집에 불이 났어요", False)]
)
def test_stories(text, told):
    assert judged(text, FIRE, "story") is told
