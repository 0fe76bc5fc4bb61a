"""Pins the parts of rasa 3.6 that the in-process actions lean on."""

import asyncio

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.utils.endpoints import ClientResponseError

from connectors.inprocess import InProcessActions

TRACKER = {
    "sender_id": "c", "slots": {}, "latest_message": {"intent": {"name": "slower"}}, "events": [], "paused": False,
    "latest_event_time": 0, "followup_action": None, "active_loop": {}, "latest_action_name": "action_listen",
}  # fmt: skip


def run(action):
    call = {"next_action": action, "tracker": TRACKER, "domain": {}, "sender_id": "c"}
    return asyncio.run(InProcessActions().request(json=call, method="post"))


def test_action_runs_here_and_answers_as_a_server_would():
    answer = run("action_pace")
    assert answer["events"] == [{"event": "slot", "timestamp": None, "name": "pace", "value": "slow"}]
    assert answer["responses"] == []


def test_failing_action_is_an_error_without_the_tracker_in_it():
    with pytest.raises(ClientResponseError) as raised:
        run("action_nobody_wrote")
    assert raised.value.status == 500
    assert "sender_id" not in str(raised.value)


def test_rasa_has_the_hooks_that_are_replaced():
    assert callable(RemoteAction._validate_action_result)
    assert "action_endpoint" in MessageProcessor.__init__.__code__.co_varnames
