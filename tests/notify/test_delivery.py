import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from anbu.assessment.deadlines import deadlines
from anbu.casework.watch import Watch, look
from anbu.console.app import build_app
from anbu.notify.delivery import as_message, deliver_due
from anbu.notify.senders import NotSent, WebhookSender, senders
from anbu.settings import settings
from anbu.store.models import Case, Outbox
from anbu.store.session import transaction
from tests.casework.test_watch import a_case
from tests.conftest import NOON
from tests.notify.servers import http_server

RETRIES = deadlines().retries


def only_row():
    with transaction() as db:
        return db.scalars(select(Outbox)).one()


def seconds(n):
    return NOON + timedelta(seconds=n)


@pytest.fixture
def paged(database, configure):
    """A P0 case whose page goes to a webhook."""
    configure(PAGE_WEBHOOK_URL="http://127.0.0.1:9/hook", CONSOLE_URL="https://anbu.example.go.kr")
    with transaction() as db:
        return a_case(db).id


def test_page_is_sent_once_and_its_result_recorded(paged):
    with http_server([200]) as office:
        channels = {"webhook": WebhookSender(office.url)}
        assert deliver_due(channels, RETRIES, NOON) == 1
        assert deliver_due(channels, RETRIES, seconds(60)) == 0
    assert len(office.got) == 1
    row = only_row()
    assert (row.state, row.attempts, row.sent_at, row.error) == ("sent", 1, NOON, None)


def test_failing_page_is_tried_again_ever_later_and_shown_as_failing(paged):
    with http_server([500, 503, 200]) as office:
        channels = {"webhook": WebhookSender(office.url)}
        deliver_due(channels, RETRIES, NOON)
        row = only_row()
        assert (row.state, row.attempts, row.next_try_at, row.error) == (
            "failing", 1, seconds(10), "웹훅이 HTTP 500로 답함",
        )  # fmt: skip
        deliver_due(channels, RETRIES, seconds(9))
        assert len(office.got) == 1
        deliver_due(channels, RETRIES, seconds(10))
        assert only_row().next_try_at == seconds(10 + 20)
        deliver_due(channels, RETRIES, seconds(30))
    assert (only_row().state, len(office.got)) == ("sent", 3)


def test_page_that_fails_for_a_day_is_given_up_and_says_so(paged):
    now = NOON
    with http_server([500]) as office:
        while only_row().state in ("waiting", "failing"):
            deliver_due({"webhook": WebhookSender(office.url)}, RETRIES, now)
            now = only_row().next_try_at or now
    assert only_row().state == "given_up"
    assert NOON + timedelta(hours=24) <= now < NOON + timedelta(hours=25)
    assert 95 < len(office.got) < 120


def test_channel_that_is_no_longer_set_up_is_shown_as_failing(paged):
    deliver_due({}, RETRIES, NOON)
    assert only_row().error == "webhook 설정이 없습니다"


def test_message_whose_sender_died_is_sent_by_the_next_one(paged):
    class Died(BaseException):
        pass

    class Dying:
        def send(self, message):
            raise Died

    with pytest.raises(Died):
        deliver_due({"webhook": Dying()}, RETRIES, NOON)
    with http_server([200]) as office:
        assert deliver_due({"webhook": WebhookSender(office.url)}, RETRIES, seconds(60)) == 0  # the lease still runs
        assert deliver_due({"webhook": WebhookSender(office.url)}, RETRIES, seconds(121)) == 1


def test_two_processes_do_not_send_the_same_page(paged):
    together, sent = threading.Barrier(2), []

    class Slow:
        def send(self, message):
            sent.append(message.key)

    def drain():
        together.wait()
        deliver_due({"webhook": Slow()}, RETRIES, NOON)

    threads = [threading.Thread(target=drain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 1


def test_page_tells_where_to_look_and_nothing_of_the_resident(paged):
    message = as_message(only_row())
    assert message.text.splitlines() == [
        "[안부] 긴급(P0) 사례: 확인을 기다림",
        f"지금 열어 주세요: https://anbu.example.go.kr/cases/{paged}",
    ]
    assert "김순자" not in str(message)
    assert "구조" not in str(message)


def test_dead_webhook_never_keeps_a_case_from_changing(paged):
    """While a page hangs, the case can be written: nothing is held open during the sending."""

    class Hanging:
        def send(self, message):
            with transaction() as db:
                db.get(Case, paged).state = "closed"
            raise NotSent("웹훅에 닿지 않음")

    deliver_due({"webhook": Hanging()}, RETRIES, NOON)
    with transaction() as db:
        assert db.get(Case, paged).state == "closed"


def test_running_watch_pages_and_delivers(paged, configure):
    with http_server([200]) as office:
        configure(PAGE_WEBHOOK_URL=office.url, WATCH_EVERY_S=0.2)
        arrived = threading.Event()
        watch = Watch(now=lambda: NOON).start()
        for _ in range(100):
            if office.got:
                arrived.set()
                break
            arrived.wait(0.05)
        watch.stop()
    assert len(office.got) == 1


def test_a_look_goes_on_when_one_part_fails(paged, monkeypatch):
    monkeypatch.setattr("anbu.casework.watch.escalate", lambda now: 1 / 0)
    with http_server([200]) as office:
        assert look(NOON, {"webhook": WebhookSender(office.url)}) == (0, 1)


def test_no_settings_no_channels(database):
    assert senders(settings()) == {}


def test_pages_leave_while_only_the_console_is_up(paged, configure):
    with http_server([200]) as office:
        configure(PAGE_WEBHOOK_URL=office.url, WATCH_EVERY_S=0.2)
        with TestClient(build_app()):
            for _ in range(100):
                if office.got:
                    break
                time.sleep(0.05)
    assert f"{paged}:P0" in {got.headers["Idempotency-Key"] for got in office.got}
