"""Signing in with an organisation's account, against a real provider on loopback."""

from __future__ import annotations

import httpx
import pytest
from joserfc.jwk import RSAKey

from anbu.casework.accounts import make_account
from anbu.console import limits
from anbu.console.app import build_app
from anbu.store.models import Account
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console.conftest import Browser
from tests.console.provider import CLIENT, SECRET, running_provider

ME = {"sub": "42", "email": "kim@anbu.go.kr", "email_verified": True}


@pytest.fixture(scope="module")
def running():
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running, configure):
    configure(OIDC_ISSUER=running.url, OIDC_CLIENT_ID=CLIENT, OIDC_CLIENT_SECRET=SECRET)
    running.claims, running.published = dict(ME), None
    return running


@pytest.fixture
def kim(database):
    """An account without a password, for the provider's kim."""
    with transaction() as db:
        return make_account(db, "kim@anbu.go.kr", "김담당", "officer", NOON, towns=["안부1동"]).id


@pytest.fixture
def page(provider, database, hands):
    limits.forget()
    return Browser(build_app(), base_url="http://127.0.0.1:5006", follow_redirects=False)


def sign_in(page):
    """Go to the provider and come back; → the console's answer."""
    start = page.get("/login/oidc")
    assert start.status_code == 302, start.text
    back = httpx.get(start.headers["location"], follow_redirects=False).headers["location"]
    assert back.startswith("http://127.0.0.1:5006/login/oidc/back?")
    return page.get(back.removeprefix("http://127.0.0.1:5006"))


def test_person_with_an_account_comes_in(kim, page):
    assert "기관 계정으로 로그인" in page.get("/login").text
    answer = sign_in(page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "김담당" in page.get("/").text


def test_person_without_an_account_does_not(page, database):
    answer = sign_in(page)
    assert answer.status_code == 403
    assert "쓸 수 있는 안부 계정이 없어요" in answer.text
    assert "anbu=" not in answer.headers.get("set-cookie", "").replace("anbu_oidc", "")


def test_address_that_passed_to_somebody_else_does_not_open_the_account(kim, page, provider):
    sign_in(page)
    provider.claims = {**ME, "sub": "43"}
    assert sign_in(page).status_code == 403


def test_unverified_address_opens_nothing(kim, page, provider):
    provider.claims = {**ME, "email_verified": False}
    assert sign_in(page).status_code == 403


def test_inactive_account_stays_out(kim, page):
    with transaction() as db:
        db.get(Account, kim).active = False
    assert sign_in(page).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"aud": "another"}, {"iss": "http://evil.example"}, {"exp": 1}, {"nonce": "of another sign-in"}]
)
def test_token_that_was_not_meant_for_this_sign_in_is_refused(kim, page, provider, wrong):
    provider.claims = {**ME, **wrong}
    answer = sign_in(page)
    assert answer.status_code in (401, 502), answer.status_code
    assert "로그인하지 못했어요" in answer.text


def test_token_signed_by_another_key_is_refused(kim, page, provider):
    provider.published = RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_in(page).status_code in (401, 502)


def test_answer_without_our_question_is_refused(kim, page):
    assert page.get("/login/oidc/back?code=x&state=y").status_code == 401


def test_provider_that_is_away_leaves_the_password_open(kim, page, configure):
    configure(OIDC_ISSUER="http://127.0.0.1:9")
    away = Browser(build_app(), base_url="http://127.0.0.1:5006", follow_redirects=False)
    answer = away.get("/login/oidc")
    assert answer.status_code == 502
    assert 'name="password"' in answer.text
