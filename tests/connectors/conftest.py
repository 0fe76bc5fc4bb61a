"""A live engine in this process: real Rasa, real HTTP, so that a fault can be put anywhere."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sanic import Sanic

from tests.connectors.phone import Phone
from tests.serving import serving


@pytest.fixture(scope="session")
def agent():
    """The trained model, loaded once."""
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    from anbu.settings import ROOT
    from anbu.training import train_if_changed

    model = train_if_changed()
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    return asyncio.run(load_agent(model_path=str(model), endpoints=endpoints))


@pytest.fixture
def engine(database, agent, configure):
    """The URL of a live engine on this test's own database; the sweeper stays out of the way."""
    from rasa.core.run import configure_app

    from connectors.voice import VoiceInput

    Sanic.test_mode = True  # the app's name is used again by each test
    configure(ON_DUTY_NUMBER="+82200000000", SWEEP_EVERY_S=3600)
    app = configure_app([VoiceInput()], use_syslog=False)
    app.ctx.agent = agent
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    with serving(app) as url:
        yield url


@pytest.fixture
def phone(engine):
    """A call that was answered."""
    caller = Phone(engine)
    caller.answer()
    return caller
