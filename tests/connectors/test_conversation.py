"""Whole exchanges with the real engine over HTTP."""

import threading

import httpx
import pytest
from sqlalchemy import func, select

from anbu import clock
from anbu.calling import record
from anbu.calling.closing import close_call, sweep
from anbu.calling.spool import bring_in
from anbu.store.models import AssessmentRow, Call, Case, Outbox, ReadingRow, Resident, SignalRow, Turn
from anbu.store.session import transaction
from tests.connectors.phone import Phone

pytestmark = pytest.mark.engine

DANGER = "사흘째 아무것도 못 먹었어요 집에 쌀도 없고 물만 마셔요"
EMERGENCY = "지금 가슴이 찢어지게 아프고 숨을 못 쉬겠어요"


def rows(model, **filters):
    with transaction() as db:
        return db.scalars(select(model).filter_by(**filters)).all()


def call_of(phone) -> Call:
    return rows(Call, id=phone.call_id)[0]


def test_opening_says_who_calls_and_that_it_is_a_machine(phone):
    said = phone.last.said
    for word in ("안부동 행정복지센터", "인공지능", "공이에 일이공", "끊으셔도", "적어", "김순자 님"):
        assert word in said
    assert phone.last.topic == "identity"


def test_inbound_call_is_greeted_as_one_and_known_by_its_number(engine):
    phone = Phone(engine, number="+821012345678")
    heard = phone.post("/webhooks/voice/answer", From="010-1234-5678")
    assert "전화 주셔서 고맙습니다" in heard.said
    assert "김순자 님" in heard.said
    again = phone.post("/webhooks/voice/answer", From="010-1234-5678")
    assert again.text == heard.text
    assert len(rows(Call, direction="inbound")) == 1


def test_unknown_caller_is_asked_for_the_name(engine):
    heard = Phone(engine).post("/webhooks/voice/answer", From="anonymous")
    assert "성함" in heard.said
    assert "None" not in heard.text


def test_repeated_turn_is_answered_the_same_without_a_second_event(phone):
    first = phone.say("네 접니다", token="t1")
    path = f"/webhooks/voice/turn?call={phone.call_id}&n=1"
    assert phone.post(path, "t1", SpeechResult="네 접니다").text == first.text
    assert phone.post(path, "t2", SpeechResult="딴말").text == first.text
    assert len(rows(Turn, call_id=phone.call_id)) == 2


def test_two_copies_of_a_turn_at_once_make_one_event(phone):
    path, answers = f"/webhooks/voice/turn?call={phone.call_id}&n=1", []
    threads = [
        threading.Thread(target=lambda: answers.append(phone.post(path, "t1", SpeechResult="네").text))
        for _ in range(4)
    ]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(set(answers)) == 1
    assert len(rows(Turn, call_id=phone.call_id)) == 2


@pytest.mark.parametrize(
    "path",
    [
        "turn?call=nobody&n=1",
        "answer?call=nobody",
        "status?call=nobody",
        "turn?n=1",
        "turn?call={}&n=99",
        "turn?call={}",
        "status?call={}",
    ],
)
def test_unknown_call_or_turn_gets_a_4xx_and_changes_nothing(phone, path):
    before = len(rows(Turn))
    heard = phone.post("/webhooks/voice/" + path.format(phone.call_id), SpeechResult="네", CallStatus="x")
    assert 400 <= heard.status < 500
    assert len(rows(Turn)) == before


def test_unsigned_request_is_refused_before_any_work(phone):
    url = f"{phone.server}/webhooks/voice/turn?call={phone.call_id}&n=1"
    assert httpx.post(url, data={"SpeechResult": DANGER}).status_code == 403
    assert rows(SignalRow) == []


def test_danger_is_written_before_rasa_sees_it(phone, agent, monkeypatch):
    seen = []

    async def handle(message):
        seen.append(([s.code for s in rows(SignalRow)], [c.priority for c in rows(Case)]))
        raise RuntimeError("Rasa is down")

    monkeypatch.setattr(agent, "handle_message", handle)
    phone.say(DANGER)
    assert seen == [(["starvation"], ["P1"])]


def test_emergency_is_connected_and_paged(phone):
    phone.say("네")
    assert phone.say(EMERGENCY).handed_over  # what follows: test_handover.py
    assert [c.priority for c in rows(Case)] == ["P0"]
    assert len(rows(Outbox, kind="page")) == 1


def test_without_an_officer_to_dial_a_call_is_promised(engine, configure):
    configure(ON_DUTY_NUMBER="")
    phone = Phone(engine)
    phone.answer()
    heard = phone.say(EMERGENCY)
    assert not heard.handed_over
    assert "곧 사람이 전화드릴" in heard.said
    assert len(rows(Outbox)) == 1


def test_silence_becomes_simpler_then_keys_then_a_kind_end(phone):
    heard = [phone.stay_silent().said for _ in range(3)]
    assert "1번" in heard[1]
    assert "담당자가 다시 연락" in heard[2]
    assert phone.last.ended
    assert call_of(phone).needs_person == "silence"
    assert rows(AssessmentRow)[0].priority == "P2"


def test_keys_are_taken_at_any_question(phone):
    assert phone.press("1").topic == "consent"
    assert phone.press("1").topic == "wellbeing"
    assert phone.press("0").handed_over


@pytest.mark.parametrize(
    "said",
    [
        "뭐라고요 다시 한 번 말해 줘요",
        "좀 천천히 말해 주세요",
        "더 크게 말해 주세요 안 들려요",
        "누구세요 어디서 전화한 거예요",
        "이거 보이스피싱 아니에요",
        "지금 기계가 말하는 거예요",
        "그건 말하고 싶지 않아요",
        "잘 모르겠는데요",
    ],
)
def test_after_an_interruption_the_call_is_back_in_its_place(phone, said):
    asked = phone.until("meals")
    heard = phone.say(said)
    assert not heard.ended
    assert heard.topic in ("meals", "health")  # a refused or unknown question is let go
    assert heard.said != asked.said


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("앞으로 다시는 전화하지 마세요", "opt_out"), ("잘못 거셨어요 그런 사람 없어요", "wrong_number"),
     ("이만 끊을게요", "hung_up"), ("지금 바쁘니까 내일 오전에 다시 걸어 주세요", "callback")],
)  # fmt: skip
def test_ways_out_are_respected_at_once(phone, said, outcome):
    heard = phone.say(said)
    assert heard.ended
    assert call_of(phone).outcome == outcome
    assert len(rows(AssessmentRow)) == 1
    if outcome == "opt_out":
        assert rows(Resident)[0].opted_out_at is not None
    if outcome == "callback":
        assert call_of(phone).callback_at is not None


def test_someone_else_is_asked_one_question_and_thanked(phone):
    phone.say("저는 딸인데요 어머니 지금 안 계세요")
    assert phone.last.topic == "proxy_concern"
    assert phone.say("요즘 별일 없으세요").ended
    assert call_of(phone).outcome == "proxy"


def test_refused_consent_ends_kindly(phone):
    phone.say("네 맞아요")
    heard = phone.say("아니요 안 할래요")
    assert heard.ended
    assert call_of(phone).outcome == "refused"


def test_a_grave_answer_heard_badly_is_asked_once_more(phone):
    phone.until("meals")
    asked = phone.reply(SpeechResult="하루에 한 끼 먹어요", Confidence="0.2")
    assert asked.topic == "meals"
    assert phone.reply(SpeechResult="하루에 한 끼 먹어요", Confidence="0.2").topic != "meals"
    assert [r.level for r in rows(ReadingRow, call_id=phone.call_id, factor="meals")][-1] >= 2


def test_danger_heard_badly_is_danger_all_the_same(phone):
    phone.reply(SpeechResult=EMERGENCY, Confidence="0.01")
    assert [c.priority for c in rows(Case)] == ["P0"]


def test_after_silence_the_call_listens_longer(phone):
    before = int(phone.last.root.find("Gather").get("timeout"))
    assert int(phone.stay_silent().root.find("Gather").get("timeout")) > before


# ── faults ────────────────────────────────────────────────────────────────────


def heard_and_assessed(phone):
    """The resident heard a valid sentence, what was said is kept, and the call can be assessed."""
    assert phone.last.status == 200
    assert phone.last.said
    bring_in()
    assert DANGER in [t.heard for t in rows(Turn, call_id=phone.call_id)]
    assert "starvation" in [s.code for s in rows(SignalRow, call_id=phone.call_id)]
    with transaction() as db:
        close_call(db, record.find_call(db, phone.call_id), "hung_up", clock.now())
    assert rows(AssessmentRow)[0].priority == "P1"


@pytest.mark.parametrize("action", ["ValidateCheckinForm", "ActionDanger"])
def test_exception_in_an_action(phone, monkeypatch, action):
    import actions

    async def broken(self, dispatcher, tracker, domain):
        raise RuntimeError("broken action")

    monkeypatch.setattr(getattr(actions, action), "run", broken)
    phone.say(DANGER)
    heard_and_assessed(phone)


def test_exception_in_a_component(phone, monkeypatch):
    from anbu.language import components

    monkeypatch.setattr(components, "understand", lambda *a, **k: 1 / 0)
    phone.say(DANGER)
    assert phone.last.topic is not None  # the screen alone steers the call
    heard_and_assessed(phone)


def test_exception_in_the_screen_itself(phone, monkeypatch):
    from connectors import conversation

    with monkeypatch.context() as broken:
        broken.setattr(conversation, "dangers", lambda text: 1 / 0)
        phone.say(DANGER)
    assert phone.last.said
    bring_in()
    assert DANGER in [t.heard for t in rows(Turn, call_id=phone.call_id)]


def test_database_that_cannot_take_the_utterance(phone, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(record, "hear", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
        phone.say(DANGER)
    assert phone.say("네").status == 200  # the call goes on
    heard_and_assessed(phone)


def test_database_that_cannot_take_the_reading(phone, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(record, "note_understanding", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
        phone.say(DANGER)
    heard_and_assessed(phone)


def test_slow_dialogue_is_answered_within_the_deadline(phone, agent, monkeypatch, configure):
    import asyncio

    configure(TURN_DEADLINE_S=0.6)

    async def slow(message):
        await asyncio.sleep(30)

    monkeypatch.setattr(agent, "handle_message", slow)
    first = phone.say(DANGER)
    assert not first.ended
    second = phone.say("네")
    assert second.ended
    assert call_of(phone).needs_person == "error"
    assert rows(AssessmentRow)[0].priority == "P1"


def test_fallback_url_goes_on_or_promises_a_call(phone):
    phone.say("네")
    heard = phone.post(f"/webhooks/voice/fallback?call={phone.call_id}", ErrorCode="11200")
    assert heard.root.find("Gather") is not None
    phone.last = heard
    assert phone.say("네").status == 200
    phone.status("completed", 9)
    assert phone.post(f"/webhooks/voice/fallback?call={phone.call_id}").ended


def test_dropped_line_is_assessed_once(phone):
    phone.say(EMERGENCY)
    phone.status("completed", 4)
    phone.status("completed", 4)
    assert call_of(phone).outcome == "hung_up"
    assert "line_lost" in [s.code for s in rows(SignalRow)]
    with transaction() as db:
        assert db.scalar(select(func.count()).select_from(AssessmentRow)) == 1
    late = phone.post(f"/webhooks/voice/turn?call={phone.call_id}&n=2", SpeechResult="여보세요")
    assert late.ended  # a late turn of a closed call is answered kindly and changes nothing


def test_engine_that_forgot_goes_on_from_the_record(phone, agent):
    phone.until("meals")
    agent.tracker_store._tracker_store._live.clear()  # as in a new process
    assert phone.say("하루에 세 끼 다 먹어요").topic == "health"


def test_stray_calls_are_swept(phone):
    phone.say("네")
    from datetime import timedelta

    assert sweep(clock.now() + timedelta(hours=1), 300) == [phone.call_id]
    assert len(rows(AssessmentRow)) == 1


def test_no_name_number_or_word_of_a_resident_in_any_log(engine, caplog, capfd):
    import logging

    caplog.set_level(logging.INFO)
    phone = Phone(engine, name="홍길순", number="+821098765432")
    phone.answer()
    for words in ("네 접니다", "네", DANGER, "뭐라고요", EMERGENCY):
        phone.say(words)
    logged = caplog.text + "".join(capfd.readouterr())
    for secret in ("홍길순", "98765432", "사흘째", "가슴이", "접니다"):
        assert secret not in logged
