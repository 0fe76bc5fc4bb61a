from datetime import timedelta

import pytest

from anbu.casework.accounts import make_account
from anbu.errors import Refused, SettingsError
from anbu.settings import settings
from anbu.store.models import Account, AuditEntry, LoginSession
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world


@pytest.fixture
def kim(database):
    return world.account("kim", "officer", ["안부1동"], name="김담당")


def attempt(browser, password, login="kim"):
    return browser().post("/login", data={"login": login, "password": password}, follow_redirects=False)


def test_right_password_opens_the_queue_and_the_login_may_be_in_capitals(kim, browser):
    page = browser()
    assert "대기열" in page.post("/login", data={"login": " KIM ", "password": world.PASSWORD}).text
    assert "김담당" in page.get("/").text


def test_wrong_password_and_unknown_login_are_told_alike(kim, browser):
    wrong, unknown = attempt(browser, "아닌 비밀번호입니다"), attempt(browser, world.PASSWORD, "nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert "아이디나 비밀번호가 맞지 않아요" in wrong.text
    assert "아이디나 비밀번호가 맞지 않아요" in unknown.text


def test_account_locks_after_repeated_failures_and_opens_again_later(kim, browser, hands):
    for _ in range(settings().login_attempts):
        attempt(browser, "틀린 비밀번호")
    locked = attempt(browser, world.PASSWORD)
    assert locked.status_code == 401
    assert "잠겼어요" in locked.text
    hands.now = NOON + timedelta(minutes=settings().login_lock_min, seconds=1)
    assert attempt(browser, world.PASSWORD).status_code == 303


def test_idle_session_ends_and_a_used_one_lasts_until_its_end(kim, browser, hands):
    page = browser("kim")
    idle = timedelta(minutes=settings().session_idle_min)
    hands.now = NOON + idle - timedelta(minutes=1)
    assert page.get("/", follow_redirects=False).status_code == 200
    hands.now += idle - timedelta(minutes=1)
    assert page.get("/", follow_redirects=False).status_code == 200
    hands.now += idle
    assert page.get("/", follow_redirects=False).status_code == 303
    page, start = browser("kim"), hands.now
    while hands.now - start < timedelta(hours=settings().session_max_h):
        hands.now += timedelta(minutes=30)
        last = page.get("/", follow_redirects=False).status_code
    assert last == 303


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(kim, browser, configure):
    told = attempt(browser, world.PASSWORD).headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    configure(CONSOLE_URL="https://anbu.example.kr")
    told = attempt(browser, world.PASSWORD).headers["set-cookie"]
    assert told.startswith("__Host-anbu=")
    assert "Secure" in told


def test_token_in_the_database_is_not_the_cookie(kim, browser):
    page = browser("kim")
    with transaction() as db:
        assert db.query(LoginSession).one().token_hash not in dict(page.cookies).values()


def test_signing_out_ends_the_session_on_the_server(kim, browser):
    page = browser("kim")
    cookie = dict(page.cookies)
    page.submit("/logout")
    again = browser()
    again.cookies.update(cookie)
    assert again.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"])
def test_signing_in_never_leads_to_another_site(kim, browser, then):
    answer = browser().post(
        "/login", data={"login": "kim", "password": world.PASSWORD, "next": then}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"


def test_first_password_must_be_changed_before_anything_else(database, browser):
    with transaction() as db:
        make_account(db, "new", "새 담당", "officer", NOON, password=world.PASSWORD, towns=["안부1동"])
    page = browser("new")
    assert page.get("/").url.path == "/password"
    changed = page.submit("/password", old=world.PASSWORD, new="구름 지나 해가 난다", again="구름 지나 해가 난다")
    assert changed.url.path == "/"
    assert "비밀번호를 바꾸었어요" in changed.text


@pytest.mark.parametrize("weak", ["짧아요", "aaaaaaaaaaaa", "kim-password-1"])
def test_weak_password_is_refused(kim, browser, weak):
    answer = browser("kim").submit("/password", old=world.PASSWORD, new=weak, again=weak)
    assert answer.status_code == 422
    assert "비밀번호" in answer.text


def test_attempts_and_their_outcome_are_in_the_audit_log(kim, browser):
    attempt(browser, "틀린 비밀번호")
    attempt(browser, world.PASSWORD)
    with transaction() as db:
        assert [e.action for e in db.query(AuditEntry).order_by(AuditEntry.n)][-2:] == ["login.failed", "login"]


def test_many_attempts_from_one_address_are_slowed_down(kim, browser):
    answers = [attempt(browser, "x", login=f"nobody{n}").status_code for n in range(25)]
    assert answers[0] == 401
    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("login", "name", "role"),
    [("k", "김", "officer"), ("hong", "", "officer"), ("hong", "홍", "boss"), ("한글", "홍", "officer")],
)
def test_account_needs_a_login_a_name_and_a_role(database, login, name, role):
    with pytest.raises(Refused), transaction() as db:
        make_account(db, login, name, role, NOON, password=world.PASSWORD)


def test_login_is_taken_once(kim):
    with pytest.raises(Refused, match="이미 있는"), transaction() as db:
        make_account(db, "KIM", "다른 김", "officer", NOON)


def test_inactive_account_is_out_at_once(kim, browser):
    page = browser("kim")
    with transaction() as db:
        db.get(Account, kim).active = False
    assert page.get("/", follow_redirects=False).status_code == 303
    assert attempt(browser, world.PASSWORD).status_code == 401


def test_console_is_not_served_openly_on_a_network(configure):
    configure(CONSOLE_URL="http://anbu.example.kr")
    with pytest.raises(SettingsError, match="ANBU_CONSOLE_URL"):
        settings()
