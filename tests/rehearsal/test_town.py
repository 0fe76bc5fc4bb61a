"""The made-up town of `make demo-campaign`."""

from collections import Counter

from anbu.calling.residents.phones import normalise
from anbu.rehearsal.campaign import town
from anbu.rehearsal.persona import Persona


def test_the_town_is_the_same_every_time_and_everybody_has_a_number_nobody_has():
    people = list(town(200))
    assert [p for p, _, _ in people] == [p for p, _, _ in town(200)]
    assert len({p["phone"] for p, _, _ in people}) == 200
    assert all(normalise(p["phone"]).startswith("+82100") for p, _, _ in people)


def test_some_are_busy_some_never_answer_and_some_are_in_danger():
    kinds = Counter(ko for _, _, ko in town(200))
    assert kinds["위험하심"] == 14
    assert kinds["끝내 받지 않으심"] == 22
    never = [fate for _, fate, ko in town(200) if ko == "끝내 받지 않으심"]
    assert {fate.next() for fate in never for _ in range(3)} == {"no-answer"}


def test_who_was_busy_answers_the_next_time():
    fate = next(fate for _, fate, ko in town(200) if ko == "통화 중이다가 받으심")
    assert fate.next() == "busy"
    assert isinstance(fate.next(), Persona)
