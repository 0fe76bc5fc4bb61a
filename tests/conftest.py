"""Shared fixtures: test settings, and a fresh migrated database for each test that asks for one."""

from __future__ import annotations

import base64
import contextlib
import os
import sqlite3
from datetime import datetime

import pytest

os.environ.update(
    ANBU_DATA_KEY=base64.urlsafe_b64encode(b"k" * 32).decode(),
    ANBU_TWILIO_AUTH_TOKEN="test-token",
    ANBU_PUBLIC_URL="http://anbu.test",
    RASA_TELEMETRY_ENABLED="false",
    TF_CPP_MIN_LOG_LEVEL="3",
    ANBU_WATCH_EVERY_S="3600",  # an engine that many tests share must not page into the database of one of them
)

from anbu import clock
from anbu.settings import settings
from anbu.store import session
from tests.postgres import _migrated_template, each_database, postgres, postgres_database  # noqa: F401

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=clock.SEOUL)  # a Monday


@pytest.fixture
def configure(monkeypatch):
    """Set ANBU_* variables for one test: configure(ON_DUTY_NUMBER="+8210…")."""

    def apply(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"ANBU_{name}", str(value))
        settings.cache_clear()

    yield apply
    settings.cache_clear()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory):
    """A SQLite database at the newest revision: copying it is quicker than migrating for each test."""
    path = tmp_path_factory.mktemp("migrated") / "anbu.db"
    session.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(tmp_path, configure, _migrated_file):
    """A migrated SQLite database of this test alone."""
    configure(DATABASE_URL=f"sqlite:///{tmp_path / 'anbu.db'}", SPOOL_DIR=tmp_path / "spool")
    made, own = sqlite3.connect(_migrated_file), sqlite3.connect(tmp_path / "anbu.db")
    with contextlib.closing(made), contextlib.closing(own):
        made.backup(own)
    yield session
    session.engine().dispose()


@pytest.fixture
def noon(monkeypatch):
    """The clock stands at Monday noon."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON
