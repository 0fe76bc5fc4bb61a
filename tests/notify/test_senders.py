import email
import hmac
import json
import socket
from email.policy import default
from hashlib import sha256
from urllib.parse import parse_qs

import pytest
from twilio.rest import Client

from anbu.notify.senders import MailSender, Message, NotSent, TextSender, WebhookSender, senders
from anbu.settings import settings
from tests.notify.servers import Redirected, http_server, mail_server

PAGE = Message("case:P0", "010-1234-5678", "[안부] 긴급(P0) 사례", "지금 열어 주세요", {"case": "c1"})
MAIL = Message("case:P0", "officer@example.org", "[안부] 긴급(P0) 사례", "지금 열어 주세요")
CREATED = (201, b'{"sid": "SM1", "status": "queued"}')


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def texting(url):
    return TextSender(Client("AC0", "token", http_client=Redirected(url)), "+82212345678")


def test_text_message_goes_to_the_number_in_its_international_form():
    with http_server([CREATED]) as twilio:
        texting(twilio.url).send(PAGE)
    sent = parse_qs(twilio.got[0].body.decode())
    assert (sent["To"], sent["From"], sent["Body"]) == (["+821012345678"], ["+82212345678"], ["지금 열어 주세요"])


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ((400, b'{"code": 21211, "message": "invalid number +821012345678"}'), True),
        ((429, b'{"code": 20429, "message": "too many"}'), False),
        ((503, b""), False),
    ],
)
def test_text_that_twilio_refuses_says_whether_to_try_again_and_not_whose_number(answer, permanent):
    with http_server([answer]) as twilio, pytest.raises(NotSent) as refused:
        texting(twilio.url).send(PAGE)
    assert refused.value.permanent is permanent
    assert "1234" not in str(refused.value)


def test_text_to_what_is_no_number_is_given_up():
    with pytest.raises(NotSent) as refused:
        texting("http://127.0.0.1:9").send(Message("k", "당번", "", ""))
    assert refused.value.permanent


def test_text_while_twilio_is_unreachable_is_tried_again():
    with pytest.raises(NotSent) as refused:
        texting(f"http://127.0.0.1:{closed_port()}").send(PAGE)
    assert not refused.value.permanent


def test_mail_arrives_readable_and_the_same_at_every_try():
    with mail_server() as box:
        sender = MailSender("127.0.0.1", box.port, "anbu@example.org", security="none")
        sender.send(MAIL)
        sender.send(MAIL)
    first, second = (email.message_from_bytes(e.content, policy=default) for e in box.got)
    assert first["Subject"] == "[안부] 긴급(P0) 사례"
    assert first.get_content().strip() == "지금 열어 주세요"
    assert box.got[0].rcpt_tos == ["officer@example.org"]
    assert first["Message-ID"] == second["Message-ID"]


def test_mailbox_that_does_not_exist_is_given_up_and_a_busy_server_is_not():
    with mail_server() as box:
        sender = MailSender("127.0.0.1", box.port, "anbu@example.org", security="none")
        box.refuse = ("officer@example.org",)
        with pytest.raises(NotSent) as gone:
            sender.send(MAIL)
        box.busy = True
        with pytest.raises(NotSent) as busy:
            sender.send(MAIL)
    assert (gone.value.permanent, busy.value.permanent) == (True, False)
    assert "officer" not in str(gone.value)


def test_mail_is_not_sent_in_the_clear_where_encryption_was_asked_for():
    with mail_server() as box, pytest.raises(NotSent):
        MailSender("127.0.0.1", box.port, "anbu@example.org").send(MAIL)
    assert box.got == []


def test_mail_header_cannot_be_forged_by_an_address():
    with pytest.raises(NotSent) as refused:
        MailSender("127.0.0.1", 9, "anbu@example.org", "none").send(Message("k", "a@b.c\nBcc: x@y.z", "s", "t"))
    assert refused.value.permanent


def test_webhook_is_signed_and_carries_its_key():
    with http_server([204]) as office:
        WebhookSender(office.url, "secret").send(PAGE)
    got = office.got[0]
    assert json.loads(got.body) == {"key": "case:P0", "text": "지금 열어 주세요", "case": "c1"}
    assert got.headers["Idempotency-Key"] == "case:P0"
    assert got.headers["X-Anbu-Signature"] == "sha256=" + hmac.new(b"secret", got.body, sha256).hexdigest()


def test_webhook_that_fails_or_is_dead_says_so():
    with http_server([500]) as office, pytest.raises(NotSent, match="500"):
        WebhookSender(office.url).send(PAGE)
    with pytest.raises(NotSent, match="닿지 않음"):
        WebhookSender(f"http://127.0.0.1:{closed_port()}").send(PAGE)


def test_only_channels_that_are_set_up_are_used(configure):
    assert senders(settings()) == {}
    configure(TWILIO_ACCOUNT_SID="AC0", PHONE_NUMBER="+82212345678", SMTP_HOST="mail.example.org")
    assert set(senders(settings())) == {"sms"}  # mail needs its sender's address too
    configure(MAIL_FROM="anbu@example.org", PAGE_WEBHOOK_URL="https://office.example.org/hook")
    assert set(senders(settings())) == {"sms", "mail", "webhook"}
