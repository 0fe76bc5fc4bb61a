import xml.etree.ElementTree as ET

from connectors.twiml import Reply, Voice, render

VOICE = Voice("Polly.Seoyeon", "http://a/turn?call=1&n=2", "http://a/handover?call=1&n=2")


def tree(reply, voice=VOICE):
    return ET.fromstring(render(reply, voice))


def test_question_is_gathered_as_speech_or_keys_and_can_be_interrupted():
    root = tree(Reply(["식사는 하루에 몇 끼나 드세요?"], ask={"topic": "meals"}))
    gather = root.find("Gather")
    assert "한 끼" in gather.attrib.pop("hints").split(",")
    assert gather.attrib == {
        "input": "dtmf speech", "language": "ko-KR", "action": VOICE.turn_url, "method": "POST", "timeout": "6",
        "speechTimeout": "auto", "numDigits": "1", "profanityFilter": "false", "actionOnEmptyResult": "true",
        "bargeIn": "true",
    }  # fmt: skip
    assert gather.find("Say").text == "식사는 하루에 몇 끼나 드세요?"
    assert root[-1].tag == "Redirect"  # should Twilio fall through, the call goes on


def test_speech_model_brings_a_whole_number_of_seconds():
    voice = Voice("v", "http://a", "http://b", speech_model="googlev2_telephony")
    gather = tree(Reply(["네?"], ask={"topic": "x"}), voice).find("Gather")
    assert (gather.get("speechModel"), gather.get("speechTimeout")) == ("googlev2_telephony", "2")


def test_a_slow_speaker_is_given_time():
    plain, patient = (tree(Reply(["네?"], ask={"topic": "meals"}, patience=p)).find("Gather") for p in (0, 2))
    assert int(patient.get("timeout")) > int(plain.get("timeout"))
    assert (plain.get("speechTimeout"), patient.get("speechTimeout")) == ("auto", "4")


def test_a_line_with_a_sound_is_played_and_any_other_is_said():
    voice = Voice("v", "http://a", "http://b", sounds={"네.": "http://a/audio/x.wav"})
    gather = tree(Reply(["네.", "식사는요?"], ask={"topic": "meals"}), voice).find("Gather")
    assert [(e.tag, e.text) for e in gather] == [("Play", "http://a/audio/x.wav"), ("Say", "식사는요?")]


def test_end_speaks_and_hangs_up():
    assert [e.tag for e in tree(Reply(["안녕히 계세요."], end="completed"))] == ["Say", "Hangup"]


def test_hand_over_speaks_then_goes_where_people_are_rung():
    root = tree(Reply(["사람을 연결해 드릴게요."], dial="danger"))
    assert [e.tag for e in root] == ["Say", "Redirect"]
    assert root.find("Redirect").text == VOICE.dial_url


def test_slow_and_loud_are_heard():
    prosody = tree(Reply(["네"], ask={"topic": "x"}, slow=True, loud=True)).find("Gather/Say/prosody")
    assert (prosody.get("rate"), prosody.get("volume"), prosody.text) == ("80%", "x-loud", "네")


def test_words_are_escaped():
    assert tree(Reply(["<Hangup/> & 네"], ask={"topic": "x"})).find("Gather/Say").text == "<Hangup/> & 네"
