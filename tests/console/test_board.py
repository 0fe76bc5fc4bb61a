"""The board, agreement, examples and the intake sheet, as a browser gets them."""

import csv
import io
from datetime import timedelta
from xml.etree import ElementTree

import openpyxl
import pytest

from anbu.console.charts import CHARTS
from anbu.store.models import AuditEntry, Call
from anbu.store.session import transaction
from tests.casework.making import account, call, case
from tests.casework.test_board import review, sample
from tests.casework.test_examples import SAID
from tests.conftest import NOON
from tests.console import world


@pytest.fixture
def town(people):
    with transaction() as db:
        case_id = world.case_of(db, world.call(db, "최은희", world.HUNGRY, phone="+821000002222")).id
        world.call(db, "강순덕", world.CHEST, town="안부2동")
        world.call(db, "오복자", [], at=NOON - timedelta(days=2))
    return case_id


def test_board_shows_numbers_in_words_and_charts_with_their_tables(town, browser):
    page = browser("park").get("/board").text
    assert "받은 비율" in page
    assert "아직 없어 알 수 없어요" in page  # nothing sampled is not nothing missed
    assert page.count("<img") == len(CHARTS)
    assert "결식" in page


@pytest.mark.parametrize("chart", sorted(CHARTS))
def test_chart_is_an_image_that_runs_nothing(chart, town, browser):
    answer = browser("park").get(f"/board/{chart}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]  # and no script-src: nothing in it runs
    assert "script" not in answer.headers["content-security-policy"]
    assert ElementTree.fromstring(answer.text).tag.endswith("svg")


def test_officer_counts_only_their_town(town, browser, people):
    assert "응급 질환" in browser("park").get("/board").text
    assert "응급 질환" not in browser("kim").get("/board").text
    answer = browser("kim").get("/board.csv?town=안부2동")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert ["건 전화", "", "0"] in rows


def test_csv_can_be_opened_by_a_spreadsheet(town, browser):
    answer = browser("park").get("/board.csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["무엇", "구분", "값"]
    assert ["받은 전화", "", "3"] in rows


@pytest.mark.parametrize(
    "query", ["first=어제", "first=2026-11-24&last=2026-11-23", "first=2020-01-01", "last=9999-12-31"]
)
def test_period_that_cannot_be_is_refused_in_words(query, town, browser):
    answer = browser("park").get(f"/board?{query}")
    assert answer.status_code == 422
    assert "요" in answer.text


def test_missed_calls_come_with_their_interval(people, browser):
    with transaction() as db:
        for n in range(40):
            sample(db, call(db, town="안부1동"), missed=n == 0)
    page = browser("park").get("/board").text
    assert "<b>40통</b>" in page
    assert "<b>2.5%</b>" in page
    assert "0.1%에서 13.2% 사이" in page


def test_agreement_is_told_by_factor(people, browser):
    with transaction() as db:
        for level in (0, 1, 2, 3):
            sample(db, call(db, town="안부1동"), machine={"meals": level}, levels={"meals": level})
    page = browser("park").get("/board").text
    assert '1.00 <span class="fine">(4)</span>' in page


def test_examples_are_for_writers_and_carry_no_names(people, browser):
    with transaction() as db:
        from tests.casework.making import resident

        its_call = call(db, resident(db, "김순자", town="안부1동"), town="안부1동", said=SAID)
        sample(db, its_call, machine={"meals": 0}, levels={"meals": 3})
    page = browser("yoon")
    shown, given = page.get("/examples").text, page.get("/examples.yml").text
    for text in (shown, given):
        assert "하루 한 끼도 겨우 먹어요" in text
        assert "김순자" not in text
        assert "5678" not in text
    assert browser("kim").get("/examples").status_code == 403


@pytest.mark.parametrize(("kind", "starts"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("hwpx", b"PK")])
def test_sheet_is_given_out_and_noted(kind, starts, town, browser):
    answer = browser("kim").get(f"/cases/{town}/sheet.{kind}")
    assert answer.content.startswith(starts)
    assert "최은희" not in answer.headers["content-disposition"]
    with transaction() as db:
        entry = db.query(AuditEntry).filter_by(action="sheet.exported").one()
        assert (entry.subject_id, entry.detail) == (town, {"format": kind})


def test_sheet_holds_the_residents_own_words(town, browser):
    page = openpyxl.load_workbook(io.BytesIO(browser("kim").get(f"/cases/{town}/sheet.xlsx").content)).active
    values = {cell.value for row in page.iter_rows() for cell in row}
    assert {"최은희", "“이틀째 아무것도 못 먹었어요”"} <= values


def test_sheet_of_another_town_or_kind_is_not_there(town, browser):
    assert browser("lee").get(f"/cases/{town}/sheet.pdf").status_code == 404
    assert browser("kim").get(f"/cases/{town}/sheet.exe").status_code == 404


def test_board_of_a_year_is_drawn_by_weeks(people, browser):
    with transaction() as db:
        for days in (1, 100, 300):
            call(db, at=NOON - timedelta(days=days), town="안부1동")
        assert db.query(Call).count() == 3
        case(db, call(db, town="안부1동"), holder=account(db, "busy"))
        review(db, case(db, call(db, town="안부1동")), account(db, "busier"))
    query = f"first={(NOON - timedelta(days=365)).date()}&last={NOON.date()}"
    page = browser("park")
    for chart in CHARTS:
        assert page.get(f"/board/{chart}.svg?{query}").status_code == 200
    assert "<b>5</b> 판정한 통화" in page.get(f"/board?{query}").text
