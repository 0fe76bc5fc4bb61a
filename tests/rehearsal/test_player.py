"""The player against a stand-in engine over real HTTP."""

import pytest

from anbu.rehearsal import player as playing
from anbu.rehearsal.persona import parse
from anbu.rehearsal.player import Player
from anbu.rehearsal.resident import Resident

from .conftest import TOKEN, Answer


def say(*lines):
    return "".join(f"<Say>{line}</Say>" for line in lines)


def ask(line, topic="meals", before="", after="", **attributes):
    given = {"input": "dtmf speech", "language": "ko-KR", "action": "/webhooks/voice/turn?n=1", **attributes}
    written = " ".join(f'{key}="{value}"' for key, value in given.items())
    return Answer(f"<Response>{before}<Gather {written}>{say(line)}</Gather>{after}</Response>", topic)


def document(inside, **kwargs):
    return Answer(f"<Response>{inside}</Response>", **kwargs)


BYE = document(say("안녕히 계세요") + "<Hangup/>")


def play(engine, documents, call_id="call-1", on_duty="answers", **persona):
    engine.answers = documents
    resident = Resident(parse({"name": "홍길동", **persona}, "test.yml"))
    player = Player(engine.url, TOKEN, resident, number="+821001234567", call_id=call_id, on_duty=on_duty)
    return player.play()


def test_an_outbound_call_from_ringing_to_its_end(engine):
    recording = play(engine, [ask("몇 끼 드세요?"), BYE], answers={"meals": "두 끼"})
    assert recording.problems == []
    assert [(t["who"], t["text"], t["topic"]) for t in recording.turns] == [
        ("bot", "몇 끼 드세요?", "meals"), ("resident", "두 끼", "meals"), ("bot", "안녕히 계세요", None),
    ]  # fmt: skip
    assert recording.turns[0]["ms"] > 0
    assert recording.turns[1]["ms"] is None
    assert engine.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    answer, turn = engine.turns()
    assert (answer.path, answer.query) == ("/webhooks/voice/answer", {"call": "call-1"})
    assert (turn.path, turn.query) == ("/webhooks/voice/turn", {"n": "1"})
    assert turn.fields["SpeechResult"] == "두 끼"
    assert 0 < float(turn.fields["Confidence"]) < 1


def test_every_request_is_signed_and_looks_like_twilios(engine):
    play(engine, [ask("몇 끼 드세요?"), BYE])
    assert all(r.signed for r in engine.received)
    tokens = [r.headers["I-Twilio-Idempotency-Token"] for r in engine.received]
    assert len(set(tokens)) == len(tokens)
    assert len({r.fields["CallSid"] for r in engine.received}) == 1
    fields = engine.turns()[0].fields
    assert fields["CallSid"].startswith("CA")
    assert len(fields["CallSid"]) == 34
    assert (fields["Direction"], fields["To"], fields["CallStatus"]) == ("outbound-api", "+821001234567", "in-progress")
    assert fields["CallerCity"] == ""  # blank fields are sent and signed
    status = [r for r in engine.received if r.path.endswith("/status")]
    assert [r.fields["SequenceNumber"] for r in status] == ["0", "1", "2", "3"]
    assert int(status[-1].fields["CallDuration"]) >= 1


def test_an_inbound_call_brings_its_number_and_learns_its_id(engine):
    recording = play(engine, [ask("몇 끼 드세요?"), BYE], call_id=None)
    assert recording.call_id == "call-1"
    answer = engine.turns()[0]
    assert answer.query == {}
    assert (answer.fields["Direction"], answer.fields["From"]) == ("inbound", "+821001234567")
    assert engine.statuses() == ["completed"]


def test_keys_are_cut_to_the_number_asked_for(engine):
    play(engine, [ask("1번을 누르세요", numDigits="1"), BYE], digits_at={"meals": "12"})
    assert engine.turns()[1].fields["Digits"] == "1"
    assert "SpeechResult" not in engine.turns()[1].fields


def test_the_finishing_key_is_not_among_the_digits(engine):
    play(engine, [ask("누르세요"), BYE], digits_at={"meals": "12#"})
    assert engine.turns()[1].fields["Digits"] == "12"
    assert engine.turns()[1].fields["FinishedOnKey"] == "#"


def test_silence_is_posted_blank_where_twilio_is_told_to(engine):
    recording = play(engine, [ask("들리세요?", actionOnEmptyResult="true"), BYE], silent_at=["meals"])
    assert engine.turns()[1].fields["SpeechResult"] == ""
    assert recording.turns[1]["text"] == "(말없음)"


def test_silence_falls_through_to_the_next_verb(engine):
    redirect = '<Redirect method="GET">/webhooks/voice/turn?n=7</Redirect>'
    play(engine, [ask("들리세요?", after=redirect), BYE], silent_at=["meals"])
    assert engine.turns()[1].method == "GET"
    assert engine.turns()[1].query["n"] == "7"
    assert engine.turns()[1].signed


def test_speech_is_no_input_to_a_question_for_keys(engine):
    play(engine, [ask("누르세요", input="dtmf", after=say("고맙습니다"))], answers={"meals": "일 번"})
    assert len(engine.turns()) == 1


def test_the_end_of_the_document_ends_the_call(engine):
    recording = play(engine, [document(say("안녕히 계세요"))])
    assert recording.problems == []
    assert engine.statuses()[-1] == "completed"


def test_nothing_is_played_after_hanging_up(engine):
    recording = play(engine, [document(say("안녕히 계세요") + "<Hangup/>" + say("그리고"))])
    assert [t["text"] for t in recording.turns] == ["안녕히 계세요"]


def test_the_resident_can_hang_up(engine):
    recording = play(engine, [ask("몇 끼 드세요?", after=say("여보세요"))], hang_up_at="meals")
    assert [t["text"] for t in recording.turns] == ["몇 끼 드세요?", "(전화를 끊음)"]
    assert engine.statuses()[-1] == "completed"
    assert recording.problems == []


@pytest.mark.parametrize(
    ("on_duty", "status"),
    [("answers", "completed"), ("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed")],
)
def test_a_dialled_officer_does_as_the_persona_says(engine, on_duty, status):
    dial = '<Dial action="/webhooks/voice/handover?n=1" timeout="20"><Number>+821000000119</Number></Dial>'
    recording = play(engine, [document(say("연결할게요") + dial), BYE], on_duty=on_duty)
    fields = engine.turns()[1].fields
    assert fields["DialCallStatus"] == status
    assert ("DialCallDuration" in fields) == (on_duty == "answers")
    assert [t["who"] for t in recording.turns] == ["bot", "officer", "bot"]
    assert recording.problems == []


def test_without_an_action_a_dial_goes_on_below(engine):
    recording = play(engine, [document(say("연결할게요") + "<Dial>119</Dial>" + say("끝났어요"))])
    assert [t["text"] for t in recording.turns] == ["연결할게요", "(당번이 받음)", "끝났어요"]


def test_sounds_are_fetched(engine):
    engine.sounds = {"/audio/a.wav": Answer("RIFF", kind="audio/wav")}
    recording = play(engine, [document("<Play>/audio/a.wav</Play>")])
    assert recording.problems == []
    assert recording.turns[0]["text"] == "(소리 a.wav)"


@pytest.mark.parametrize(
    "sound", [Answer("x", status=404, kind="audio/wav"), Answer("글", kind="text/plain"), Answer("", kind="audio/wav")]
)
def test_a_sound_that_cannot_be_heard_is_a_problem(engine, sound):
    engine.sounds = {"/audio/a.wav": sound}
    recording = play(engine, [document("<Play>/audio/a.wav</Play>")])
    assert "소리가 나오지 않습니다" in recording.problems[0]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Answer("oops", status=500), "HTTP 500"),
        (Answer("no", status=403, kind="text/plain"), "ANBU_PUBLIC_URL"),
        (Answer("{}", kind="application/json"), "application/json"),
        (Answer("<Response>"), "XML"),
        (document(""), "빈 대답"),
        (document("<Hangup/>"), "빈 대답"),
        (document('<Gather action="/webhooks/voice/turn"/>', topic="meals"), "빈 대답"),
        (document("<Speak>안녕</Speak>" + say("안녕")), "<Speak>"),
        (ask("몇 끼 드세요?", topic=None), "X-Anbu-Topic"),
        (document(say("안녕하세요", "안녕하세요")), "두 번"),
    ],
)
def test_what_a_caller_would_suffer_from_is_reported(engine, answer, word):
    recording = play(engine, [answer, BYE])
    assert [p for p in recording.problems if word in p], recording.problems


def test_a_broken_answer_is_put_to_the_fallback_url_once(engine):
    fails = Answer("", status=500)
    recording = play(engine, [ask("몇 끼 드세요?"), fails, ask("다시 말씀해 주세요"), fails])
    paths = [r.path.rsplit("/", 1)[-1] for r in engine.turns()]
    assert paths == ["answer", "turn", "fallback", "turn"]
    assert engine.turns()[2].fields["ErrorCode"] == "11200"
    assert len([p for p in recording.problems if "HTTP 500" in p]) == 2


def test_an_answer_that_repeats_the_last_one_is_a_problem(engine):
    line = document(say("네", "몇 끼 드세요?"))
    line.body = line.body.replace("<Say>몇", '<Gather input="speech" language="ko-KR"><Say>몇').replace(
        "드세요?</Say>", "드세요?</Say></Gather>"
    )
    line.topic = "meals"
    recording = play(engine, [line, line, BYE])
    assert [p for p in recording.problems if "똑같은 말" in p]


def test_one_line_twice_in_a_row_is_a_problem_across_turns(engine):
    recording = play(engine, [ask("몇 끼 드세요?"), ask("몇 끼 드세요?"), BYE])
    assert [p for p in recording.problems if "두 번" in p]


def test_going_round_in_circles_is_a_problem(engine):
    recording = play(engine, [ask("하나?"), ask("둘?")] * 4 + [BYE])
    assert len(recording.problems) == 2
    assert "(4번째): “하나?”" in recording.problems[0]


def test_a_call_without_end_is_ended(engine, monkeypatch):
    monkeypatch.setattr(playing, "MOST_EXCHANGES", 10)
    recording = play(engine, [ask("하나?"), ask("둘?"), document("<Redirect>/webhooks/voice/turn</Redirect>")])
    assert len(engine.turns()) == 10
    assert "끝나지 않습니다" in recording.problems[-1]
    assert engine.statuses()[-1] == "completed"


def test_a_slow_answer_is_a_problem(engine, monkeypatch):
    monkeypatch.setattr(playing, "SLOW_MS", 0)
    assert "걸렸습니다" in play(engine, [BYE]).problems[0]


def test_an_engine_that_is_not_there_is_a_problem_not_an_exception():
    resident = Resident(parse({"name": "홍길동"}, "test.yml"))
    recording = Player("http://127.0.0.1:9", TOKEN, resident, number="+821001234567", call_id="call-1").play()
    assert "닿지 못했습니다" in recording.problems[0]
    assert recording.turns == []


def test_turns_are_told_as_they_happen(engine):
    told = []
    engine.answers = [ask("몇 끼 드세요?"), BYE]
    resident = Resident(parse({"name": "홍길동"}, "test.yml"))
    recording = Player(engine.url, TOKEN, resident, number="+821001234567", on_turn=told.append).play()
    assert told == recording.turns
