"""The conference of a rehearsal against a stand-in engine: what Twilio would do, what a caller would suffer from."""

import httpx
import pytest

from anbu.rehearsal.exchange import telephone_exchange
from anbu.rehearsal.persona import parse
from anbu.rehearsal.player import Player
from anbu.rehearsal.resident import Resident

from .conftest import TOKEN, Answer

HOOKS = "/webhooks/voice"
HOLD = Answer("<Response><Say>기다려 주세요</Say><Pause length='8'/></Response>")
BYE = Answer("<Response><Say>안녕히 계세요</Say><Hangup/></Response>")


def room(limit=""):
    return Answer(
        f'<Response><Say>이어 드릴게요</Say><Dial action="{HOOKS}/back" {limit}>'
        f'<Conference beep="false" startConferenceOnEnter="false" endConferenceOnExit="true" waitUrl="{HOOKS}/hold" '
        f'statusCallback="{HOOKS}/status" statusCallbackEvent="start end join leave">abc</Conference></Dial></Response>'
    )


@pytest.fixture
def exchange():
    with telephone_exchange() as running:
        yield running


def play(engine, exchange, documents, **persona):
    engine.sounds = {f"{HOOKS}/hold": persona.pop("hold", HOLD)}
    engine.answers = documents
    resident = Resident(parse({"name": "홍길동", **persona}, "test.yml"))
    return Player(engine.url, TOKEN, resident, number="+821001234567", call_id="call-1", exchange=exchange).play()


def test_a_timed_stay_ends_by_itself(engine, exchange):
    recording = play(engine, exchange, [room('timeLimit="30"'), BYE])
    assert recording.problems == []
    assert [r.path.rsplit("/", 1)[-1] for r in engine.turns()] == ["answer", "back"]
    assert engine.turns()[-1].fields["DialCallStatus"] == "completed"
    assert [t["text"] for t in recording.turns].count("기다려 주세요") == 3


def test_a_stay_without_end_or_company_is_a_problem(engine, exchange):
    assert any("아무도 오지 않는데" in p for p in play(engine, exchange, [room(), BYE]).problems)


@pytest.mark.parametrize(
    ("hold", "word"),
    [
        ("<Response><Pause length='3'/></Response>", "조용"),
        ("<Response><Say>네</Say><Hangup/></Response>", "Say, Play, Pause, Redirect"),
        ("<Response><Say>네</Say><Gather input='dtmf'><Say>응</Say></Gather></Response>", "Say, Play, Pause, Redirect"),
    ],
)
def test_what_twilio_would_not_play_while_waiting_is_a_problem(engine, exchange, hold, word):
    recording = play(engine, exchange, [room('timeLimit="15"'), BYE], hold=Answer(hold))
    assert [p for p in recording.problems if word in p]


def test_hanging_up_while_waiting_ends_the_call(engine, exchange):
    recording = play(engine, exchange, [room(), BYE], hang_up_at="handover_hold")
    assert recording.turns[-1]["text"] == "(전화를 끊음)"
    assert engine.statuses()[-1] == "completed"
    assert len(engine.turns()) == 1


def test_a_line_that_rest_moves_goes_there(engine, exchange):
    exchange.fails = lambda kind, nth: None
    resident = Resident(parse({"name": "홍길동"}, "test.yml"))
    player = Player(engine.url, TOKEN, resident, number="+821001234567", call_id="call-1", exchange=exchange)
    url = f"{exchange.url}/2010-04-01/Accounts/AC1/Calls/{player.telephone.sid}.json"
    assert httpx.post(url, data={"Url": f"{engine.url}{HOOKS}/there"}).status_code == 200
    engine.sounds, engine.answers = {f"{HOOKS}/hold": HOLD}, [room(), BYE]
    assert player.play().problems == []
    assert engine.turns()[-1].path == f"{HOOKS}/there"
