"""Whole hand-overs: the live engine, real REST requests to an exchange on loopback, and the rehearsal player.

Whatever the officers, the resident, Twilio or the network do, the resident hears a voice and has a next step.
"""

import pytest
from sqlalchemy import select

from anbu import clock
from anbu.calling.record import add_resident, open_call
from anbu.rehearsal.exchange import telephone_exchange
from anbu.rehearsal.persona import parse
from anbu.rehearsal.player import Player
from anbu.rehearsal.resident import Resident
from anbu.store.models import Call, Case, Handover, HandoverLeg, Outbox, Redial, Turn
from anbu.store.session import transaction
from connectors.emergency import chosen_by
from connectors.webhook import Webhook

pytestmark = pytest.mark.engine

EMERGENCY = "지금 가슴이 찢어지게 아프고 숨을 못 쉬겠어요"
VIOLENCE = "남편이 나를 때려요 지금 맞고 있어요"
ASKED = "사람 좀 바꿔 주세요"
NUMBER = "+821001234567"
FIRST, SECOND, MANAGER, LINE_119 = "+82200000000", "+82200000001", "+82200000009", "+82200000119"


def rows(model, **filters):
    with transaction() as db:
        return db.scalars(select(model).filter_by(**filters)).all()


class Office:
    """An engine with an exchange: `hold` makes a call and returns its recording."""

    def __init__(self, engine, exchange, configure):
        self.engine, self.exchange = engine, exchange
        exchange.resident = NUMBER
        settings = {name.removeprefix("ANBU_"): value for name, value in exchange.settings().items()}
        configure(
            **settings, PUBLIC_URL=engine, ON_DUTY_NUMBER=FIRST, ON_DUTY_NUMBERS=SECOND, MANAGER_NUMBER=MANAGER,
        )  # fmt: skip
        self.configure = configure
        with transaction() as db:
            resident = add_resident(db, "김순자", NUMBER, clock.now())
            self.call_id = open_call(db, resident, "outbound", "initial", clock.now()).id

    def hold(self, say=EMERGENCY, on_duty="answers", rung=None, **persona):
        raw = {"name": "김순자", "answers": {"identity": say, **persona.pop("answers", {})}, **persona}
        call_id = None if rung else self.call_id
        self.recording = Player(
            self.engine, "test-token", Resident(parse(raw, "test")), number=NUMBER, call_id=call_id,
            exchange=self.exchange, on_duty=on_duty, rung=rung,
        ).play()  # fmt: skip
        return self.recording

    @property
    def handover(self) -> Handover:
        return rows(Handover, call_id=self.call_id)[-1]

    @property
    def call(self) -> Call:
        return rows(Call, id=self.call_id)[0]

    def legs(self):
        rung = [leg for leg in rows(HandoverLeg) if leg.dialed_at]
        return [(leg.number, leg.result) for leg in sorted(rung, key=lambda leg: leg.dialed_at)]

    def bot(self):
        return " ".join(t["text"] for t in self.recording.turns if t["who"] == "bot")

    def officers(self):
        return [t["text"] for t in self.recording.turns if t["who"] == "officer"]

    def pages(self):
        return {row.dedupe_key.split(":", 1)[1] for row in rows(Outbox)}


@pytest.fixture
def office(engine, configure):
    """office(officers=[...], fails=...) → an Office."""
    opened = []

    def make(*officers, fails=lambda kind, nth: None):
        context = telephone_exchange(officers or ("answers",), fails)
        opened.append(context)
        return Office(engine, context.__enter__(), configure)

    yield make
    for context in opened:
        context.__exit__(None, None, None)


def test_an_officer_takes_the_call(office):
    here = office("answers")
    assert here.hold().problems == []
    assert (here.handover.outcome, here.handover.spoke_with) == ("spoke", "당번 1")
    assert here.handover.spoke_from < here.handover.spoke_to
    assert here.call.outcome == "handed_over"
    assert here.legs() == [(FIRST, "spoke")]
    assert [c.priority for c in rows(Case)] == ["P0"]
    assert "제가 같이 있어요" in here.bot()
    heard = here.officers()
    assert "1번을 누르시면 연결됩니다" in heard[0]
    assert "응급 질환" not in heard[0]
    assert "김순자 님, 응급 질환" in "".join(heard)


def test_the_case_with_the_transcript_is_there_before_a_telephone_rings(office):
    seen = []

    def fails(kind, nth):
        seen.append(([c.state for c in rows(Case)], [t.heard for t in rows(Turn) if t.heard]))

    here = office("answers", fails=fails)
    here.hold()
    assert seen[0] == (["open"], [EMERGENCY])


@pytest.mark.parametrize(
    ("does", "result"),
    [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed"), ("voicemail", "no_key"),
     ("declines", "declined")],
)  # fmt: skip
def test_who_does_not_take_it_is_followed_by_the_next(office, does, result):
    here = office(does, "answers")
    assert here.hold(answers={"handover_stay": "무서워요"}).problems == []
    assert here.legs() == [(FIRST, result), (SECOND, "spoke")]
    assert "첫 번째 분이 받지 못하셨어요" in here.bot()
    assert "무서워요" in [t.heard for t in rows(Turn)]
    assert here.call.outcome == "handed_over"


def test_a_voicemail_hears_nothing_private(office):
    here = office("voicemail", "answers")
    here.hold()
    heard = " ".join(here.exchange.legs[0].heard)
    for word in ("김순자", "응급", "위험"):
        assert word not in heard


def test_what_is_said_while_waiting_can_be_a_danger(office):
    here = office("no-answer", "answers")
    here.hold(say=ASKED, answers={"handover_stay": EMERGENCY})
    assert [c.priority for c in rows(Case)] == ["P0"]


def test_the_order_is_officers_manager_then_the_choice_of_119(office):
    here = office("no-answer", "busy", "declines", "answers")
    here.configure(LINE_119=LINE_119)
    assert here.hold(answers={"handover_choice": "119로 해 줘요"}).problems == []
    assert [number for number, _ in here.legs()] == [FIRST, SECOND, MANAGER, LINE_119]
    assert "구급 일일구로 이어 드릴까요" in here.bot()
    assert here.handover.spoke_with == "119"
    assert here.call.outcome == "handed_over"


@pytest.mark.parametrize(
    ("heard", "chosen"),
    [("네", "119"), ("일일구로 해 줘요", "119"), ("두 번째요", "109"), ("기다릴게요", None), ("", None),
     ("글쎄요 그냥 그래요", "unclear"), ("아니요", None)],
)  # fmt: skip
def test_what_is_said_to_the_choice(heard, chosen):
    assert chosen_by(Webhook({"SpeechResult": heard}, None, None, None), ["119", "109"]) == chosen


def test_by_key_and_where_we_cannot_dial_the_number_is_read_and_the_search_goes_on(office):
    here = office("no-answer", "no-answer", "no-answer", "answers")
    assert here.hold(digits_at={"handover_choice": "1"}).problems == []
    assert "일, 일, 구" in here.bot()
    assert [number for number, _ in here.legs()] == [FIRST, SECOND, MANAGER, FIRST]
    assert here.handover.outcome == "spoke"


def test_nobody_at_all_ends_with_a_promise_and_a_page(office):
    here = office("no-answer")
    assert here.hold(answers={"handover_choice": "기다릴게요"}).problems == []
    assert len(here.legs()) == 6  # two rounds
    assert here.handover.outcome == "nobody"
    assert "곧 사람이 전화드릴" in here.bot()
    assert "handover_failed" in here.pages()
    assert here.call.outcome == "callback"


def test_who_asked_for_a_person_and_gets_none_goes_on_with_the_call(office):
    here = office("no-answer")
    assert here.hold(say=None, answers={"identity": [ASKED, "네"]}).problems == []
    assert [number for number, _ in here.legs()] == [FIRST, SECOND, MANAGER]
    assert "handover_choice" not in [t["topic"] for t in here.recording.turns]
    assert here.call.outcome == "completed"


def test_an_officer_who_drops_is_rung_again_and_the_resident_stays(office):
    here = office("drops", "answers")
    assert here.hold().problems == []
    assert here.legs() == [(FIRST, "dropped"), (FIRST, "spoke")]
    assert "전화가 끊어졌어요" in here.bot()


def test_an_officer_who_drops_twice_is_followed_by_the_next(office):
    here = office("drops", "drops", "answers")
    assert here.hold().problems == []
    assert [number for number, _ in here.legs()] == [FIRST, FIRST, SECOND]


def test_a_resident_lost_while_waiting_is_rung_again_once(office):
    here = office("no-answer")
    assert here.hold(hang_up_at="handover_stay").problems == []
    assert here.handover.outcome == "resident_left"
    assert "line_lost" in [s for c in rows(Case) for s in here.pages()]
    (leg,) = here.exchange.to_resident()
    here.exchange.officers = ("answers",)
    again = here.hold(rung=leg, answers={"handover_again": "네"})
    assert again.problems == []
    assert "전화가 끊어져서 다시 걸었어요" in here.bot()
    assert "응급" not in here.bot()
    (redial,) = rows(Redial)
    assert redial.state == "reached"
    assert rows(Handover, call_id=redial.again_id)[0].outcome == "spoke"
    assert len(here.exchange.to_resident()) == 1


def test_a_second_call_nobody_takes_is_paged(office):
    here = office("no-answer")
    here.hold(hang_up_at="handover_stay")
    (leg,) = here.exchange.to_resident()
    assert here.hold(rung=leg, silent_at=["handover_again"]).problems == []
    assert rows(Redial)[0].state == "missed"
    assert "line_lost" in here.pages()
    assert len(here.exchange.to_resident()) == 1


def test_a_resident_who_hangs_up_while_talking_has_spoken_or_is_rung_again(office):
    here = office("answers")
    here.hold(hang_up_at="handover_talk")
    assert here.call.closed_at is not None
    assert here.handover.state == "ended"
    assert any("주민의 전화가 끊겼습니다" in line or "주민이 전화를 끊었습니다" in line for line in here.officers())


def test_in_violence_nothing_is_named_and_only_keys_are_asked_for(office):
    here = office("no-answer", "no-answer", "no-answer", "answers")
    here.configure(LINE_112="+82200000112")
    assert here.hold(say=VIOLENCE, digits_at={"handover_choice": "1"}).problems == []
    assert here.handover.quiet
    for word in ("경찰", "폭력", "때리", "말씀하세요"):
        assert word not in here.bot()
    assert here.handover.spoke_with == "112"


def test_in_violence_the_officer_is_told_to_ask_for_yes_or_no_and_a_lost_line_is_not_rung(office):
    here = office("no-answer", "answers")
    here.hold(say=VIOLENCE)
    assert "예, 아니요로만 여쭤 주세요" in "".join(here.officers())
    other = office("no-answer")
    other.hold(say=VIOLENCE, hang_up_at="handover_hold")
    assert other.exchange.to_resident() == []
    assert "line_lost" in other.pages()


# ── Twilio at fault ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("failure", ["500", "429:20429", "401:20003"])
def test_when_rest_rings_nobody_the_residents_own_line_does(office, failure):
    here = office("answers", fails=lambda kind, nth: failure)
    assert here.hold(on_duty=["no-answer", "answers"]).problems == []
    assert here.handover.direct
    assert here.handover.outcome == "spoke"
    assert here.handover.spoke_with == "당번 2"
    assert here.call.outcome == "handed_over"


def test_a_number_that_cannot_be_rung_is_passed_over(office):
    here = office("answers", fails=lambda kind, nth: "400:21211" if (kind, nth) == ("create", 1) else None)
    assert here.hold().problems == []
    assert here.legs()[0] == (FIRST, "error")
    assert here.handover.spoke_with == "당번 2"


def test_rest_that_fails_in_the_middle_leaves_nobody_waiting(office):
    here = office("no-answer", fails=lambda kind, nth: None if (kind, nth) == ("create", 1) else "500")
    assert here.hold(on_duty="answers").problems == []
    assert here.handover.direct
    assert here.legs() == [(FIRST, "no_answer"), (SECOND, "spoke")]


def test_lines_that_cannot_be_moved_meet_all_the_same(office):
    here = office("no-answer", "answers", fails=lambda kind, nth: "500" if kind == "move" else None)
    assert here.hold().problems == []
    assert here.handover.outcome == "spoke"


def test_without_an_account_the_residents_own_line_dials_in_order(office):
    here = office("answers")
    here.configure(TWILIO_ACCOUNT_SID="")
    assert (
        here.hold(
            on_duty=["voicemail", "busy", "declines", "answers"], answers={"handover_choice": "기다릴게요"}
        ).problems
        == []
    )
    assert [number for number, _ in here.legs()] == [FIRST, SECOND, MANAGER, FIRST]
    assert here.handover.outcome == "spoke"
    assert here.exchange.asked == []


# ── ourselves at fault ───────────────────────────────────────────────────────


def test_when_nothing_of_ours_works_the_line_rings_the_person_on_duty(office, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the database is gone")

    here = office("answers")
    monkeypatch.setattr("connectors.handover.machine.begin", broken)
    assert here.hold(on_duty="answers").problems == []
    assert "(당번이 받음)" in here.officers()


def test_a_moment_without_the_database_is_waited_out(office, monkeypatch):
    from anbu.handover import machine

    real, failures = machine.begin, []

    def shaky(*args, **kwargs):
        if not failures:
            failures.append(1)
            raise RuntimeError("locked")
        return real(*args, **kwargs)

    here = office("answers")
    monkeypatch.setattr("connectors.handover.machine.begin", shaky)
    assert here.hold().problems == []
    assert here.handover.outcome == "spoke"
