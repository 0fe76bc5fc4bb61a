from datetime import timedelta

import pytest

from anbu.casework.casefile import note_look, open_file
from anbu.casework.decide import Decision, correct_level, decide
from anbu.casework.doublecheck import double_check
from anbu.casework.take import take
from anbu.sheets import hwpx, pdf, xlsx
from anbu.sheets.intake import intake
from anbu.store.session import transaction
from tests.casework.making import account, call, case, resident
from tests.conftest import NOON

SAID = [
    ("meals", "쌀이 떨어져서 이틀째 아무것도 못 먹었어요", "meals", 3),
    ("mood", "그냥 그래요", "mood", 1),
]


@pytest.fixture
def sheet(database, configure):
    """A case taken, corrected, referred, and confirmed by a manager; then put on paper."""
    configure(OFFICE_NAME="안부동 행정복지센터")
    with transaction() as db:
        officer, boss = account(db, "officer", name="박담당"), account(db, "manager", "manager", name="최관리")
        who = resident(db, "김순자", "+821012345678")
        call(db, who, NOON - timedelta(days=30), levels={"meals": 1})
        its_call = call(
            db, who, levels={"meals": 3, "mood": 1}, said=SAID, priority="P1", band="held",
            signals=[("starvation", "이틀째 아무것도 못 먹었어요")],
        )  # fmt: skip
        its_case = case(db, its_call)
        take(db, its_case, officer, NOON)
        note_look(db, its_case, officer, "transcript", NOON)
        note_look(db, its_case, boss, "transcript", NOON)
        correct_level(db, its_case, officer, "mood", 2, "목소리가 많이 가라앉아 계셨음", NOON)
        given = Decision("refer", "드실 것이 없어 바로 연계합니다", "쌀 10kg 전달 예정", programme="foodbank")
        decide(db, its_case, officer, given, its_case.version, NOON)
        double_check(db, its_case, boss, "confirmed", its_case.version, NOON)
        return intake(open_file(db, its_case), boss, NOON)


def table(sheet, beginning):
    return next(t for t in sheet.tables if t.title.startswith(beginning))


def test_facts_words_and_judgement_stand_apart(sheet):
    assert [t.title.split(" ")[0] for t in sheet.tables] == ["1.", "2.", "3.", "4.", "5.", "6.", "기계의", "7.", "8."]
    assert table(sheet, "1.").rows[0][:2] == ["성명", "김순자"]
    assert table(sheet, "3.").rows == [["결식", "P1", "“이틀째 아무것도 못 먹었어요”"]]
    assert ["식사", "3단계", "하루 이상 굶음, 먹을 것이나 살 돈이 없음 (위험신호 starvation 도 검토)",
            "“쌀이 떨어져서 이틀째 아무것도 못 먹었어요”"] in table(sheet, "4.").rows  # fmt: skip


def test_what_was_not_asked_is_unknown_never_fine(sheet):
    missing = table(sheet, "5.").rows[0][1].split(", ")
    assert "외로움·말벗" in missing
    assert "식사" not in missing
    assert all("0단계" not in row[1] for row in table(sheet, "4.").rows)


def test_who_decided_what_and_why_is_on_the_sheet(sheet):
    rows = table(sheet, "6.").rows
    assert [(row[0].split("\n")[-1], row[1]) for row in rows] == [
        ("박담당", "연계"), ("", "메모"), ("최관리", "더블체크"),
    ]  # fmt: skip
    assert table(sheet, "기계의").rows == [
        ["우울·무기력·수면", "1단계 → 2단계", "목소리가 많이 가라앉아 계셨음", "박담당"]
    ]
    assert list(table(sheet, "4.").rows[1][:2]) == ["우울·무기력·수면", "2단계 (기계 1단계)"]
    assert table(sheet, "7.").rows == [["연계: 푸드뱅크·푸드마켓", "부탁함", "쌀 10kg 전달 예정"]]


def test_sheet_says_that_it_is_our_own_form(sheet):
    assert "공식 서식이 아닙니다" in sheet.note


@pytest.mark.parametrize("render", [xlsx.render, pdf.render, hwpx.render], ids=["xlsx", "pdf", "hwpx"])
def test_sheet_becomes_a_file(sheet, render):
    assert len(render(sheet)) > 5000


def test_case_of_nobody_known_that_still_goes_on_has_a_sheet(database):
    with transaction() as db:
        its_case = case(db, call(db, None))
        made = intake(open_file(db, its_case), account(db, "officer"), NOON)
    assert table(made, "1.").rows[0] == ["성명", "정보 없음", "연락처", "정보 없음"]
    assert table(made, "6.").rows == [["아직 없습니다"]]
    assert pdf.render(made)
