"""The record on PostgreSQL: the same tables, the same promises."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect

from anbu.calling.record import add_resident, find_resident, hear, open_call
from anbu.settings import ROOT
from anbu.store.models import Base, Call, Turn
from anbu.store.session import engine, migrate, transaction
from tests.conftest import NOON

pytestmark = pytest.mark.postgres


def test_migrations_make_the_tables_the_models_describe(each_database):
    tables = inspect(engine())
    for name, table in Base.metadata.tables.items():
        assert {c["name"] for c in tables.get_columns(name)} == {c.name for c in table.columns}
    migrate()  # again changes nothing


def test_a_call_is_kept_and_found(each_database):
    with transaction() as db:
        who = add_resident(db, "김순자", "+821012345678", NOON)
        hear(db, open_call(db, who, "outbound", "initial", NOON), 0, NOON, heard="사흘째 굶었어")
    with transaction(lasting=False) as db:
        assert find_resident(db, "+821012345678").created_at == NOON
        assert db.query(Turn).one().heard == "사흘째 굶었어"
        assert db.query(Call).one().answered == []


def test_many_processes_may_migrate_at_once(postgres, configure):
    url = postgres.url(postgres.create())
    script = f"from anbu.store.session import migrate; migrate({url!r})"
    with ThreadPoolExecutor(3) as pool:
        codes = list(pool.map(lambda _: subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode, range(3)))
    assert codes == [0, 0, 0]
