"""The postman's list out and back in, over the tables of the campaigns."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from anbu.casework.board import Period
from anbu.casework.census import census, still_to_find
from anbu.sheets import hazards, postal
from anbu.sheets.tables import BadFile, as_csv
from anbu.store.campaigns import Attempt, Campaign
from anbu.store.models import Account, Case, PostalFinding, new_id
from anbu.store.session import transaction
from tests.casework.making import account, call, case, resident
from tests.conftest import NOON


def attempt(db, campaign, who, by="post", n=1, state="planned", result=None, after=0):
    row = Attempt(
        id=new_id(), campaign_id=campaign.id, round=NOON.date(), resident_id=who.id, n=n, by=by, state=state,
        result=result, due_at=NOON, not_after=NOON + timedelta(days=14), created_at=NOON, reason="unreachable",
        done_at=NOON + timedelta(minutes=after) if state == "done" else None,
    )  # fmt: skip
    db.add(row)
    db.flush()
    return row


@pytest.fixture
def town(database):
    """Three homes nobody has reached: two here, one in another town."""
    with transaction() as db:
        account(db, "officer")
        campaign = Campaign(id=new_id(), name="가을 전수조사", state="running", plan={}, created_at=NOON)
        db.add(campaign)
        db.flush()
        for name, place in (("김순자", "안부동"), ("이철수", "안부동"), ("박영희", "다른동")):
            who = resident(db, name, "+821012345678", place, address="안부로 12")
            case(db, call(db, who, answered=False, outcome="no_answer", town=place), "P1")
            attempt(db, campaign, who)
    return database


def officer(db):
    return db.scalars(select(Account).filter_by(login="officer")).one()


def given_out():
    with transaction() as db:
        return [dict(zip(postal.header(), row, strict=True)) for row in postal.delivery_list(db, officer(db))]


def take_in(rows, now=NOON):
    data = as_csv(postal.header(), [[row.get(h, "") for h in postal.header()] for row in rows])
    with transaction() as db:
        return postal.take_in(db, officer(db), data, now)


def kept():
    with transaction() as db:
        return db.scalars(select(PostalFinding)).all()


def filled(row, result="부재", day="2026-11-23", **marks):
    return {**row, "방문일": day, "결과": result, **marks}


def test_list_tells_the_postman_where_to_go_and_leaves_room(town):
    rows = given_out()
    assert sorted(row["성명"] for row in rows) == ["김순자", "이철수"]  # not the other town's
    assert rows[0]["전화번호"] == "010-1234-5678"
    assert rows[0]["까닭"] == "연락 두절"
    assert {rows[0][h] for h in ("방문일", "결과", "거동 불편", "쓰레기", "술병", "독촉장", "비고")} == {""}


def test_what_was_found_ends_the_task_and_raises_the_case(town):
    first, second = given_out()
    taken = take_in(
        [filled(first, "전달"), filled(second, "부재", **{"우편물 쌓임": "O", "독촉장": "O", "비고": "문이 잠김"})]
    )
    assert len(taken) == 2
    assert given_out() == []
    with transaction() as db:
        rows = {row.resident.name: row for row in db.scalars(select(PostalFinding))}
        worrying = rows[second["성명"]]
        assert (worrying.result, worrying.signs, worrying.note) == ("no_answer", ["dunning", "mail"], "문이 잠김")
        reasons = {c.resident.name: c.reasons for c in db.scalars(select(Case))}
        assert "집배원이 봄: 독촉장, 우편물 쌓임" in reasons[second["성명"]]
        assert not any("집배원" in r for r in reasons[first["성명"]])


def test_smell_at_the_door_is_urgent(town):
    take_in([filled(given_out()[0], "폐문부재", **{"이상한 냄새": "O"})])
    with transaction() as db:
        assert [c.priority for c in db.scalars(select(Case).order_by(Case.priority))] == ["P0", "P1", "P1"]


def test_rows_not_visited_yet_go_on_waiting(town):
    first, second = given_out()
    take_in([filled(first), second])
    assert [row["번호"] for row in given_out()] == [second["번호"]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"결과": "몰라요"}, "2행 ‘결과’"),
        ({"방문일": "어제"}, "2행 ‘방문일’: 2026-11-23처럼"),
        ({"방문일": "2026-12-24"}, "아직 오지 않은"),
        ({"방문일": "2026-02-30"}, "2행 ‘방문일’"),
        ({"술병": "조금"}, "2행 ‘술병’: 있으면 O"),
        ({"번호": "ffffffffffff"}, "2행 ‘번호’"),
        ({"비고": "가" * 501}, "2행 ‘비고’"),
    ],
)
def test_one_wrong_cell_and_nothing_is_taken_in(change, says, town):
    first, second = given_out()
    with pytest.raises(BadFile, match=says) as refused:
        take_in([{**filled(first), **change}, filled(second)])
    assert "하나도 들여오지" in str(refused.value)
    assert kept() == []
    assert len(given_out()) == 2


def test_same_home_twice_and_the_same_file_twice_are_refused(town):
    first = given_out()[0]
    with pytest.raises(BadFile, match="3행 ‘번호’: 2행과 같은 번호"):
        take_in([filled(first), filled(first, "전달")])
    take_in([filled(first)])
    with pytest.raises(BadFile, match="이미 적었거나"):
        take_in([filled(first)])


def test_another_towns_home_cannot_be_told_of(town):
    with transaction() as db:
        theirs = db.scalars(select(Attempt).join(Attempt.resident).where(Attempt.resident.has(town="다른동"))).one()
        number = theirs.id[:12]
    with pytest.raises(BadFile, match="없는 번호"):
        take_in([filled({**given_out()[0], "번호": number})])


def test_hundred_wrong_cells_are_counted_not_all_listed(town):
    first = given_out()[0]
    rows = [{**filled(first), "번호": f"{n:012}"} for n in range(100)]
    with pytest.raises(BadFile) as refused:
        take_in(rows)
    assert "고칠 곳이 100군데" in str(refused.value)
    assert "그 밖에 80곳" in str(refused.value)


def test_days_as_people_write_them(town):
    first, second = given_out()
    take_in([filled(first, day="2026. 11. 20."), filled(second, day="2026/11/21")])
    assert sorted(row.visited_on for row in kept()) == [date(2026, 11, 20), date(2026, 11, 21)]


def test_hazard_list_names_the_danger_and_neither_the_words_nor_the_whole_name(town):
    with transaction() as db:
        who = resident(db, "최은희", address="안부로 3, 101호")
        case(db, call(db, who, signals=[("hazard", "보일러가 터졌어")], levels={"selfcare": 3}), "P0")
        case(db, call(db, resident(db, "강복자"), levels={"housing": 1}))
        day = NOON.date()
        rows = list(hazards.hazard_list(db, officer(db), Period(day, day)))
    assert [row[:4] for row in rows] == [["안부동", "안부로 3, 101호", "최○○", "화재·가스·냉난방, 쓰레기·위생"]]
    text = next(csv.reader(io.StringIO(as_csv(hazards.HEADER, rows).decode("utf-8-sig").split("\n")[1])))
    assert "보일러" not in " ".join(text)


def test_census_counts_each_home_once_by_the_way_that_found_it_first(town):
    with transaction() as db:
        campaign = db.scalars(select(Campaign)).one()
        by_call, by_visit = resident(db, "가"), resident(db, "나")
        attempt(db, campaign, by_call, "machine", 1, "done", "no_answer")
        attempt(db, campaign, by_call, "machine", 2, "done", "reached", 5)
        attempt(db, campaign, by_call, "visit", 3, "done", "reached", 9)
        attempt(db, campaign, by_visit, "machine", 1, "done", "no_answer")
        attempt(db, campaign, by_visit, "visit", 2, "done", "reached")
        attempt(db, campaign, resident(db, "다"), "machine", 1, "done", "no_answer")
        (line,) = census(db, officer(db), campaign)
        assert line.town == "안부동"
        assert (line.households, line.found, line.missing, line.nothing_planned) == (5, 2, 3, 1)
        assert line.reached == {"machine": 1, "person": 0, "visit": 1, "post": 0}
        assert line.underway["post"] == 2
        assert sorted(r.name for r in still_to_find(db, officer(db), campaign)) == ["김순자", "다", "이철수"]
