"""What a live call keeps: slots, form and wordings, through a restart, encrypted."""

import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered

from anbu.calling.record import find_call, open_call
from anbu.settings import ROOT
from anbu.store.session import transaction
from connectors.tracker_store import CallTrackerStore
from tests.conftest import NOON


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


def talk(store, call_id, turns=1):
    async def go():
        for n in range(turns):
            tracker = await store.get_or_create_tracker(call_id)
            tracker.update(UserUttered("비밀스러운 말", {"name": "inform"}))
            tracker.update(ActionExecuted("checkin_form"))
            tracker.update_with_events(
                [ActiveLoop("checkin_form"), SlotSet("meals", n), SlotSet("requested_slot", "health"),
                 BotUttered("몸은 좀 어떠세요?", metadata={"line": f"줄 {n}"}), ActionExecuted("action_listen")],
                domain=store.domain,
            )  # fmt: skip
            await store.save(tracker)
        return await store.retrieve(call_id)

    return asyncio.run(go())


def test_tracker_stays_small_however_long_the_call(database, domain):
    with transaction() as db:
        call_id = open_call(db, None, "outbound", "initial", NOON).id
    store = CallTrackerStore(domain)
    short, long = len(talk(store, call_id, 3).events), len(talk(store, call_id, 60).events)
    assert long <= short + 30


def test_call_goes_on_after_a_restart(database, domain):
    with transaction() as db:
        call_id = open_call(db, None, "outbound", "initial", NOON).id
    store = CallTrackerStore(domain)
    talk(store, call_id)
    with transaction() as db:
        find_call(db, call_id).dialogue = store.of(call_id)
    tracker = asyncio.run(CallTrackerStore(domain).retrieve(call_id))
    assert tracker.active_loop_name == "checkin_form"
    assert (tracker.get_slot("meals"), tracker.get_slot("requested_slot")) == (0, "health")
    assert tracker.latest_action_name == "action_listen"
    with transaction() as db:
        assert "비밀" not in str(find_call(db, call_id).dialogue)  # words are kept in turns alone


def test_unknown_call_has_no_tracker(database, domain):
    assert asyncio.run(CallTrackerStore(domain).retrieve("nobody")) is None
