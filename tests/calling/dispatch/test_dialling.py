"""From a plan to the line: windows, order, what is checked before a number is dialled."""

from datetime import timedelta

import pytest

from anbu.calling.campaigns.service import find, move
from anbu.calling.record import open_call
from anbu.calling.residents.standing import forbid
from anbu.store.campaigns import DoNotCall
from anbu.store.models import Call, Resident
from anbu.store.session import transaction
from tests.calling.office import MONDAY


def test_nobody_is_called_before_the_window_and_everybody_once_it_opens(office):
    office.residents(5)
    office.campaign()
    assert office.dial() == 0
    office.time.on(hours=1)
    assert office.dial() == 5
    assert office.dial() == 0
    assert sorted(c.to for c in office.server.calls) == [f"+82100{n:07d}" for n in range(1, 6)]
    assert {a.state for a in office.attempts()} == {"placed"}


def test_the_request_names_our_call_everywhere_and_asks_for_machine_detection(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    office.dial()
    (attempt,) = office.attempts()
    fields = office.server.calls[0].fields
    for name in ("Url", "StatusCallback", "FallbackUrl", "AsyncAmdStatusCallback"):
        assert fields[name].startswith("https://anbu.test/webhooks/voice/")
        assert fields[name].endswith(f"?call={attempt.id}")
    assert (fields["MachineDetection"], fields["AsyncAmd"], fields["TimeLimit"]) == ("Enable", "true", "1800")
    assert attempt.twilio_sid == office.server.calls[0].sid


def test_the_intent_is_committed_before_the_line_is_asked(office):
    office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    seen = []
    office.server.on_placed = lambda call: seen.append([a.state for a in office.attempts(id=call.call_id)])
    office.dial()
    assert seen == [["dialing"]]


def test_the_window_is_looked_at_again_right_before_the_request(office):
    office.residents(2)
    office.campaign(windows=["월 10:00-10:01"], round_days=1)
    office.time.at = MONDAY + timedelta(hours=1, seconds=30)
    worker = office.worker()
    worker._dialler._sleep = lambda seconds: office.time.sleep(40 if seconds else 0)  # held up before the second
    while worker.dial_due():
        pass
    assert len(office.server.calls) == 1
    assert [a.reason for a in office.attempts(result="not_rung")] == ["window"]
    assert [a.reason for a in office.attempts(by="person")] == ["no_window"]  # and nobody is forgotten


def test_a_worker_that_was_held_up_takes_another_moment(office):
    office.residents(2)
    office.campaign()
    office.time.on(hours=1)
    worker, naps = office.worker(), iter([0, 0.5, 0, 0])
    worker._dialler._sleep = lambda seconds: office.time.sleep(seconds + next(naps))
    worker.dial_due()
    worker.dial_due()
    first, second = sorted(a.slot_at for a in office.attempts())
    assert second - first > timedelta(seconds=0.5)  # its first moment had passed


def test_a_slow_campaign_does_not_hold_claims_that_grow_old(office):
    office.residents(3)
    office.campaign(calls_per_second=0.1)
    office.time.on(hours=1)
    office.dial()
    assert len(office.server.calls) == 1
    assert {a.state for a in office.attempts()} == {"placed", "planned"}
    office.time.on(seconds=11)
    office.dial()
    assert len(office.server.calls) == 2


def test_opting_out_takes_effect_between_claim_and_request(office):
    first, second = office.residents(2)
    office.campaign()
    office.time.on(hours=1)
    worker = office.worker()
    from anbu.calling.dispatch.claiming import claim

    claimed = claim(worker.worker, office.time(), 10, timedelta(seconds=30))
    with transaction() as db:
        db.get(Resident, first).opted_out_at = office.time()
        db.add(DoNotCall(phone_hash=db.get(Resident, second).phone_hash, reason="asked", at=office.time()))
    for attempt_id in claimed:
        worker._dialler.dial(attempt_id)
    assert office.server.calls == []
    assert {(a.result, a.reason) for a in office.attempts()} == {("cancelled", "asked")}


def test_an_opt_out_takes_back_what_is_planned_everywhere(office):
    (who,) = office.residents(1)
    office.campaign(name="하나")
    office.campaign(name="둘")
    with transaction() as db:
        forbid(db, db.get(Resident, who), "asked", office.time())
    office.time.on(hours=1)
    assert office.dial() == 0


def test_a_resident_has_one_live_call_whatever_campaigns_want(office):
    office.residents(1)
    office.campaign(name="하나")
    office.campaign(name="둘")
    office.time.on(hours=1)
    assert office.dial() == 1
    office.report("busy")
    office.keep_house()
    assert office.dial() == 1  # now the other one


def test_a_resident_who_is_calling_us_is_not_dialled(office):
    (who,) = office.residents(1)
    office.campaign()
    office.time.on(hours=1)
    with transaction() as db:
        call = open_call(db, db.get(Resident, who), "inbound", "weekly", office.time())
        call.started_at, call_id = office.time(), call.id
    office.dial()
    assert office.server.calls == []
    with transaction() as db:
        db.get(Call, call_id).closed_at = office.time()
    office.time.on(minutes=11)
    assert office.dial() == 1


def test_pausing_stops_at_once_and_resuming_goes_on(office):
    office.residents(3)
    campaign_id = office.campaign()
    office.time.on(hours=1)
    with transaction() as db:
        move(db, find(db, campaign_id), "pause", office.time())
    assert office.dial() == 0
    with transaction() as db:
        move(db, find(db, campaign_id), "resume", office.time())
    assert office.dial() == 3


def test_stopping_cancels_what_is_planned(office):
    office.residents(3)
    campaign_id = office.campaign()
    with transaction() as db:
        move(db, find(db, campaign_id), "stop", office.time())
    office.time.on(hours=1)
    assert office.dial() == 0
    assert {a.result for a in office.attempts()} == {"cancelled"}


def test_no_more_calls_at_a_time_than_the_campaign_allows(office):
    office.residents(5)
    office.campaign(concurrent_calls=2)
    office.time.on(hours=1)
    assert office.dial() == 2
    office.report("no-answer", office.attempts(state="placed")[0])
    office.keep_house()
    assert office.dial() == 1


def test_promised_calls_go_first_and_flagged_residents_before_others(office):
    ids = office.residents(4)
    with transaction() as db:
        db.get(Resident, ids[2]).flags = ["단전"]
    office.campaign(concurrent_calls=1)
    office.time.on(hours=1)
    office.dial()
    assert office.server.calls[0].to == "+821000000003"


def test_two_campaigns_share_the_line_and_an_urgent_one_gets_more(office):
    ids = office.residents(40)
    office.campaign(name="하나", residents={"ids": ids[:10]})
    office.campaign(name="둘", residents={"ids": ids[10:20]})
    office.campaign(name="급함", residents={"ids": ids[20:]}, urgent=True, windows=["매일 08:00-21:00"])
    office.time.on(hours=1)
    worker = office.worker()
    while len(office.server.calls) < 18:
        assert worker.dial_due()
    numbers = [int(c.to[-2:]) for c in office.server.calls[:18]]
    shares = [sum(a < n <= b for n in numbers) for a, b in ((0, 10), (10, 20), (20, 40))]
    assert shares == [3, 3, 12]


@pytest.mark.parametrize("rate", [2, 20])
def test_moments_are_far_enough_apart_for_the_rate(office, rate, configure):
    configure(CALLS_PER_SECOND=rate)
    office.residents(2 * rate + 1)
    office.campaign()
    office.time.on(hours=1)
    office.dial()
    moments = sorted(a.slot_at for a in office.attempts())
    assert len(moments) == 2 * rate + 1
    assert all(b - a > timedelta(seconds=1) for a, b in zip(moments, moments[rate:], strict=False))
