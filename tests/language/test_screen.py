"""The danger screen: plain dangers are found for certain, what only sounds like one is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anbu.language.screen import load, rules, screen

# One plain saying each, as it may come over the telephone; all must be found without asking back.
PLAIN = [
    ("죽고 싶어요", "suicide_ideation"),
    ("죽고 싶당게", "suicide_ideation"),
    ("요새는 자꾸 죽고 싶은 생각이 들어요", "suicide_ideation"),
    ("차라리 죽는 게 나아요", "suicide_ideation"),
    ("살기 싫어요", "suicide_ideation"),
    ("이대로 안 깨어났으면 좋겠어요", "suicide_ideation"),
    ("수면제를 한꺼번에 먹었어요", "suicide_imminent"),
    ("오늘 밤에 죽으려고요", "suicide_imminent"),
    ("손목을 그었어요", "suicide_imminent"),
    ("농약을 마셨어요", "suicide_imminent"),
    ("가스 냄새가 나요", "hazard"),
    ("까스가 새는 것 같아요", "hazard"),
    ("집에 불났어요", "hazard"),
    ("방에 연기가 자욱해요", "hazard"),
    ("숨을 못 쉬겠어요", "medical_emergency"),
    ("숨을 몬 쉬겠심더", "medical_emergency"),
    ("가슴이 쥐어짜듯이 아파요", "medical_emergency"),
    ("말이 어눌해졌어요", "medical_emergency"),
    ("화장실에서 넘어져서 못 일어나겠어요", "medical_emergency"),
    ("피가 안 멈춰요", "medical_emergency"),
    ("쌀이 떨어져서 굶고 있어요", "starvation"),
    ("사흘째 굶고 있습니다", "starvation"),
    ("어제부터 아무것도 못 먹었어요", "starvation"),
    ("먹을 게 하나도 없어요", "starvation"),
    ("남편이 때려요", "violence"),
    ("아들한테 맞았어요", "violence"),
    ("칼 들고 죽인다고 해요", "violence"),
    ("살려 주세요", "plea_for_help"),
    ("119 좀 불러 주세요", "plea_for_help"),
    ("구급차 좀 보내 주이소", "plea_for_help"),
    ("지금 와 주세요", "plea_for_help"),
    ("전기가 끊겼어요", "utilities_cut"),
    ("요금을 못 내서 수도가 끊겼습니다", "utilities_cut"),
    ("잘 데가 없어요", "utilities_cut"),
    ("통장을 뺏겼어요", "scam"),
    ("검찰이라면서 돈을 보내래요", "scam"),
    ("그놈을 죽여 버릴 거야", "threat_to_others"),
    ("애를 혼자 두고 나가요", "threat_to_others"),
    ("옆집 할머니가 며칠째 안 보여요", "third_party"),
]
FILLERS = ["아이고", "그냥", "뭐", "저기", "음", "글쎄", "인자", "진짜", "너무"]


def found(text: str) -> dict[str, bool]:
    """Signal → whether to ask first."""
    return {signal.code: signal.confirm for signal in screen(text)}


@pytest.mark.parametrize(("text", "code"), PLAIN)
def test_a_plain_danger_is_certain(text, code):
    assert found(text).get(code) is False


@pytest.mark.parametrize(("text", "code"), PLAIN)
def test_a_plain_danger_is_found_without_spaces(text, code):
    assert code in found(text.replace(" ", ""))


@pytest.mark.parametrize(("text", "code"), PLAIN)
@pytest.mark.parametrize("after", [" 괜찮아요", " 그래도 괜찮아요", " 근데 괜찮습니다", " 에이 괜찮아"])
def test_saying_it_is_fine_takes_nothing_back(text, code, after):
    assert code in found(text + after)


@given(saying=st.sampled_from(PLAIN), fillers=st.lists(st.sampled_from(FILLERS), min_size=20, max_size=20))
@settings(deadline=None, max_examples=150)
def test_fillers_between_the_words_hide_nothing(saying, fillers):
    text, code = saying
    words = text.split()
    spoken = " ".join(f"{filler} {word}" for filler, word in zip(fillers, words, strict=False))
    assert code in found(spoken)


@given(saying=st.sampled_from(PLAIN), before=st.sampled_from(["밥은 먹었고요", "날이 춥네요", "예 예", "잘 지내요"]))
@settings(deadline=None, max_examples=80)
def test_small_talk_before_hides_nothing(saying, before):
    text, code = saying
    assert code in found(f"{before} {text}")


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=150)
def test_odd_input_never_raises_and_quotes_what_was_heard(text):
    for signal in screen(text):
        assert signal.quote
        assert 0 <= signal.start < signal.end


@pytest.mark.parametrize(
    "text",
    [
        "죽고 싶지 않아요",
        "죽고 싶은 생각은 한 번도 없어요",
        "굶은 적 없어요",
        "가스 냄새 안 나요",
        "전기 안 끊겼어요",
        "때린 적은 없어요",
        "사라지고 싶다거나 그런 생각은 안 들어요",
        "죽을 생각은 해 본 적도 없어",
    ],
)
def test_a_denial_is_no_danger(text):
    assert found(text) == {}


@pytest.mark.parametrize("text", ["죽고 싶지 않은 건 아니에요", "죽고 싶다는 생각이 없는 건 아니에요"])
def test_a_denied_denial_is_a_danger(text):
    assert "suicide_ideation" in found(text)


@pytest.mark.parametrize(
    "text", ["넘어지면 못 일어날까 봐 조심해요", "불날까 봐 가스 잠그고 다녀요", "물 끊길까 봐 받아 뒀어"]
)
def test_a_fear_is_no_danger(text):
    assert found(text) == {}


@pytest.mark.parametrize("text", ["삼십 년 전에 남편이 때렸지", "젊을 때는 며칠씩 굶었지", "옛날에 집에 불이 났었어요"])
def test_what_is_long_past_is_no_danger(text):
    assert found(text) == {}


def test_what_began_long_ago_and_goes_on_is_a_danger():
    assert "violence" in found("십 년 전부터 지금까지 남편이 때려요")


@pytest.mark.parametrize(
    "text",
    ["드라마에서 남편이 아내를 때려요", "의사가 숨이 차면 119에 전화하라고 하데요", "만약에 불이 나면 어디로 피해요"],
)
def test_fiction_advice_and_mere_questions_are_no_danger(text):
    assert found(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "손주가 보고 싶어 죽겠어요",
        "예뻐 죽겠어",
        "웃겨서 죽는 줄 알았네",
        "쥐 죽은 듯이 조용해요",
        "천불이 나 죽겠네",
        "독감 주사 맞았어요",
        "인터넷이 끊겼어요",
        "다이어트하느라 저녁 굶어요",
        "숨 돌릴 틈이 없네",
    ],
)
def test_idioms_are_no_danger(text):
    assert found(text) == {}


@pytest.mark.parametrize(
    "text", ["아들이 아침저녁으로 전화합니다", "딸이 일 년에 두어 번 와요", "친구랑 같이 밥 먹었어요"]
)
def test_ordinary_talk_is_no_danger(text):
    assert found(text) == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("우리 딸이 죽고 싶대요", "third_party"),
        ("집사람이 숨을 안 쉬어요", "third_party"),
        ("내가 죽고 싶어요", "suicide_ideation"),
    ],
)
def test_whose_danger_it_is(text, code):
    assert list(found(text)) == [code]


def test_what_a_stranger_does_in_the_news_is_nobody_near():
    assert "third_party" not in found("뉴스에서 어떤 사람이 죽고 싶다고 했다는데")


def test_a_doubtful_saying_is_asked_back():
    assert found("지금 막 죽겠어 너무 아파 갖고")["medical_emergency"] is True


def test_two_dangers_in_one_breath_are_both_found():
    assert set(found("집에 불이 났어요 살려 주세요")) == {"hazard", "plea_for_help"}


def test_the_quote_is_the_words_that_were_heard():
    (signal,) = screen("밥은 먹고요 가스 냄새가 그냥 나요 예")
    assert signal.quote == "가스 냄새가 그냥 나요"
    assert signal.source.startswith("rule:hazard.")


def test_a_group_that_is_used_and_defined_nowhere_is_named(tmp_path):
    for name in ("context", "shared"):
        source = rules.__wrapped__.__globals__["DANGER"] / f"{name}.yml"
        (tmp_path / f"{name}.yml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "hazard.yml").write_text("signal: hazard\nsure:\n  불이 남: [<없는 묶음> 나다]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="없는 묶음"):
        load(tmp_path)
