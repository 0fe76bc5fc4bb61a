"""The real Twilio client against a server that refuses, breaks off and says nothing."""

from datetime import datetime, timedelta, timezone

import pytest

from anbu.calling.gateway import Order, Refused, Throttled, Unclear
from anbu.calling.gateway.twilio import TwilioGateway, meaning

ORDER = Order("a" * 32, "+821000000001")


@pytest.mark.parametrize(
    ("status", "code", "kind", "permanent"),
    [
        (400, 21211, Refused, True), (400, 21215, Refused, True), (400, 13224, Refused, True),
        (400, 21219, Refused, False), (401, 20003, Throttled, False), (400, 21210, Throttled, False),
        (429, 20429, Throttled, False), (500, 20500, Unclear, None),
        (503, None, Unclear, None), (408, None, Unclear, None),
    ],
)  # fmt: skip
def test_what_an_error_says_of_the_call(status, code, kind, permanent):
    found = meaning(status, code)
    assert type(found) is kind
    assert permanent is None or found.permanent is permanent


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("429", Throttled), ("400:21211", Refused), ("500", Unclear), ("reset", Unclear), ("unasked", Unclear),
        ("lost", Unclear),
    ],
)  # fmt: skip
def test_each_fault_is_told_apart(twilio, how, kind):
    twilio.misbehave = lambda n: how
    with pytest.raises(kind):
        TwilioGateway().place(ORDER)
    assert twilio.creates == 1  # nothing asks twice
    assert len(twilio.calls) == (how in ("500", "reset", "lost"))


def test_a_call_is_found_looked_up_and_taken_back(twilio):
    gateway = TwilioGateway()
    sid = gateway.place(ORDER)
    since = datetime.now(timezone.utc) - timedelta(seconds=5)
    assert [r.sid for r in gateway.find(ORDER, since)] == [sid]
    assert gateway.find(ORDER, since + timedelta(hours=1)) == []
    assert gateway.find(Order("b", "+821000000002"), since) == []
    gateway.cancel(sid)
    assert gateway.look_up(sid).status == "canceled"
    assert gateway.look_up("CA" + "0" * 32) is None


def test_no_number_is_in_what_an_error_says(twilio):
    twilio.misbehave = lambda n: "400:21211"
    with pytest.raises(Refused) as refused:
        TwilioGateway().place(ORDER)
    assert "821000000001" not in str(refused.value)
