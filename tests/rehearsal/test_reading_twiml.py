import pytest

from anbu.rehearsal.twiml import read


def problems(inside: str) -> list[str]:
    return read(f"<Response>{inside}</Response>")[1]


def test_a_question_as_the_connector_writes_it_is_read_without_problems():
    verbs, found = read(
        '<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="http://x/turn?call=1&amp;n=2" '
        'actionOnEmptyResult="true" input="dtmf speech" language="ko-KR" method="POST" numDigits="1" '
        'profanityFilter="false" speechTimeout="auto" timeout="6"><Say language="ko-KR" voice="Polly.Seoyeon">'
        '<prosody rate="80%">식사는 <break time="500ms"/>하셨어요?</prosody></Say></Gather>'
        '<Redirect method="POST">http://x/turn?call=1&amp;n=2</Redirect></Response>'.encode()
    )
    assert found == []
    assert [verb.name for verb in verbs] == ["Gather", "Redirect"]
    assert verbs[0].children[0].text == "식사는 하셨어요?"
    assert verbs[0].attributes["action"] == verbs[1].text == "http://x/turn?call=1&n=2"


def test_other_verbs_are_read():
    verbs, found = read(
        '<Response><Pause length="1"/><Play loop="1">https://x/a.wav</Play><Dial action="/handover" timeout="20" '
        'answerOnBridge="true" callerId="+8221200120"><Number>+821000000119</Number></Dial><Hangup/></Response>'
    )
    assert found == []
    assert [v.name for v in verbs] == ["Pause", "Play", "Dial", "Hangup"]
    assert verbs[2].number("timeout", 30) == 20


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ("", "XML"),
        ("hello", "XML"),
        ("<Response><Say>안녕</Response>", "XML"),
        ("<Response><Say>a & b</Say></Response>", "XML"),
        ("<Answer/>", "<Answer>"),
    ],
)
def test_what_is_no_twiml_has_no_verbs(document, word):
    verbs, found = read(document)
    assert verbs == []
    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize(
    ("inside", "word"),
    [
        ("<Speak>안녕</Speak>", "<Speak>"),
        ("<Record/>", "<Record>"),
        ("<say>안녕</say>", "<say>"),
        ("<Number>119</Number>", "<Number>"),
        ('<Say tone="soft">안녕</Say>', "tone"),
        ("<Say> </Say>", "할 말"),
        ("<Say><bold>안녕</bold></Say>", "<bold>"),
        ('<Say><prosody speed="1">안녕</prosody></Say>', "speed"),
        (f"<Say>{'가' * 4097}</Say>", "4096"),
        ("<Play></Play>", "주소"),
        ("<Redirect/>", "주소"),
        ("<Hangup>잘 가</Hangup>글", "글"),
        ("<Hangup><Say>안녕</Say></Hangup>", "<Hangup>"),
        ('<Gather input="voice"><Say>응</Say></Gather>', "input"),
        ('<Gather timeout="soon"><Say>응</Say></Gather>', "timeout"),
        ('<Gather actionOnEmptyResult="yes"><Say>응</Say></Gather>', "actionOnEmptyResult"),
        ('<Gather input="speech"><Say>응</Say></Gather>', "ko-KR"),
        ('<Gather input="speech" language="en-US"><Say>응</Say></Gather>', "ko-KR"),
        ('<Gather input="speech" language="ko-KR" speechModel="x" speechTimeout="auto"/>', "speechTimeout"),
        ('<Gather input="speech" language="ko-KR" speechModel="phone_call" speechTimeout="3"/>', "phone_call"),
        (f'<Gather hints="{"가" * 101}"/>', "hints"),
        ("<Gather><Hangup/></Gather>", "<Hangup>"),
        ("<Dial/>", "번호"),
        ("<Dial>당번</Dial>", "전화번호"),
        ("<Dial><Number>당번</Number></Dial>", "전화번호"),
        ("<Dial><Sip>sip:a@b</Sip></Dial>", "<Sip>"),
        ('<Dial when="now">119</Dial>', "when"),
    ],
)
def test_each_fault_is_one_plain_sentence(inside, word):
    found = problems(inside)
    assert [p for p in found if word in p], found


def test_a_verb_that_cannot_be_played_is_left_out():
    verbs, found = read("<Response><Say>안녕</Say><Record/><Hangup/></Response>")
    assert [v.name for v in verbs] == ["Say", "Hangup"]
    assert len(found) == 1
