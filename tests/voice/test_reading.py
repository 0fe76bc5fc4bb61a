import pytest

from anbu.errors import ContentError
from anbu.voice.reading import aloud, parse
from anbu.voice.ssml import ssml


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("119로 전화하세요", "일일구로 전화하세요"),
        ("109번", "일공구번"),
        ("확인 번호는 02-120이에요", "확인 번호는 공이에 일이공이에요"),
        ("02-2120-0120", "공이에 이일이공에 공일이공"),
        ("010-1234-5678", "공일공에 일이삼사에 오육칠팔"),
        ("1577-0199", "일오칠칠에 공일구구"),
        ("6월 10일", "유월 십일"),
        ("10월 3일", "시월 삼일"),
        ("11월 23일 오후 3시 30분", "십일월 이십삼일 오후 세 시 삼십분"),
        ("2026년", "이천이십육년"),
        ("2026-06-01", "이천이십육년 유월 일일"),
        ("14:05", "열네 시 오 분"),
        ("14시", "십사 시"),
        ("3시간", "세 시간"),
        ("3개월", "삼 개월"),
        ("하루 2끼", "하루 두 끼"),
        ("20살", "스무 살"),
        ("21명", "스물한 명"),
        ("75세", "칠십오세"),
        ("3분이 사세요", "세 분이 사세요"),
        ("5분쯤 여쭤요", "오분쯤 여쭤요"),
        ("1번을 누르세요", "일 번을 누르세요"),
        ("일주일에 3번쯤", "일주일에 세 번쯤"),
        ("1,200원", "천이백원"),
        ("1.5", "일 점 오"),
        ("네, 그러시군요.", "네, 그러시군요."),
    ],
)
def test_numbers_are_said_as_people_say_them(written, said):
    assert aloud(written) == said


def test_pauses_fall_where_people_breathe():
    document = ssml("네, 네. 식사하셨어요? 네.")
    assert document == (
        '<speak>네,<break time="180ms"/> 네.<break time="420ms"/> 식사하셨어요?<break time="250ms"/> 네.</speak>'
    )


def test_a_number_to_write_down_is_said_slowly():
    assert '<prosody rate="slow">일<break time="140ms"/>일<break time="140ms"/>구</prosody>로' in ssml("119로")


def test_words_cannot_become_markup():
    assert "&lt;break/&gt; &amp; 네" in ssml("<break/> & 네")


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"name": "날짜", "pattern": "(", "read": {}, "say": ""}, "날짜"),
        ({"pattern": "(?P<n>1)", "read": {"n": "roman"}, "say": "{n}"}, "roman"),
        ({"pattern": "(?P<n>1)", "read": {"n": "sino"}, "say": "{m}"}, "1번째"),
        ({"pattern": "1"}, "1번째"),
    ],
)
def test_a_wrong_rule_is_named(rule, word):
    with pytest.raises(ContentError, match=word):
        parse({"readings": [rule], "pauses": {"sentence": 1, "question": 1, "comma": 1, "digits": 1}})
