"""Every persona holds its whole call over signed HTTP, and comes out as a careful officer would judge."""

import pytest

from anbu.rehearsal.engine import running_engine
from anbu.rehearsal.persona import load, persona_files
from anbu.rehearsal.run import rehearse_one
from anbu.settings import ROOT

pytestmark = pytest.mark.engine
PERSONAS = persona_files([ROOT / "data" / "personas"])


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    from anbu.settings import settings
    from anbu.store import session
    from anbu.training import train_if_changed

    train_if_changed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANBU_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('calls') / 'anbu.db'}")
        settings.cache_clear()
        session.migrate()
        with running_engine(log=tmp_path_factory.mktemp("log") / "engine.log") as running:
            yield running
    settings.cache_clear()


def test_there_are_personas_enough():
    assert len([p for p in PERSONAS if load(p).expect is not None]) >= 16


@pytest.mark.parametrize("path", PERSONAS, ids=lambda p: p.stem)
def test_persona(engine, path):
    result = rehearse_one(path.stem, load(path), engine.url)
    assert result["problems"] == []
