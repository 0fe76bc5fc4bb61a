"""The console in Debian's Chromium: what only a browser can show. Marker `browser`."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from datetime import timedelta

import pytest

from anbu import clock
from anbu.console import limits
from anbu.console.server import server
from anbu.rehearsal.engine import free_port
from anbu.store.models import Case, Review, Sample
from anbu.store.session import transaction
from tests.console import world

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
REASON = "통화를 모두 읽고 찾아뵙기로 함"
MISSING = "크로미움이 없습니다: `apt-get install -y chromium` (Debian's chromium is not installed)"


def find_chromium() -> str | None:
    """Debian's Chromium, installed where that is possible."""
    found = shutil.which("chromium")
    if found is None and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 400, "check": False}
        subprocess.run(["apt-get", "update", "-q"], **quiet)
        subprocess.run(["apt-get", "install", "-yq", "--no-install-recommends", "chromium", "fonts-nanum"], **quiet)
        found = shutil.which("chromium")
    return found


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    program = find_chromium()
    if program is None:
        pytest.skip(MISSING)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(people, configure):
    """The console served on loopback; → its address."""
    port = free_port()
    configure(CONSOLE_URL=f"http://127.0.0.1:{port}", SAMPLE_SHARE=1)
    limits.forget()
    running = server(port)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = running.force_exit = True
    thread.join(15)


@pytest.fixture
def opened(chromium, site):
    """opened("kim") is a page signed in as kim; whatever it reports as an error fails the test."""
    contexts, errors = [], []

    def sign_in(login: str | None, size=DESKTOP):
        context = chromium.new_context(viewport=size, locale="ko-KR", timezone_id="Asia/Seoul", base_url=site)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda m: errors.append(m.text) if m.type == "error" and "status of 4" not in m.text else None
        )
        if login:
            page.goto("/login")
            page.fill("[name=login]", login)
            page.fill("[name=password]", world.PASSWORD)
            page.click("main button.main")
            page.wait_for_url("**/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert errors == []


def ring(name: str, said, **more) -> str:
    """A call comes in; → its case."""
    with transaction() as db:
        return world.case_of(db, world.call(db, name, said, at=clock.now() - timedelta(minutes=1), **more)).id


def case_row(case_id: str) -> str:
    return f'.case[data-case="{case_id}"]'


def test_officer_takes_an_urgent_case_to_a_decision_by_keyboard_and_a_manager_confirms(opened):
    ring("한영숙", world.LONELY)
    case = ring("박정수", world.CHEST)
    kim = opened("kim")
    kim.keyboard.press("j")
    assert kim.locator(".selected").get_attribute("data-case") == case  # the most urgent one is first
    kim.keyboard.press("j")
    kim.keyboard.press("k")
    kim.keyboard.press("Enter")
    kim.wait_for_url(f"**/cases/{case}")
    kim.keyboard.press("a")
    kim.get_by_text("내가 맡음").wait_for()
    kim.keyboard.press("t")
    kim.wait_for_url("**transcript=1**")
    assert kim.locator("mark.signal").first.inner_text().startswith("가슴이 쥐어짜듯이 아프고")
    kim.keyboard.press("d")
    kim.get_by_role("radio", name="긴급 출동").check()
    kim.locator("#decide [name=reason]").fill("119에 10시 2분에 알렸고 구급차가 출발함")
    kim.get_by_role("button", name="결정 저장").click()
    kim.get_by_text("더블체크를 기다립니다").wait_for()

    park = opened("park")
    park.goto("/checks")
    park.locator(".case .open").first.click()
    park.locator("#open-transcript").click()
    park.get_by_role("radio", name="맞습니다").check()
    park.get_by_role("button", name="더블체크 저장").click()
    park.get_by_text("확정했어요").wait_for()
    with transaction() as db:
        review = db.query(Review).one()
        assert (review.decision, review.state, db.get(Case, case).state) == ("emergency", "confirmed", "closed")


def test_new_urgent_case_appears_by_itself_with_sound_and_a_count_in_the_title(opened):
    kim = opened("kim")
    kim.get_by_text("바로 보여 드려요").wait_for()
    kim.get_by_role("button", name="긴급 알림 소리 켜기").click()
    before = int(kim.locator("body").get_attribute("data-beeped") or 0)
    case = ring("박정수", world.CHEST)
    kim.locator(case_row(case)).wait_for()
    assert kim.title().startswith("(1) ")
    assert int(kim.locator("body").get_attribute("data-beeped")) == before + 1
    assert kim.locator("[data-count=urgent]").inner_text() == "1"
    other = ring("서미자", world.CHEST, town="안부2동")  # another town's is none of kim's business
    ring("최은희", world.HUNGRY)
    kim.get_by_text("최은희").wait_for()
    assert kim.locator(case_row(other)).count() == 0


def test_taking_a_case_is_seen_on_the_other_screen(opened):
    case = ring("최은희", world.HUNGRY)
    kim, cho = opened("kim"), opened("cho")
    cho.get_by_text("바로 보여 드려요").wait_for()
    kim.locator(f"{case_row(case)} .holder button").click()
    kim.wait_for_url(f"**/cases/{case}**")
    cho.locator(f"{case_row(case)} .holder", has_text="김담당").wait_for()


def test_stale_form_keeps_what_was_typed(opened):
    case = ring("최은희", world.HUNGRY)
    kim = opened("kim")
    kim.goto(f"/cases/{case}")
    kim.get_by_role("button", name="담당하기").click()
    kim.locator("#open-transcript").click()
    kim.get_by_role("radio", name="방문").check()
    kim.locator("[name=on]").fill(clock.now().date().isoformat())
    kim.locator("#decide [name=reason]").fill(REASON)
    with transaction() as db:
        found = db.get(Case, case)
        found.version += 1
    kim.get_by_role("button", name="결정 저장").click()
    kim.get_by_text("사례가 바뀌었어요").wait_for()
    assert kim.locator("#decide [name=reason]").input_value() == REASON
    assert kim.get_by_role("radio", name="방문").is_checked()
    kim.get_by_role("button", name="결정 저장").click()
    kim.get_by_text("결정을 저장했어요").wait_for()


def test_fields_of_a_choice_show_only_with_it(opened):
    case = ring("최은희", world.HUNGRY)
    kim = opened("kim")
    kim.goto(f"/cases/{case}")
    kim.get_by_role("button", name="담당하기").click()
    day, place = kim.locator("[name=on]"), kim.locator("[name=programme]")
    assert not day.is_visible()
    kim.get_by_role("radio", name="방문").check()
    assert day.is_visible()
    kim.get_by_role("radio", name="연계").check()
    assert place.is_visible()
    assert not day.is_visible()


def test_blind_second_look(opened):
    with transaction() as db:
        world.call(db, "오복자", [("식사는요?", "meals", "두 끼 먹어요", {"meals": (1, "두 끼")}, [])], at=clock.now())
        sample = db.query(Sample).one().id
    kim = opened("kim")
    kim.goto(f"/samples/{sample}")
    assert kim.locator("mark").count() == 0
    assert "오복자" not in kim.content()
    for group in kim.locator("fieldset.scale").all():
        group.get_by_label("0", exact=True).check()
    kim.get_by_role("button", name="저장하고 기계와 견주기").click()
    kim.get_by_text("사람과 기계").wait_for()


def test_role_that_must_not_get_in(opened):
    case = ring("최은희", world.HUNGRY)
    context = opened(None)
    context.goto("/login")
    context.fill("[name=login]", "yoon")
    context.fill("[name=password]", world.PASSWORD)
    context.click("main button.main")
    context.wait_for_url("**/examples")
    context.goto(f"/cases/{case}")
    assert "다른 역할을 맡은 분이" in context.inner_text("main")
    assert "최은희" not in context.content()


def test_narrow_screen_has_no_sideways_scrolling_and_thumbs_hit_the_buttons(opened):
    case = ring("박정수", world.CHEST)
    park = opened("park", PHONE)
    park.goto("/duty")
    on_duty = {
        "starts": clock.now().strftime("%Y-%m-%dT%H:%M"),
        "ends": (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
    }
    for name, value in on_duty.items():
        park.fill(f"[name={name}]", value)
    park.select_option("[name=account]", label="박관리 (관리자, 모든 동)")
    park.click("main button.main")
    for address in ("/", f"/cases/{case}?transcript=1", "/todo", "/samples", "/board", "/duty", "/outbox", "/checks"):
        park.goto(address)
        assert park.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        small = park.evaluate(
            "[...document.querySelectorAll('button, .button')].filter(b => b.offsetParent && b.offsetHeight < 40)"
            ".map(b => b.textContent)"
        )
        assert small == [], address
    assert park.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_serious_accessibility_finding(opened, people, size):
    from axe_playwright_python.sync_playwright import Axe

    case = ring("최은희", world.HUNGRY)
    with transaction() as db:
        world.call(db, "오복자", [], at=clock.now())
        sample = db.query(Sample).one().id
    kim = opened("kim", size)
    kim.goto(f"/cases/{case}")
    kim.get_by_role("button", name="담당하기").click()
    pages = {
        "kim": ["/", f"/cases/{case}?transcript=1", "/samples", f"/samples/{sample}", "/todo", "/password"],
        "park": ["/checks", "/board", "/examples", "/outbox", "/duty"],
        "jung": ["/audit"],
        "choi": ["/accounts", f"/accounts/{people['kim']}"],
        None: ["/login"],
    }
    found = []
    for login, addresses in pages.items():
        page = opened(None, size)
        if login:
            page.goto("/login")
            page.fill("[name=login]", login)
            page.fill("[name=password]", world.PASSWORD)
            page.click("main button.main")
            page.wait_for_load_state()
        for address in addresses:
            page.goto(address)
            page.wait_for_load_state()
            for rule in Axe().run(page).response["violations"]:
                if rule["impact"] in ("serious", "critical"):
                    found.append((address, rule["id"], [n["html"][:120] for n in rule["nodes"][:3]]))
    assert found == []
