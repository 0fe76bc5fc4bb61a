"""The postman's list, the hazard list and the census, as a browser gets them."""

import csv
import io

import openpyxl
import pytest

from anbu.console.security import UPLOADS
from anbu.sheets import hazards, postal
from anbu.sheets.tables import as_csv
from anbu.store.models import AuditEntry, Campaign, PostalFinding, new_id
from anbu.store.session import transaction
from tests.casework.making import call, case, resident
from tests.conftest import NOON
from tests.sheets.test_postal import attempt


@pytest.fixture
def homes(people):
    """One home here and one in another town that nobody has reached; → the census' id."""
    with transaction() as db:
        campaign = Campaign(id=new_id(), name="가을 전수조사", state="running", plan={}, created_at=NOON)
        db.add(campaign)
        db.flush()
        for name, town in (("김순자", "안부1동"), ("박영희", "안부2동")):
            who = resident(db, name, town=town, address="안부로 12")
            its_call = call(db, who, answered=False, outcome="no_answer", town=town, signals=[("hazard", "가스 냄새")])
            case(db, its_call, "P1")
            attempt(db, campaign, who)
        return campaign.id


def listed(page, path="/papers/postal.csv"):
    return list(csv.DictReader(io.StringIO(page.get(path).content.decode("utf-8-sig"))))


def upload(page, data, name="우편.csv"):
    return page.post("/papers/findings", data={"form_token": page.token()}, files={"file": (name, data)})


def filled(rows, **cells):
    return as_csv(postal.header(), [[{**row, **cells}.get(h, "") for h in postal.header()] for row in rows])


def findings():
    with transaction() as db:
        return db.query(PostalFinding).count()


def test_list_goes_out_and_comes_back(homes, browser):
    page = browser("kim")
    rows = listed(page)
    assert [row["성명"] for row in rows] == ["김순자"]
    answer = upload(page, filled(rows, **{"방문일": "2026-11-23", "결과": "부재", "우편물 쌓임": "O"}))
    assert "들여왔어요" in answer.text
    assert findings() == 1
    assert listed(page) == []
    assert "집배원이 봄" in page.get("/").text
    with transaction() as db:
        told = [e.action for e in db.query(AuditEntry).order_by(AuditEntry.n) if e.action.startswith("postal")]
    assert told == ["postal.exported", "postal.imported", "postal.exported"]


def test_spreadsheet_can_be_sent_back_as_it_is(homes, browser):
    page = browser("kim")
    book = openpyxl.load_workbook(io.BytesIO(page.get("/papers/postal.xlsx").content))
    heading = [cell.value for cell in book.active[1]]
    for name, value in (("방문일", "2026-11-23"), ("결과", "전달")):
        book.active.cell(2, heading.index(name) + 1).value = value
    out = io.BytesIO()
    book.save(out)
    assert "들여왔어요" in upload(page, out.getvalue(), "우편.xlsx").text
    assert findings() == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("이름\n김순자\n".encode(), "‘번호’, ‘방문일’, ‘결과’ 열이 없어요"),
        ("번호,방문일,결과\nfff,어제,몰라\n".encode("cp949"), "2행 ‘방문일’"),
        (b"\xff\xfe\x00\x01", "다시 저장"),
        (b"PK\x03\x04", "엑셀 파일"),
        (b"", "빈 파일"),
    ],
    ids=["columns", "cells", "encoding", "broken", "empty"],
)
def test_bad_upload_is_refused_in_words_on_the_same_page(data, says, homes, browser):
    answer = upload(browser("kim"), data)
    assert answer.status_code == 422
    assert says in answer.text
    assert "돌아온 명단 올리기" in answer.text
    assert findings() == 0


def test_fifty_megabytes_are_turned_away_at_the_door(homes, browser):
    page = browser("kim")
    answer = page.post("/papers/findings", content=b"x" * 50_000_000)
    assert answer.status_code == 413
    assert "50MB" in answer.text
    assert UPLOADS["/papers/findings"] < 12_000_000
    eleven = upload(page, b"a" * (10 * 1024 * 1024 + 1))
    assert eleven.status_code == 422
    assert "10MB까지" in eleven.text


def test_no_file_is_told_in_words(homes, browser):
    page = browser("kim")
    answer = page.post("/papers/findings", data={"form_token": page.token()})
    assert "올릴 파일을 골라" in answer.text


def test_hazard_list_for_the_towns_one_sees(homes, browser):
    rows = listed(browser("kim"), "/papers/hazards.csv")
    assert [(row["읍면동"], row["성명"]) for row in rows] == [("안부1동", "김○○")]
    assert tuple(rows[0]) == hazards.HEADER
    assert "가스 냄새" not in str(rows)
    assert len(listed(browser("park"), "/papers/hazards.csv")) == 2


def test_census_shows_numbers_to_all_and_names_only_to_those_who_look_after_people(homes, browser):
    page = browser("park").get("/census").text
    assert "가을 전수조사" in page
    assert "<b>2</b> 아직 찾는 중" in page
    assert "김순자" in page
    numbers = browser("jung").get(f"/census?campaign={homes}").text
    assert "<b>2</b> 아직 찾는 중" in numbers
    assert "김순자" not in numbers
    assert "박영희" not in browser("kim").get("/census").text


def test_no_census_yet(people, browser):
    assert "아직 시작한 조사가 없어요" in browser("park").get("/census").text
    assert browser("park").get("/census?campaign=nothing").status_code == 404
