import sqlite3

import pytest
from sqlalchemy import inspect

from anbu.calling.record import add_resident, find_resident, hear, open_call
from anbu.errors import SettingsError
from anbu.settings import settings
from anbu.store.crypto import fingerprint, seal, unseal
from anbu.store.models import Base, Resident, Utc
from anbu.store.session import engine, migrate, transaction
from tests.conftest import NOON


def test_migrations_make_the_tables_the_models_describe(database):
    tables = inspect(engine())
    for name, table in Base.metadata.tables.items():
        assert {c["name"] for c in tables.get_columns(name)} == {c.name for c in table.columns}
    migrate()  # again changes nothing


def test_names_numbers_and_words_are_not_readable_in_the_file(database, tmp_path):
    with transaction() as db:
        who = add_resident(db, "김순자", "+821012345678", NOON)
        call = open_call(db, who, "outbound", "initial", NOON)
        hear(db, call, 0, NOON, heard="사흘째 굶었어")
    with sqlite3.connect(tmp_path / "anbu.db") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (tmp_path / "anbu.db").read_bytes()
    for secret in ("김순자", "굶었어", "+821012345678"):
        assert secret.encode() not in content


def test_resident_is_found_by_number_and_not_doubled(database):
    with transaction() as db:
        first = add_resident(db, "김순자", "+821012345678", NOON)
        again = add_resident(db, "김순자", "+821012345678", NOON)
        assert first.id == again.id
        assert find_resident(db, "+821012345678").name == "김순자"
        assert find_resident(db, "+821000000000") is None


def test_sealed_text_needs_its_key(configure):
    sealed = seal("말")
    assert unseal(sealed) == "말"
    assert seal("말") != sealed  # the same words do not look the same
    configure(DATA_KEY="eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=")
    with pytest.raises(SettingsError, match="ANBU_DATA_KEY"):
        unseal(sealed)


def test_fingerprint_depends_on_the_key(configure):
    before = fingerprint("+8210")
    configure(DATA_KEY="eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=")
    assert fingerprint("+8210") != before


def test_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Utc().process_bind_param(NOON.replace(tzinfo=None), None)


def test_moments_come_back_as_they_went_in(database):
    with transaction() as db:
        add_resident(db, "가", None, NOON)
    with transaction() as db:
        assert db.query(Resident).one().created_at == NOON


def test_wrong_settings_name_the_variable_and_not_its_value(configure):
    configure(DATA_KEY="secret-but-short")
    with pytest.raises(SettingsError) as raised:
        settings()
    assert "ANBU_DATA_KEY" in str(raised.value)
    assert "secret-but-short" not in str(raised.value)
