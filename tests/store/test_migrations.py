"""A database of before 0002 keeps its cases and finds its residents."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from anbu.settings import settings
from anbu.store import session
from anbu.store.crypto import seal
from anbu.store.models import Case, Resident, name_key, number_key


def test_cases_of_before_get_their_deadline_and_residents_their_search_keys(database, configure, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    configure(DATABASE_URL=url)
    config = Config()
    config.set_main_option("script_location", "anbu/store/migrations")
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "0001")
    now = "2026-11-23 03:00:00.000000"
    with session.engine().begin() as raw:
        raw.execute(
            text(
                "INSERT INTO residents (id, name, phone, script, created_at) VALUES ('r', :name, :phone, 'initial', :t)"
            ),
            {"name": seal("김순자"), "phone": seal("+821012345678"), "t": now},
        )
        raw.execute(
            text(
                "INSERT INTO calls (id, resident_id, direction, script, status, sequence, created_at, answered) "
                "VALUES ('k', 'r', 'outbound', 'initial', 'x', 0, :t, '[]')"
            ),
            {"t": now},
        )
        raw.execute(
            text(
                "INSERT INTO cases (id, call_id, resident_id, priority, state, reasons, opened_at, acknowledge_by) "
                "VALUES ('c', 'k', 'r', 'P1', 'open', '[]', :t, :t)"
            ),
            {"t": now},
        )
        raw.execute(
            text(
                "INSERT INTO outbox (dedupe_key, kind, recipient, case_id, body, state, attempts, created_at) "
                "VALUES ('o', 'page', :sealed, 'c', :sealed, 'waiting', 0, :t)"
            ),
            {"t": now, "sealed": seal("{}")},
        )
    command.upgrade(config, "head")
    with session.transaction() as db:
        case, resident = db.query(Case).one(), db.query(Resident).one()
        assert (case.due_at, case.changed_at, case.version) == (case.acknowledge_by, case.opened_at, 1)
        assert (resident.name_hash, resident.tail_hash) == (name_key("김 순자"), number_key("01000005678"))
    command.downgrade(config, "0001")
    assert settings().database_url == url
    session.engine().dispose()
