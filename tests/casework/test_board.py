import csv
import io
from datetime import date, timedelta

import pytest

from anbu.casework import figures
from anbu.casework.accord import accord
from anbu.casework.board import Period, board, by_week
from anbu.errors import Refused
from anbu.sheets.tables import as_csv
from anbu.store.models import DoubleCheck, Referral, Review, Sample, new_id
from anbu.store.session import transaction
from tests.casework.making import account, call, case, resident
from tests.conftest import NOON

WEEK = Period(date(2026, 11, 23), date(2026, 11, 29))


def look(period=WEEK, now=NOON, who="boss"):
    from sqlalchemy import select

    from anbu.store.models import Account

    with transaction() as db:
        return board(db, db.scalars(select(Account).filter_by(login=who)).one(), period, now)


@pytest.fixture
def house(each_database):
    with transaction() as db:
        account(db, "boss", "manager", all_towns=True, towns=())
        account(db, "local", towns=("안부동",))
    return each_database


def test_empty_house_has_a_board_too(house):
    found = look()
    assert (found.answer_rate, found.completion, found.missed.value, found.missed_calls) == (None,) * 4
    assert figures.rows(found)


def test_calls_by_day_and_band(house):
    with transaction() as db:
        call(db, band="high", priority="P1")
        call(db, outcome="hung_up", at=NOON + timedelta(days=1))
        call(db, answered=False, outcome="hung_up")
        call(db, at=NOON - timedelta(days=1))  # the Sunday before
    found = look()
    assert (found.attempts, found.answered, found.completed, found.talked) == (3, 2, 1, 2)
    assert found.by_day[date(2026, 11, 23)] == {"attempts": 2, "answered": 1, "completed": 1}
    assert found.bands[date(2026, 11, 24)]["none"] == 1
    assert found.bands[date(2026, 11, 23)]["high"] == 1
    assert (found.answer_rate, found.completion, found.low_calls) == (2 / 3, 1 / 2, 1)


@pytest.mark.parametrize(("hours", "day"), [(11.9, date(2026, 11, 23)), (12.1, date(2026, 11, 24))])
def test_days_are_those_of_seoul(house, hours, day):
    with transaction() as db:
        call(db, at=NOON + timedelta(hours=hours))
    assert list(look().by_day) == [day]


def test_signals_are_counted_by_call_and_per_thousand(house):
    with transaction() as db:
        call(db, signals=[("starvation", "굶었어"), ("starvation", "쌀이 없어"), ("scam", "돈을 보냈어")])
        call(db)
        call(db)
        call(db)
    found = look()
    assert found.signals == {"starvation": 1, "scam": 1}
    assert found.per_thousand("starvation") == 250


def test_waits_by_nearest_rank_against_their_targets(house):
    with transaction() as db:
        for seconds in [*range(10, 200, 10), 5000]:  # twenty of them
            case(db, call(db), "P0", taken_after=seconds, decided_after=seconds + 100)
        case(db, call(db), "P0")
    found = look(now=NOON + timedelta(hours=2))
    waits = found.acknowledged["P0"]
    assert (waits.of, round(waits.p50), round(waits.p95), waits.in_time, waits.target_s) == (20, 100, 190, 19, 60)
    assert round(found.decided["P0"].p50) == 200
    assert (found.opened["P0"], found.waiting["P0"], found.overdue["P0"]) == (21, 21, 21)


def test_help_is_timed_from_the_case_to_the_persons_word(house):
    with transaction() as db:
        boss = account(db, "helper")
        first = case(db, call(db))
        for state, hours in (("helped", 10), ("helped", 30), ("refused", 1), ("asked", None)):
            done = NOON + timedelta(hours=hours) if hours else None
            db.add(
                Referral(
                    id=new_id(), case_id=first.id, town="안부동", programme="foodbank", state=state,
                    created_by=boss.id, created_at=NOON, closed_at=done,
                )
            )  # fmt: skip
    found = look()
    assert found.referrals == {"helped": 2, "refused": 1, "asked": 1}
    assert (found.help.of, round(found.help.p50), round(found.help.p95)) == (2, 36000, 108000)


def test_load_of_each_officer(house):
    with transaction() as db:
        busy = account(db, "busy", name="박담당")
        for _ in range(2):
            case(db, call(db), holder=busy)
        review(db, case(db, call(db), state="closed", holder=busy), busy)
    assert [(load.name, load.holds, load.decided) for load in look().load] == [("박담당", 2, 1)]


def review(db, its_case, who, machine=None, levels=None, state="final"):
    row = Review(
        id=new_id(), case_id=its_case.id, call_id=its_case.call_id, town=its_case.town, reviewer_id=who.id,
        decision="visit", reason="찾아가 봅니다", rubric_version="1", machine_priority="P1",
        machine_levels=machine or {}, machine_signals=[], levels=levels or {}, signals=[], points=0, band="none",
        priority="P1", state=state, needs_check=False, transcript_opened_at=NOON, at=NOON,
    )  # fmt: skip
    db.add(row)
    db.flush()
    return row


def sample(db, its_call, missed=False, machine=None, levels=None, share=0.05):
    db.add(
        Sample(
            id=new_id(), call_id=its_call.id, town=its_call.town, share=share, machine_priority="P3",
            machine_levels=machine or {}, machine_signals=[], state="scored", levels=levels or {}, signals=[],
            missed=missed, drawn_at=NOON, scored_at=NOON,
        )
    )  # fmt: skip
    db.flush()


def test_missed_by_the_machine_comes_with_its_interval(house):
    with transaction() as db:
        for n in range(60):
            sample(db, call(db), missed=n == 0)
    found = look()
    assert (found.sampled, round(found.missed.value, 4)) == (60, round(1 / 60, 4))
    assert 0 < found.missed.low < 0.001 < 0.08 < found.missed.high < 0.1
    estimate, low, high = found.missed_calls
    assert (round(estimate), low < 1 < high) == (1, True)


def test_other_towns_are_not_counted_for_those_who_may_not_see_them(house):
    with transaction() as db:
        case(db, call(db, town="다른동", signals=[("scam", "돈")]), town="다른동", holder=account(db, "other"))
        sample(db, call(db, town="다른동"), missed=True)
        call(db)
    found = look(who="local")
    assert (found.attempts, found.signals, found.opened, found.load, found.sampled) == (1, {}, {}, [], 0)
    assert look(Period(WEEK.first, WEEK.last, "다른동")).attempts == 2
    assert look(Period(WEEK.first, WEEK.last, "다른동"), who="local").attempts == 0


def test_csv_of_the_board_can_be_read(house):
    with transaction() as db:
        case(db, call(db, signals=[("scam", "돈")]), "P0", taken_after=30)
    rows = list(csv.reader(io.StringIO(as_csv(figures.HEADER, figures.rows(look())).decode("utf-8-sig"))))
    table = {(what, which): value for what, which, value in rows[1:]}
    assert table["받은 전화", "2026-11-23"] == "1"
    assert table["위험신호 (1,000통화당)", "금융사기·착취"] == "1000"
    assert table["확인까지 걸린 시간 p50 (초)", "P0 긴급"] == "30"


def test_agreement_by_factor_between_machine_reviewer_and_manager(house):
    with transaction() as db:
        officer, boss = account(db, "officer"), account(db, "manager", "manager")
        for level in (0, 1, 2, 3):
            sample(db, call(db), machine={"meals": level}, levels={"meals": level, "mood": level})
            row = review(db, case(db, call(db)), officer, {"meals": level}, {"meals": 3 - level}, "confirmed")
            db.add(
                DoubleCheck(
                    review_id=row.id, checker_id=boss.id, verdict="confirmed", levels={"meals": 3 - level}, signals=[],
                    transcript_opened_at=NOON, at=NOON,
                )
            )  # fmt: skip
        db.flush()
        table = {row.factor: row for row in accord(db, account(db, "second", "manager"), WEEK)}
    meals = table["meals"]
    assert (round(meals.blind.kappa, 6), meals.blind.pairs) == (1, 4)
    assert meals.review.kappa < 0
    assert round(meals.check.kappa, 6) == 1
    assert (table["mood"].blind.pairs, table["mood"].blind.one_unknown) == (0, 4)
    assert "call_pattern" not in table


def test_days_are_put_together_into_weeks():
    days = {date(2026, 11, 23): {"a": 1}, date(2026, 11, 29): {"a": 2}, date(2026, 11, 30): {"a": 4}}
    assert by_week(days, ["a"]) == {date(2026, 11, 23): {"a": 3}, date(2026, 11, 30): {"a": 4}}


def test_period_from_a_form():
    today = date(2026, 11, 23)
    assert Period.of("", "", " 안부동 ", today) == Period(date(2026, 10, 27), today, "안부동")
    for first, last in (("2026-11-24", "2026-11-23"), ("2020-01-01", "2026-11-23"), ("어제", ""), ("", "23/11")):
        with pytest.raises(Refused):
            Period.of(first, last, "", today)


def test_resident_is_not_needed_for_a_case(house):
    with transaction() as db:
        case(db, call(db, resident(db)))
        case(db, call(db))
    assert look().opened == {"P1": 2}
