"""A stand-in Twilio and a town office that calls through it."""

import pytest

from tests.calling.office import Office
from tests.calling.twilio_server import ACCOUNT, TwilioServer


@pytest.fixture
def twilio(configure):
    """A local HTTP server that speaks Twilio's REST API; the real client is pointed at it."""
    with TwilioServer() as server:
        configure(
            GATEWAY="twilio", TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_API_URL=server.url, PHONE_NUMBER="+8221200120",
            PUBLIC_URL="https://anbu.test", CALLS_PER_SECOND=100, REQUEST_TIMEOUT_S=0.5,
        )  # fmt: skip
        yield server


@pytest.fixture
def office(each_database, twilio):
    """An office on SQLite and on PostgreSQL, Monday nine o'clock."""
    return Office(twilio)
