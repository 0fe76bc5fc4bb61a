"""The command line, as a person runs it: real processes on a real database."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import httpx
import pytest
from sqlalchemy import text

from anbu.casework.audit import record
from anbu.console import commands
from anbu.console.process import running_console
from anbu.rehearsal.engine import free_port
from anbu.settings import ROOT
from anbu.store.models import Account
from anbu.store.session import engine, transaction
from tests.conftest import NOON
from tests.console import world


def anbu(*words: str, typed: str = "") -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "anbu.cli", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=env, input=typed, capture_output=True, text=True, timeout=120)


def test_account_made_at_the_terminal_opens_the_running_console(database, configure):
    port = free_port()
    configure(CONSOLE_URL=f"http://127.0.0.1:{port}")
    made = anbu("accounts", "add", "--login", "kim", "--name", "김담당", "--role", "officer", "--towns", "안부1동",
                typed=world.PASSWORD + "\n")  # fmt: skip
    assert made.returncode == 0, made.stderr
    with running_console() as address, httpx.Client(base_url=address, follow_redirects=True) as page:
        assert "로그인" in page.get("/").text
        assert "대기열" in page.post("/login", data={"login": "kim", "password": world.PASSWORD}).text


def test_weak_password_at_the_terminal_is_told_and_makes_nothing(database):
    told = anbu("accounts", "add", "--login", "kim", "--name", "김", "--role", "officer", typed="짧다\n")
    assert told.returncode == 2
    assert "10자 이상" in told.stderr
    assert "Traceback" not in told.stderr
    with transaction() as db:
        assert db.query(Account).count() == 0


def test_tampering_with_the_audit_log_is_found_from_the_terminal(database):
    with transaction() as db:
        for n in range(3):
            record(db, None, "case.seen", NOON, "case", f"c{n}")
    sound = anbu("audit", "verify")
    assert (sound.returncode, "3건이 온전합니다" in sound.stdout) == (0, True)
    with engine().begin() as raw:
        raw.execute(text("DROP TRIGGER audit_log_no_update"))
        raw.execute(text("UPDATE audit_log SET subject_id = 'x' WHERE n = 2"))
    broken = anbu("audit", "verify")
    assert broken.returncode == 2
    assert "2번 기록의 내용이 바뀌었습니다" in broken.stderr


def test_first_start_makes_the_account_of_the_settings_and_no_other(database, configure, capsys):
    configure(FIRST_LOGIN="ops", FIRST_PASSWORD=world.PASSWORD)
    commands.first_account()
    commands.first_account()
    with transaction() as db:
        account = db.query(Account).one()
        assert (account.login, account.role, account.must_change_password) == ("ops", "operator", True)
    assert world.PASSWORD not in capsys.readouterr().out


def test_first_start_without_a_terminal_says_how_to_make_an_account(database, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    commands.first_account()
    assert "anbu accounts add" in capsys.readouterr().out
    with transaction() as db:
        assert db.query(Account).count() == 0


@pytest.mark.parametrize("resident", ["nobody", ""])
def test_erasing_nobody_is_told_plainly(database, resident):
    told = anbu("residents", "erase", resident, "--reason", "본인이 요청함")
    assert told.returncode == 2
    assert "그런 주민이 없어요" in told.stderr
