"""The notation of the danger lexicon."""

from __future__ import annotations

import pytest

from anbu.language.korean import analyse
from anbu.language.patterns import Book, Scan
from anbu.language.sounds import stream


def matches(entry: str, text: str, **groups: list) -> bool:
    book = Book()
    for name, entries in groups.items():
        book.group(name, entries)
    unit = book.unit([entry])
    return bool(Scan(book, text, stream(text), analyse(text)).find(unit))


@pytest.mark.parametrize("text", ["굶어요", "굶었습니다", "굶고 있어", "굶는당게"])
def test_a_dictionary_form_finds_every_inflection(text):
    assert matches("굶다", text)


def test_another_word_is_found_where_a_word_begins():
    assert matches("가스", "도시 가스가 새요")
    assert not matches("사이", "인사이동이 있었어요")


def test_a_syllable_must_be_a_word_by_itself():
    assert matches("물", "물이 없어요")
    assert not matches("물", "나물을 무쳤어요")


def test_a_choice_binds_closer_than_a_blank():
    assert matches("밥|약 없다", "밥이 없어요")
    assert matches("밥|약 없다", "약이 없어요")
    assert not matches("밥|약 없다", "밥 먹었어요")


def test_words_next_to_each_other_leave_room_for_a_particle_only():
    assert matches("숨 차다", "숨이 차요")
    assert not matches("숨 차다", "숨은 고르고 물이 가득 차요")


def test_a_wave_stays_within_a_clause():
    assert matches("가슴 ~ 아프다", "가슴이 아침부터 아파요")
    assert not matches("가슴 ~ 아프다", "가슴은 괜찮은데 다리가 아파요")


def test_two_dots_reach_into_the_next_clause():
    assert matches("넘어지다 .. 못", "넘어졌는데 혼자서는 못 일어나요")


def test_a_plus_takes_either_order():
    assert matches("칼 + 들다", "칼을 들고 왔어요")
    assert matches("술 + 먹다", "먹는 게 술이에요")


def test_a_group_stands_for_its_words_and_may_hold_lists_and_groups():
    groups = {"식구": [["남편", "아들"], "<이웃>"], "이웃": ["옆집"]}
    assert matches("<식구> ~ 때리다", "아들이 때려요", **groups)
    assert matches("<식구> ~ 때리다", "옆집이 때려요", **groups)


def test_a_comma_separates_sayings():
    assert matches("쌀 없다, 밥 굶다", "밥을 굶어요")


@pytest.mark.parametrize("text", ["먹을게업서요", "먹을 게 없어요", "먹을 게 없 어요"])
def test_spelling_by_ear_and_spacing_do_not_matter(text):
    assert matches("먹을게 없다", text)


def test_a_long_word_may_lose_a_final_consonant():
    assert matches("수면제먹었", "수며제 먹었어요")
