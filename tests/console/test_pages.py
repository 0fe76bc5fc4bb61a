"""What an officer and a manager do, page by page, over HTTP."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from anbu.calling.record import raise_signal
from anbu.language.types import Signal
from anbu.store.models import AuditEntry, Call, Case, Look, Outbox, Review, Sample, SavedView
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world

REASON = "이틀을 굶으셨다고 또렷이 말씀하심"


@pytest.fixture
def case(people):
    with transaction() as db:
        return world.case_of(db, world.call(db, "최은희", world.HUNGRY, phone="+821000002222")).id


def version(page, case) -> str:
    return re.search(r'name="version" value="(\d+)"', page.get(f"/cases/{case}").text)[1]


def decide(page, case, **given):
    given = {"decision": "visit", "on": NOON.date().isoformat(), "reason": REASON, **given}
    return page.submit(f"/cases/{case}/decision", version=given.pop("version", None) or version(page, case), **given)


def test_officer_takes_a_case_to_a_decision_and_a_manager_confirms_it(case, browser):
    kim, park = browser("kim"), browser("park")
    assert "최은희" in kim.get("/").text
    assert "내가 맡음" in kim.submit(f"/cases/{case}/take").text
    assert "통화 내용을 펼쳐 읽어 주세요" in kim.get(f"/cases/{case}").text
    assert "이틀째 아무것도 못 먹었어요" in kim.get(f"/cases/{case}?transcript=1").text
    assert "더블체크를 기다립니다" in decide(kim, case).text
    assert "스스로 확인할 수 없어요" in kim.get(f"/cases/{case}").text
    assert "김담당" in park.get("/checks").text
    page = park.get(f"/cases/{case}?transcript=1").text
    given = {"verdict": "confirmed", "version": re.search(r'name="version" value="(\d+)"', page)[1]}
    assert "확정했어요" in park.submit(f"/cases/{case}/check", **given).text
    with transaction() as db:
        assert db.get(Case, case).state == "closed"
        looks = {(look.account_id, look.what) for look in db.query(Look)}
        assert len(looks) == 4  # both opened the page and the transcript
        told = [e.action for e in db.query(AuditEntry).order_by(AuditEntry.n)]
        for action in ("case.taken", "transcript.seen", "case.decided", "review.confirmed"):
            assert action in told


def test_decision_without_having_opened_the_transcript_is_refused_and_keeps_the_text(case, browser):
    kim = browser("kim")
    kim.submit(f"/cases/{case}/take")
    answer = decide(kim, case, note="딸에게 전화하기")
    assert answer.status_code == 422
    assert "통화 내용을 펼쳐 읽어 주세요" in answer.text
    assert REASON in answer.text
    assert "딸에게 전화하기" in answer.text


def test_stale_form_is_refused_without_losing_what_was_typed(case, browser):
    kim = browser("kim")
    kim.submit(f"/cases/{case}/take")
    kim.get(f"/cases/{case}?transcript=1")
    seen = version(kim, case)
    with transaction() as db:
        call = db.get(Call, db.get(Case, case).call_id)
        raise_signal(db, call, None, Signal("hazard", "연기", 0, 2, False, "r"), NOON)
    answer = decide(kim, case, version=seen)
    assert answer.status_code == 409
    assert "사례가 바뀌었어요" in answer.text
    assert REASON in answer.text
    assert "화재·가스" in answer.text  # what changed is on the page
    fresh = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    assert decide(kim, case, version=fresh).status_code == 200
    with transaction() as db:
        assert db.query(Review).count() == 1


def test_second_officer_sees_that_the_case_is_taken(case, browser):
    browser("kim").submit(f"/cases/{case}/take")
    cho = browser("cho")
    answer = cho.submit(f"/cases/{case}/take")
    assert answer.status_code == 422
    assert "김담당 님이 먼저 맡으셨어요" in answer.text
    assert "결정 저장" not in answer.text


def test_text_typed_after_the_session_ended_is_given_back(case, browser, hands):
    kim = browser("kim")
    token = kim.token()
    hands.now = NOON + timedelta(hours=11)
    answer = kim.post(f"/cases/{case}/decision", data={"form_token": token, "reason": REASON})
    assert answer.status_code == 401
    assert REASON in answer.text


def test_evidence_is_linked_both_ways(case, browser):
    page = browser("kim").get(f"/cases/{case}?transcript=1").text
    for target in set(re.findall(r'href="#([\w-]+)"', page)):
        assert f'id="{target}"' in page, target
    assert re.search(r'<mark class="signal">.*?이틀째 아무것도 못 먹었어요', page)
    assert 'href="#signal-starvation"' in page
    assert 'href="#factor-meals"' in page


def test_case_page_tells_score_unknowns_questions_programmes_and_the_last_call(people, browser):
    with transaction() as db:
        world.call(db, "한영숙", world.LONELY[:2], phone="+821000001111", at=NOON - timedelta(days=60))
        case = world.case_of(db, world.call(db, "한영숙", world.LONELY, phone="+821000001111")).id
    page = browser("kim").get(f"/cases/{case}").text
    assert re.search(r"<b>4점</b>\s*중위험", page)
    assert "평가표 1판" in page
    assert re.search(r"미확인 \d+개</b>.*음주", page)
    assert "여쭤 볼 것" in page
    assert "이어 드릴 수 있는 곳" in page
    assert "외출 0 → 2단계 (나빠짐)" in page


def test_words_of_residents_cannot_become_markup(people, browser):
    nasty = "<script>alert(1)</script>"
    with transaction() as db:
        said = [("어떠세요?", "meals", nasty, {"meals": (2, "alert")}, [("starvation", nasty)])]
        case = world.case_of(db, world.call(db, "<b>이름</b>", said)).id
    kim = browser("kim")
    for address in ("/", f"/cases/{case}?transcript=1"):
        text = kim.get(address).text
        assert nasty not in text
        assert "<b>이름</b>" not in text
        assert "&lt;b&gt;이름" in text


def test_correction_is_shown_with_its_author_and_can_be_taken_back(case, browser):
    kim = browser("kim")
    kim.submit(f"/cases/{case}/take")
    answer = kim.submit(
        f"/cases/{case}/corrections", kind="factor", code="meals", level="1", reason="어제는 드셨다고 하심"
    )
    assert "사람이 고침, 기계는 3단계" in answer.text
    assert "김담당: 어제는 드셨다고 하심" in answer.text
    number = re.search(r"/corrections/(\d+)/withdraw", answer.text)[1]
    assert "사람이 고침" not in kim.submit(f"/cases/{case}/corrections/{number}/withdraw").text
    wrong = kim.submit(f"/cases/{case}/corrections", kind="factor", code="meals", level="7", reason=REASON)
    assert wrong.status_code == 422


def test_blind_second_look_hides_the_machines_score_until_it_is_scored(people, browser, configure):
    configure(SAMPLE_SHARE=1)
    with transaction() as db:
        world.call(db, "오복자", [("식사는요?", "meals", "두 끼 먹어요", {"meals": (1, "두 끼")}, [])])
        sample = db.query(Sample).one().id
    kim = browser("kim")
    before = kim.get(f"/samples/{sample}").text
    for hidden in ("기계는", "저위험", "점</b>", "오복자", "<mark"):
        assert hidden not in before
    levels = {f"level.{k}": "0" for k in re.findall(r'name="level\.(\w+)" value="unknown"', before)}
    assert kim.submit(f"/samples/{sample}", **{**levels, "level.meals": ""}).status_code == 422
    after = kim.submit(f"/samples/{sample}", **levels).text
    assert "기계는 P3로 보았어요" in after
    assert 'class="differs"' in after


def test_saved_view_keeps_its_filters(case, browser):
    kim = browser("kim")
    saved = kim.submit("/views", name="급한 것", priority=["P0", "P1"], holder="nobody")
    assert "보기를 저장했어요" in saved.text
    assert "/?holder=nobody&amp;priority=P0&amp;priority=P1" in saved.text
    with transaction() as db:
        number = db.query(SavedView).one().id
    assert browser("cho").submit(f"/views/{number}/remove").status_code == 404
    assert "지웠어요" in kim.submit(f"/views/{number}/remove").text


def test_searched_name_is_in_no_address(case, browser):
    answer = browser("kim").submit("/search", search="최은희")
    assert "최은희" in answer.text
    assert "%EC" not in str(answer.url)


def test_queue_rows_alone_are_a_piece_of_the_page(case, browser):
    text = browser("kim").get("/queue/rows?priority=P1").text
    assert "최은희" in text
    assert "<html" not in text


def test_to_do_is_closed_with_what_came_of_it(case, browser):
    kim = browser("kim")
    kim.submit(f"/cases/{case}/take")
    kim.get(f"/cases/{case}?transcript=1")
    decide(kim, case, decision="refer", programme="foodbank", note="쌀부터")
    page = kim.get("/todo").text
    assert "쌀부터" in page
    referral = re.search(r'action="/referrals/(\w+)"', page)[1]
    assert kim.submit(f"/referrals/{referral}", state="helped", result="").status_code == 422
    done = kim.submit(f"/referrals/{referral}", state="helped", result="쌀과 반찬이 도착한 것을 봄")
    assert f"/referrals/{referral}" not in done.text


def test_failing_pages_are_shown_without_the_address_they_go_to(case, browser):
    with transaction() as db:
        db.add(
            Outbox(dedupe_key="x", kind="page", channel="sms", recipient="+821099990000", case_id=case, body={},
                   state="failing", attempts=3, error="연결되지 않음", created_at=NOON, next_try_at=NOON)
        )  # fmt: skip
        db.add(
            Outbox(dedupe_key="y", kind="page", channel="mail", recipient="a@b.kr", case_id=case, body={},
                   state="sent", attempts=1, created_at=NOON, sent_at=NOON)
        )  # fmt: skip
    page = browser("choi").get("/outbox").text
    assert "연결되지 않음" in page
    assert "이메일" in page
    assert "+82109999" not in page
    assert "최은희" not in page


def test_auditor_verifies_the_log_from_the_page(case, browser):
    jung = browser("jung")
    assert "로그인" in jung.get("/audit").text
    assert "이어져 있고 바뀐 것이 없어요" in jung.submit("/audit").text
    assert "적어 두신 확인값" in jung.submit("/audit", expected="f" * 64).text


def test_manager_erases_a_resident_whose_cases_are_closed(people, browser):
    with transaction() as db:
        resident = world.call(db, "오복자", []).resident_id
    park = browser("park")
    assert park.submit(f"/residents/{resident}/erase", reason="").status_code == 422
    assert "지운 주민" in park.submit(f"/residents/{resident}/erase", reason="본인이 전화로 요청").text


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("hwpx", b"PK")])
def test_intake_sheet_is_a_file_of_its_kind(case, browser, kind, begins):
    answer = browser("kim").get(f"/cases/{case}/sheet.{kind}")
    assert answer.content.startswith(begins)
    assert "최은희" not in answer.headers["content-disposition"]


def test_board_shows_figures_charts_and_csv(case, browser):
    park = browser("park")
    page = park.get("/board").text
    for chart in set(re.findall(r'src="(/board/[\w]+\.svg[^"]*)"', page)):
        drawn = park.get(chart.replace("&amp;", "&"))
        assert drawn.headers["content-type"].startswith("image/svg+xml"), chart
        assert b"<svg" in drawn.content
    assert park.get("/board/nothing.svg").status_code == 404
    assert "열린 사례" in park.get("/board.csv").content.decode("utf-8-sig")
    assert park.get("/board?first=어제").status_code == 422


def test_writer_gets_the_words_and_not_the_person(case, browser, people):
    kim = browser("kim")
    kim.submit(f"/cases/{case}/take")
    kim.get(f"/cases/{case}?transcript=1")
    kim.submit(f"/cases/{case}/corrections", kind="factor", code="meals", level="2", reason="최은희 님께 다시 여쭘")
    decide(kim, case)
    park = browser("park")
    park.get(f"/cases/{case}?transcript=1")
    park.submit(f"/cases/{case}/check", verdict="confirmed", version=version(park, case))
    yoon = browser("yoon")
    page, file = yoon.get("/examples").text, yoon.get("/examples.yml").text
    for text in (page, file):
        assert "이틀째 아무것도 못 먹었어요" in text
        assert "최은희" not in text


def test_logs_carry_no_names_numbers_or_words(case, browser, capsys):
    kim = browser("kim")
    kim.submit("/search", search="최은희")
    kim.submit(f"/cases/{case}/take")
    kim.get(f"/cases/{case}?transcript=1")
    decide(kim, case)
    captured = capsys.readouterr()
    with transaction() as db:
        told = json.dumps([[e.action, e.subject_id, e.detail] for e in db.query(AuditEntry)], ensure_ascii=False)
    for secret in ("최은희", "2222", "굶으", "못 먹었"):
        assert secret not in captured.out + captured.err + told


def test_unknown_page_and_unknown_case_are_told_plainly(people, browser):
    kim = browser("kim")
    assert "그런 화면이 없어요" in kim.get("/nowhere").text
    answer = kim.get("/cases/doesnotexist")
    assert (answer.status_code, "그런 사례가 없거나" in answer.text) == (404, True)


def test_rota_is_filled_from_the_page(people, browser):
    park = browser("park")
    given = {"account": people["kim"], "town": "", "position": "1", "starts": "2026-11-23T09:00", "ends": ""}
    wrong = park.submit("/duty", **given)
    assert (wrong.status_code, "날짜와 시각" in wrong.text) == (422, True)
    page = park.submit("/duty", **{**given, "ends": "2026-11-24T09:00"}).text
    assert "11월 24일 (화) 09:00" in page
    number = re.search(r"/duty/(\d+)/remove", page)[1]
    assert "정해진 당번이 없어요" in park.submit(f"/duty/{number}/remove").text
