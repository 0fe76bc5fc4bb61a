"""The README's pictures: `python -m tests.console.pictures docs/images` with a made-up town, in Debian's Chromium."""

from __future__ import annotations

import base64
import os
import random
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

PEOPLE = (("kim", "officer", "김담당"), ("lee", "officer", "이담당"), ("park", "manager", "박관리"))
TOWNS = {"kim": "안부1동", "lee": "안부2동"}
FAMILY, GIVEN = (
    "김이박최정강조윤장임한오서신권황",
    ["영숙", "순자", "정수", "은희", "병철", "상철", "옥순", "동수", "말순"],
)
DAYS, CALLS = 26, 160


def main(folder: Path) -> None:
    """Fill a database of its own, serve it, take the pictures."""
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(
            ANBU_DATABASE_URL=f"sqlite:///{place}/anbu.db", ANBU_TWILIO_AUTH_TOKEN="x", ANBU_SAMPLE_SHARE="0.5",
            ANBU_DATA_KEY=base64.urlsafe_b64encode(b"p" * 32).decode(), ANBU_CONSOLE_URL="http://127.0.0.1:5098",
            ANBU_SPOOL_DIR=f"{place}/spool",
        )  # fmt: skip
        from anbu.console.server import server
        from anbu.store.session import migrate

        migrate()
        fill()
        running = server(5098)
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.05)
        take_pictures("http://127.0.0.1:5098", folder)
        running.should_exit = running.force_exit = True
        thread.join(10)


def fill() -> None:
    """A month in two towns, and a few calls of just now."""
    from anbu import clock
    from anbu.casework import followups, sampling
    from anbu.store.models import Account, Call, Case, Referral, Sample
    from anbu.store.session import transaction
    from tests.console import world

    dice, now = random.Random(4), clock.now()
    for login, role, name in PEOPLE:
        town = TOWNS.get(login)
        world.account(login, role, [town] if town else (), all_towns=town is None, name=name)
    kinds = [[], world.LONELY, world.LONELY[:2], world.HUNGRY, world.CHEST, world.LONELY[1:3]]
    with transaction() as db:
        staff = {a.login: a for a in db.query(Account)}
        for _ in range(CALLS):
            login = dice.choice(list(TOWNS))
            at = now - timedelta(days=1 + dice.random() * DAYS)
            call = world.call(
                db, dice.choice(FAMILY) + dice.choice(GIVEN), dice.choices(kinds, [60, 8, 14, 5, 2, 10])[0], at=at,
                town=TOWNS[login], outcome=dice.choices(["completed", "hung_up", "refused"], [82, 10, 8])[0],
            )  # fmt: skip
            if dice.random() < 0.15:
                call.started_at, call.outcome = None, None  # nobody answered
            case = db.query(Case).filter_by(call_id=call.id).first()
            if case and dice.random() < 0.95:
                _settle(db, case, staff[login], staff["park"], dice)
        for referral in db.query(Referral):
            if dice.random() < 0.7:
                later = referral.created_at + timedelta(hours=5 + dice.random() * 80)
                followups.change_referral(db, staff["park"], referral.id, "helped", "다녀간 것을 확인함", later)
        for n, sample in enumerate(db.query(Sample).order_by(Sample.drawn_at).limit(34).all()):
            levels = {k: v for k, v in sample.machine_levels.items() if k != "call_pattern"}
            if dice.random() < 0.3:
                levels["loneliness"] = 1
            seen = sample.drawn_at + timedelta(hours=5)
            heard = ["scam"] if n == 7 else []
            sampling.score(db, sample, staff["lee" if n % 2 else "park"], levels, heard, "", seen)
            if heard:
                case = db.query(Case).filter_by(call_id=sample.call_id).one()
                _settle(db, case, staff["kim"], staff["park"], dice)
        db.flush()
        assert db.query(Call).count() == CALLS
    with transaction() as db:
        world.call(db, "한영숙", world.LONELY[:2], at=now - timedelta(days=60), phone="+821000001111")
        world.call(db, "한영숙", world.LONELY, at=now - timedelta(hours=3), phone="+821000001111")
        world.call(db, "최은희", world.HUNGRY, at=now - timedelta(hours=2), phone="+821000002222")
        world.call(db, "박정수", world.CHEST, at=now - timedelta(seconds=25), phone="+821000003333")
        world.call(db, "윤병철", world.LONELY[:1], at=now - timedelta(hours=20), filled=False)


def _settle(db, case, officer, manager, dice: random.Random) -> None:
    from anbu.casework import casefile, decide, doublecheck, take
    from anbu.clock import SEOUL

    at = case.opened_at + timedelta(seconds=dice.lognormvariate(3.5 if case.priority == "P0" else 8, 0.6))
    take.take(db, case, officer, at)
    casefile.note_look(db, case, officer, "transcript", at)
    refer = dice.random() < 0.45
    given = decide.Decision(
        "refer" if refer else "visit", "말씀하신 대로 혼자 지내기 어려워 보임", "",
        (at + timedelta(days=1)).astimezone(SEOUL).date(), "companion" if refer else "",
    )  # fmt: skip
    decide.decide(db, case, officer, given, case.version, at + timedelta(minutes=20))
    if case.state == "checking":
        casefile.note_look(db, case, manager, "transcript", at)
        doublecheck.double_check(db, case, manager, "confirmed", case.version, at + timedelta(hours=2))


def take_pictures(url: str, folder: Path) -> None:
    """queue.png, case.png, board.png and a phone's queue."""
    from playwright.sync_api import sync_playwright

    from tests.console import world

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=ko-KR"])

        def signed_in(login: str, width: int, height: int):
            size = {"width": width, "height": height}
            page = browser.new_context(viewport=size, locale="ko-KR", timezone_id="Asia/Seoul").new_page()
            page.goto(url + "/login")
            page.fill("[name=login]", login)
            page.fill("[name=password]", world.PASSWORD)
            page.click("main button.main")
            page.get_by_text("바로 보여 드려요").wait_for()
            return page

        kim = signed_in("kim", 1280, 720)
        kim.screenshot(path=folder / "queue.png")
        kim.locator(".case .open", has_text="최은희").click()
        kim.get_by_role("button", name="담당하기").click()
        kim.locator("#open-transcript").click()
        kim.goto(kim.url.split("#")[0])
        kim.set_viewport_size({"width": 1280, "height": 1150})
        kim.screenshot(path=folder / "case.png")
        park = signed_in("park", 1280, 1200)
        park.goto(url + "/board")
        park.wait_for_load_state("networkidle")
        park.screenshot(path=folder / "board.png")
        phone = signed_in("kim", 390, 844)
        phone.screenshot(path=folder / "queue-phone.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
