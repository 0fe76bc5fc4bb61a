import pytest

from anbu.errors import ContentError
from anbu.rehearsal.persona import Expect, load, parse, persona_files, topics
from anbu.settings import ROOT

FULL = {
    "name": "김말순", "age": 81, "note": "혼자 삶", "script": "weekly", "direction": "inbound", "known": False,
    "on_duty": "no-answer", "answers": {"meals": "두 끼", "mood": ["응", "그래"]},
    "interrupts": [{"at": "mood", "say": "가슴이 아파"}], "silent_at": ["health"], "digits_at": {"consent": "1"},
    "hang_up_at": "needs", "default": "몰라",
    "expect": {
        "factors": {"meals": 0, "mood": [1, 2]}, "unknown": ["health"], "signals": ["medical_emergency"],
        "priority": "P0", "outcome": "callback",
    },
}  # fmt: skip


def test_a_full_persona_is_read():
    persona = parse(FULL, "full.yml")
    assert (persona.name, persona.age, persona.script, persona.direction) == ("김말순", 81, "weekly", "inbound")
    assert persona.answers == {"meals": ("두 끼",), "mood": ("응", "그래")}
    assert persona.interrupts == (("mood", "가슴이 아파"),)
    assert persona.expect == Expect(
        {"meals": (0, 0), "mood": (1, 2)}, ("health",), frozenset({"medical_emergency"}), "P0", "callback"
    )


def test_a_name_is_enough():
    persona = parse({"name": "박철수"}, "short.yml")
    assert persona.expect is None
    assert (persona.script, persona.direction, persona.on_duty) == ("initial", "outbound", "answers")
    assert persona.known


def test_no_signals_expected_differs_from_not_checked():
    assert parse({"name": "가", "expect": {"signals": []}}, "x.yml").expect.signals == frozenset()
    assert parse({"name": "가", "expect": {}}, "x.yml").expect.signals is None


def test_topics_are_those_the_bot_asks_and_the_factors():
    assert {"identity", "consent", "wellbeing", "meals", "needs", "closing", "danger_check", "suicide_plan"} <= topics()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"nmae": "가"}, "nmae"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"age": "81"}, "age"),
        ({"age": 300}, "age"),
        ({"note": 3}, "note"),
        ({"script": "monthly"}, "script"),
        ({"script": ["weekly"]}, "script"),
        ({"direction": "up"}, "direction"),
        ({"known": "yes"}, "known"),
        ({"on_duty": "sleeps"}, "on_duty"),
        ({"answers": ["두 끼"]}, "answers"),
        ({"answers": {"lunch": "두 끼"}}, "lunch"),
        ({"answers": {"meals": 2}}, "answers.meals"),
        ({"answers": {"meals": []}}, "answers.meals"),
        ({"answers": {"meals": ["두 끼", True]}}, "answers.meals"),
        ({"interrupts": {"at": "mood"}}, "interrupts"),
        ({"interrupts": [{"at": "mood"}]}, "interrupts[0].say"),
        ({"interrupts": [{"at": "dinner", "say": "어"}]}, "interrupts[0].at"),
        ({"interrupts": [{"at": "mood", "say": "어", "when": 1}]}, "interrupts[0].when"),
        ({"silent_at": "health"}, "silent_at"),
        ({"silent_at": ["nothing"]}, "nothing"),
        ({"digits_at": {"consent": "하나"}}, "digits_at.consent"),
        ({"digits_at": {"consent": True}}, "digits_at.consent"),
        ({"hang_up_at": "the end"}, "hang_up_at"),
        ({"default": 1}, "default"),
        ({"expect": []}, "expect"),
        ({"expect": {"band": "high"}}, "expect.band"),
        ({"expect": {"factors": {"lunch": 1}}}, "expect.factors.lunch"),
        ({"expect": {"factors": {"meals": 4}}}, "expect.factors.meals"),
        ({"expect": {"factors": {"meals": [2, 1]}}}, "expect.factors.meals"),
        ({"expect": {"factors": {"meals": [0, 1, 2]}}}, "expect.factors.meals"),
        ({"expect": {"unknown": ["lunch"]}}, "expect.unknown"),
        ({"expect": {"signals": ["sad"]}}, "expect.signals"),
        ({"expect": {"priority": "P9"}}, "expect.priority"),
        ({"expect": {"outcome": "done"}}, "expect.outcome"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_place(change, place):
    with pytest.raises(ContentError) as error:
        parse({**FULL, **change}, "folder/bad.yml")
    assert "folder/bad.yml" in str(error.value)
    assert place in str(error.value)
    assert "(" in str(error.value)  # Korean first, then English


@pytest.mark.parametrize("text", ["name: [", "- 가\n- 나\n", "", "name: \udcff"])
def test_a_file_that_is_no_persona_is_refused_by_name(tmp_path, text):
    path = tmp_path / "bad.yml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ContentError, match=r"bad\.yml"):
        load(path)


def test_files_and_folders_are_found_and_an_empty_place_is_an_error(tmp_path):
    (tmp_path / "a.yml").write_text("name: 가", encoding="utf-8")
    (tmp_path / "b.yml").write_text("name: 나", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    assert [p.name for p in persona_files([tmp_path, tmp_path / "b.yml"])] == ["a.yml", "b.yml", "b.yml"]
    for place in ("empty", "missing.yml"):
        with pytest.raises(ContentError, match="no persona"):
            persona_files([tmp_path / place])


OURS = persona_files([ROOT / "data" / "personas", ROOT / "data" / "personas" / "unsolved"])


def test_there_are_enough_and_varied_personas():
    personas = [load(path) for path in OURS]
    ages = {p.age for p in personas}
    assert len(personas) >= 20
    assert min(ages) <= 40
    assert max(ages) >= 90
    assert {p.script for p in personas} == {"initial", "weekly"}
    assert {p.direction for p in personas} == {"outbound", "inbound"}
    assert {"P0", "P1", "P2", "P3"} == {p.expect.priority for p in personas}


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.stem)
def test_each_persona_says_what_is_expected(path):
    expect = load(path).expect
    assert expect is not None
    assert expect.signals is not None
    assert expect.priority
    assert expect.outcome
