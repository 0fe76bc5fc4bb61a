from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from anbu import clock
from anbu.casework import accounts, signin
from anbu.console import limits
from anbu.console.app import build_app
from tests.conftest import NOON
from tests.console import world


class Browser(TestClient):
    """A browser without scripts: keeps its cookie, finds the form token, follows redirects."""

    def sign_in(self, login: str, password: str = world.PASSWORD):
        answer = self.post("/login", data={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        return self

    def token(self) -> str:
        return re.search(r'name="form_token" value="([0-9a-f]+)"', self.get("/password").text)[1]

    def submit(self, path: str, **data):
        return self.post(path, data={"form_token": self.token(), **data})


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """argon2 is slow on purpose; which parameters it has is no matter here."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "HASHER", quick)
    monkeypatch.setattr(signin, "HASHER", quick)
    monkeypatch.setattr(signin, "_NOBODY", quick.hash("nobody"))


@pytest.fixture
def hands(monkeypatch):
    """The clock's hands: hands.now = …"""

    class Hands:
        now = NOON

    monkeypatch.setattr(clock, "now", lambda: Hands.now)
    return Hands


@pytest.fixture
def browser(database, hands):
    """browser() is a new browser at the console; browser("kim") is signed in."""
    limits.forget()
    app = build_app()

    def new(login: str | None = None) -> Browser:
        made = Browser(app, base_url="http://127.0.0.1:5006")
        return made.sign_in(login) if login else made

    return new


@pytest.fixture
def people(database):
    """One account of each role, two officers of different towns, two managers."""
    return {
        "kim": world.account("kim", "officer", ["안부1동"], name="김담당"),
        "lee": world.account("lee", "officer", ["안부2동"], name="이담당"),
        "cho": world.account("cho", "officer", ["안부1동"], name="조담당"),
        "park": world.account("park", "manager", all_towns=True, name="박관리"),
        "nam": world.account("nam", "manager", all_towns=True, name="남관리"),
        "yoon": world.account("yoon", "writer", all_towns=True, name="윤작가"),
        "jung": world.account("jung", "auditor", all_towns=True, name="정감사"),
        "choi": world.account("choi", "operator", all_towns=True, name="최운영"),
    }
