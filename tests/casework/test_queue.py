"""Order, paging, filters and search of the queue, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anbu.casework import take
from anbu.casework.queue import Filters, counts, queue_page, read_cursor
from anbu.errors import Refused
from anbu.store.models import Account, Attempt, Campaign, SignalRow
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world


@pytest.fixture
def kim(each_database):
    return world.account("kim", "officer", ["안부1동"])


def names(page):
    return [row.who for row in page.rows]


def test_most_urgent_first_then_the_earlier_deadline(kim):
    with transaction() as db:
        world.call(db, "셋", world.LONELY, at=NOON)
        world.call(db, "둘", world.HUNGRY, at=NOON)
        world.call(db, "하나", world.CHEST, at=NOON + timedelta(minutes=1))
        world.call(db, "둘앞", world.HUNGRY, at=NOON - timedelta(hours=1))
        page = queue_page(db, db.get(Account, kim), Filters(), NOON)
    assert names(page) == ["하나", "둘앞", "둘", "셋"]
    assert page.rows[0].quote == "가슴이 쥐어짜듯이 아프고 숨이 차요"
    assert page.rows[0].signal
    assert page.rows[3].quote == "몇 달째 아무하고도"
    assert not page.rows[3].signal


def test_pages_follow_each_other_without_gaps_or_doubles(kim):
    with transaction() as db:
        for n in range(11):
            world.call(db, f"주민{n}", world.HUNGRY if n % 2 else world.LONELY, at=NOON + timedelta(minutes=n // 4))
        account, seen, after = db.get(Account, kim), [], None
        while True:
            page = queue_page(db, account, Filters(), NOON, after, limit=3)
            seen += names(page)
            after = page.following
            if after is None:
                break
        assert seen == names(queue_page(db, account, Filters(), NOON))
        assert len(set(seen)) == 11


@pytest.mark.parametrize("text", ["", "zzz", "W10=", "WyJQOSIsMSwyXQ"])
def test_strange_cursor_is_told_plainly(text):
    with pytest.raises(Refused, match="처음부터"):
        read_cursor(text)


def test_filters(kim):
    with transaction() as db:
        account = db.get(Account, kim)
        mine = world.case_of(db, world.call(db, "내 것", world.HUNGRY, at=NOON))
        world.call(db, "급한 것", world.CHEST, at=NOON)
        world.call(db, "다른 동", world.CHEST, at=NOON, town="안부2동")
        world.call(db, "모르는 동", world.LONELY, at=NOON, town=None)
        take.take(db, mine, account, NOON)
        later = NOON + timedelta(hours=1)

        def found(**given):
            return set(names(queue_page(db, account, Filters(**given), later)))

        assert found() == {"내 것", "급한 것", "모르는 동"}
        assert found(holder="mine") == {"내 것"}
        assert found(holder="nobody") == {"급한 것", "모르는 동"}
        assert found(priority=("P0", "P2")) == {"급한 것", "모르는 동"}
        assert found(overdue=True) == {"급한 것"}
        assert found(town="안부2동") == set()
        assert found(state="closed") == set()
        assert counts(db, account, later) == {"urgent": 1, "open": 3, "overdue": 1, "mine": 1, "checking": 0}


def test_search_by_whole_name_last_digits_or_case_number(kim):
    with transaction() as db:
        account = db.get(Account, kim)
        case = world.case_of(db, world.call(db, "최은희", world.HUNGRY, phone="+821000002222"))
        world.call(db, "최은", world.HUNGRY, phone="+821000003333")

        def found(text):
            return names(queue_page(db, account, Filters(search=text), NOON))

        assert found("최은희") == found("최 은희") == found("2222") == found(case.id[:8]) == ["최은희"]
        assert found("은희") == found("9999") == []


def test_saved_filters_come_back_as_they_were_and_strange_ones_are_left_out():
    filters = Filters(state="closed", holder="mine", town="안부1동", priority=("P0", "P1"), overdue=True)
    assert Filters.stored(filters.as_query()) == filters
    assert Filters.of({"state": "x", "holder": "y", "overdue": "2"}, ["P9"]) == Filters()
    assert "search" not in Filters(search="최은희").as_query()


def test_denied_signal_is_not_quoted(kim):
    with transaction() as db:
        call = world.call(db, "최은희", world.HUNGRY)
        db.query(SignalRow).filter_by(call_id=call.id).update({"state": "denied"})
        row = queue_page(db, db.get(Account, kim), Filters(), NOON).rows[0]
        assert (row.quote, row.signal) == ("이틀째 아무것도 못 먹었어요", False)


def test_only_cases_of_a_campaign(kim):
    with transaction() as db:
        mine = world.call(db, "캠페인의 분", world.HUNGRY)
        world.call(db, "다른 분", world.HUNGRY)
        campaign = Campaign(name="겨울", state="running", plan={}, created_at=NOON)
        db.add(campaign)
        db.flush()
        db.add(
            Attempt(id=mine.id, campaign_id=campaign.id, round=NOON.date(), resident_id=mine.resident_id, n=1,
                    call_id=mine.id, due_at=NOON, not_after=NOON, created_at=NOON)
        )  # fmt: skip
        db.flush()
        assert names(queue_page(db, db.get(Account, kim), Filters(campaign=campaign.id), NOON)) == ["캠페인의 분"]
        assert names(queue_page(db, db.get(Account, kim), Filters(campaign="x"), NOON)) == []
