from anbu.rehearsal.persona import parse
from anbu.rehearsal.resident import Act, Resident


def resident(**raw):
    return Resident(parse({"name": "홍길동", **raw}, "test.yml"))


def test_answers_come_in_order_and_the_last_repeats():
    r = resident(answers={"meals": ["두 끼", "한 끼"]})
    assert [r.answer("meals").speech for _ in range(3)] == ["두 끼", "한 끼", "한 끼"]


def test_an_interrupt_is_said_once_and_the_first_answer_follows():
    r = resident(answers={"meals": ["두 끼", "한 끼"]}, interrupts=[{"at": "meals", "say": "누구세요"}])
    assert [r.answer("meals").speech for _ in range(3)] == ["누구세요", "두 끼", "한 끼"]


def test_several_interrupts_at_one_topic_are_said_in_order():
    said = [("meals", "뭐라고"), ("mood", "응"), ("meals", "크게")]
    r = resident(interrupts=[{"at": at, "say": say} for at, say in said])
    assert [r.answer("meals").speech for _ in range(2)] == ["뭐라고", "크게"]


def test_silence_lasts_where_there_is_no_answer_and_is_once_where_there_is_one():
    r = resident(silent_at=["meals", "mood"], answers={"mood": "괜찮아"})
    assert [r.answer("meals") for _ in range(3)] == [Act()] * 3
    assert [r.answer("mood") for _ in range(2)] == [Act(), Act(speech="괜찮아")]


def test_an_empty_answer_is_silence():
    r = resident(answers={"meals": ["", "두 끼"]})
    assert [str(r.answer("meals")) for _ in range(2)] == ["(말없음)", "두 끼"]


def test_digits_are_pressed_whenever_the_topic_is_asked():
    r = resident(digits_at={"consent": 1}, silent_at=["consent"])
    assert [r.answer("consent") for _ in range(3)] == [Act(), Act(digits="1"), Act(digits="1")]


def test_hanging_up_comes_after_an_interrupt():
    r = resident(hang_up_at="mood", interrupts=[{"at": "mood", "say": "그만해"}])
    assert r.answer("mood").speech == "그만해"
    assert r.answer("mood").hangs_up


def test_the_default_stands_for_every_topic_without_an_answer():
    r = resident(default="몰라", answers={"identity": "네"})
    assert [r.answer(t).speech for t in ("identity", "consent", "meals", "danger_check", None)] == ["네"] + ["몰라"] * 4


def test_without_a_default_the_answer_fits_the_kind_of_question():
    r = resident()
    assert r.answer("identity").speech == r.answer("consent").speech == "네"
    assert r.answer("suicide_plan").speech == r.answer("home_check").speech == "아니요"
    assert r.answer("callback_time").speech == "잘 모르겠어요"
    assert r.answer("meals").speech == r.answer(None).speech == "글쎄요 그냥 그래요"
