"""Rounds, audiences and the dry run."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from anbu.calling.campaigns import audience
from anbu.calling.campaigns.forecast import forecast
from anbu.calling.campaigns.handlists import tasks
from anbu.calling.campaigns.plan import parse
from anbu.calling.campaigns.rounds import plan_due
from anbu.calling.campaigns.service import create, find, move
from anbu.errors import ContentError
from anbu.settings import settings
from anbu.store.campaigns import Campaign, Round
from anbu.store.models import Outbox, Resident
from anbu.store.session import transaction
from tests.calling.office import MONDAY


def test_every_resident_gets_one_first_attempt_however_often_planning_runs(office, monkeypatch):
    monkeypatch.setattr(audience, "PAGE", 3)
    office.residents(10)
    office.campaign()
    with transaction() as db:
        db.scalars(select(Round)).one().planned_at = None  # as if planning had been interrupted
    plan_due(office.time())
    assert len({a.resident_id for a in office.attempts()}) == len(office.attempts()) == 10


def test_a_weekly_campaign_calls_again_next_week_and_makes_up_for_nothing(office):
    office.residents(2)
    office.campaign(repeat="weekly")
    office.time.on(days=20)  # a Sunday; the rounds of 30 November and 7 December: the first has passed
    office.worker().plan()
    with transaction() as db:
        assert sorted(db.scalars(select(Round.date))) == [
            MONDAY.date(), MONDAY.date() + timedelta(days=14), MONDAY.date() + timedelta(days=21),
        ]  # fmt: skip


def test_who_refused_is_left_alone_and_who_has_no_number_goes_to_a_person(office):
    ids = office.residents(4)
    with transaction() as db:
        db.get(Resident, ids[0]).opted_out_at = office.time()
        db.get(Resident, ids[1]).consent = "refused"
        db.get(Resident, ids[2]).phone_hash = None
    office.campaign()
    assert {(a.resident_id, a.by) for a in office.attempts()} == {(ids[2], "person"), (ids[3], "machine")}
    with transaction() as db:
        assert [t.cells()[5] for t in tasks(db, "person")] == ["전화번호가 없음"]


def test_preferred_times_decide_when(office):
    ids = office.residents(2)
    with transaction() as db:
        db.get(Resident, ids[1]).preferred = [{"days": [2], "from": "15:00", "to": "16:00"}]
    office.campaign()
    due = {a.resident_id: a.due_at.astimezone(office.time().tzinfo) for a in office.attempts()}
    assert due == {ids[0]: MONDAY.replace(hour=10), ids[1]: MONDAY.replace(day=25, hour=15)}


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({}, 4), ({"towns": ["안부동"]}, 2), ({"flags": ["단전"]}, 1), ({"min_age": 65}, 2), ({"max_age": 40}, 1),
        ({"towns": ["안부동"], "min_age": 65}, 1), ({"last_priority": ["P1"]}, 0),
    ],
)  # fmt: skip
def test_an_audience_is_chosen(office, chosen, count):
    ids = office.residents(4)
    with transaction() as db:
        people = [db.get(Resident, i) for i in ids]
        people[0].town = people[1].town = "안부동"
        people[0].birth_year, people[2].birth_year, people[3].birth_year = 1940, 1950, 1990
        people[3].flags = ["단전", "체납"]
    with transaction() as db:
        plan = parse({"name": "x", "residents": chosen}, MONDAY.date())
        assert sum(len(page) for page in audience.pages(db, plan.residents, MONDAY.date())) == count


def test_the_dry_run_adds_up_and_dials_nothing(office):
    office.residents(100)
    plan = parse({"name": "x", "text_before_minutes": 30}, MONDAY.date())
    f = forecast(plan, office.time())
    assert (f.callable, f.calls, f.answered, f.texts) == (100, 175, 88, 100)  # half answer each of three tries
    assert f.minutes == 88 * 3 and f.won == 88 * 3 * 60 + 100 * 60
    assert f.begins == MONDAY.replace(hour=10)
    assert f.ends == MONDAY.replace(hour=10) + timedelta(seconds=(175 * 30 + 88 * 180) / 10)
    assert office.server.creates == 0
    slow = forecast(parse({"name": "x", "concurrent_calls": 1, "round_days": 1}, MONDAY.date()), office.time())
    assert slow.ends is None and slow.leftover > 0


def test_a_campaign_nobody_can_be_called_in_is_refused(office):
    with pytest.raises(ContentError, match="맞는 주민이 없습니다"):
        forecast(parse({"name": "x"}, MONDAY.date()), office.time())
    office.residents(2, phone_hash=None)
    with pytest.raises(ContentError, match="전화할 수 있는 주민이 없습니다"):
        forecast(parse({"name": "x"}, MONDAY.date()), office.time())
    with pytest.raises(ContentError, match="명단"):
        forecast(parse({"name": "x", "residents": {"list": "nosuchlist"}}, MONDAY.date()), office.time())


def test_nothing_starts_without_a_caller_number_or_https(office, configure):
    office.residents(1)
    configure(PUBLIC_URL="http://anbu.test")
    with transaction() as db:
        campaign = create(db, parse({"name": "x"}, MONDAY.date()), office.time())
        with pytest.raises(ContentError, match="ANBU_PUBLIC_URL"):
            move(db, campaign, "start", office.time())
        assert campaign.state == "draft"


def test_moves_only_where_they_make_sense(office):
    office.residents(1)
    with transaction() as db:
        campaign = create(db, parse({"name": "x"}, MONDAY.date()), office.time())
        for wrong in ("pause", "resume"):
            with pytest.raises(ContentError):
                move(db, campaign, wrong, office.time())


def test_a_campaign_closes_itself_when_all_is_done(office):
    office.residents(1)
    campaign_id = office.campaign()
    office.time.on(hours=1)
    office.dial()
    office.worker().plan()
    with transaction() as db:
        assert db.get(Campaign, campaign_id).state == "running"
    office.held(office.server.calls[0].call_id)
    office.keep_house()
    office.worker().plan()
    with transaction() as db:
        assert find(db, campaign_id).state == "finished"


def test_the_text_goes_out_before_the_call_and_only_once(office):
    office.residents(2)
    office.campaign(text_before_minutes=30)
    office.time.on(minutes=29)
    office.keep_house()
    assert office.server.texts == []
    office.time.on(minutes=1)
    office.keep_house()
    office.keep_house()
    assert sorted(t["To"] for t in office.server.texts) == ["+821000000001", "+821000000002"]
    assert settings().office_name in office.server.texts[0]["Body"]
    assert settings().verify_number in office.server.texts[0]["Body"]
    assert "11월 23일 10:00쯤" in office.server.texts[0]["Body"]
    with transaction() as db:
        assert set(db.scalars(select(Outbox.state))) == {"sent"}
