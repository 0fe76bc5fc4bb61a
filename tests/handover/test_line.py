"""The real twilio-python against a real HTTP server."""

import socket

import pytest

from anbu.handover.line import Line, LineError, line
from anbu.rehearsal.exchange import ACCOUNT, telephone_exchange


def line_to(url):
    return Line(ACCOUNT, "token", "+8221200120", url)


def test_a_telephone_is_rung_moved_and_hung_up():
    with telephone_exchange() as exchange:
        sid = line_to(exchange.url).dial("+82200000001", "https://a/leg?leg=1", "https://a/status?leg=1", 20)
        line_to(exchange.url).move(sid, "https://a/there")
        line_to(exchange.url).hang_up(sid)
    kinds = [kind for kind, _ in exchange.asked]
    assert kinds == ["create", "move", "end"]
    fields = exchange.asked[0][1]
    assert (fields["To"], fields["Timeout"], fields["Url"]) == ("+82200000001", "20", "https://a/leg?leg=1")
    assert exchange.moves == {sid: "https://a/there"}


@pytest.mark.parametrize(
    ("failure", "permanent"), [("500", False), ("429:20429", False), ("401:20003", False), ("400:21211", True)]
)
def test_the_numbers_fault_is_told_from_the_lines(failure, permanent):
    with telephone_exchange(fails=lambda kind, nth: failure) as exchange:
        with pytest.raises(LineError) as raised:
            line_to(exchange.url).dial("+82200000001", "https://a", "https://a", 20)
        assert len(exchange.asked) == 1  # never again by itself
    assert raised.value.permanent is permanent
    assert "+82200000001" not in str(raised.value)


def test_a_line_that_is_not_there_or_hangs_is_an_error_in_time(monkeypatch):
    monkeypatch.setattr("anbu.handover.line.REQUEST_S", 0.3)
    with pytest.raises(LineError):
        line_to("http://127.0.0.1:9").hang_up("CA1")
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(LineError, match="Timeout"):
        line_to(f"http://127.0.0.1:{silent.getsockname()[1]}").hang_up("CA1")


def test_without_an_account_there_is_no_line(configure):
    configure(PHONE_NUMBER="+8221200120")
    assert line() is None
    configure(TWILIO_ACCOUNT_SID=ACCOUNT)
    assert line() is line()
