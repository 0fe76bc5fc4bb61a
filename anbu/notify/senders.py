"""Ways out of the house: text message, mail, webhook. Each sends one message or says why it could not."""

from __future__ import annotations

import hmac
import json
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from hashlib import sha256
from typing import Protocol

import httpx
import phonenumbers
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from anbu.errors import AnbuError
from anbu.settings import Settings

TIMEOUT_S = 10
# Twilio: the number is not one, cannot be reached by text, or has asked not to be.
TWILIO_PERMANENT = {21211, 21214, 21217, 21408, 21610, 21612, 21614}


class NotSent(AnbuError):
    """A message did not leave. `permanent`: trying again is of no use. The text carries no personal data."""

    def __init__(self, why: str, permanent: bool = False):
        super().__init__(why)
        self.permanent = permanent


@dataclass(frozen=True)
class Message:
    """What is sent: `key` is the same at every try, `data` is what a webhook gets as JSON."""

    key: str
    recipient: str
    subject: str
    text: str
    data: Mapping = field(default_factory=dict)


class Sender(Protocol):
    """One channel."""

    def send(self, message: Message) -> None:
        """Raises NotSent."""


class TextSender:
    """Text messages by Twilio."""

    def __init__(self, client: Client, from_number: str):
        self._client, self._from = client, from_number

    def send(self, message: Message) -> None:
        try:
            number = phonenumbers.parse(message.recipient, "KR")
            if not phonenumbers.is_possible_number(number):
                raise phonenumbers.NumberParseException(0, "")
        except phonenumbers.NumberParseException:
            raise NotSent("전화번호가 아닙니다", permanent=True) from None
        to = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        try:
            self._client.messages.create(to=to, from_=self._from, body=message.text)
        except TwilioRestException as error:
            gone = error.code in TWILIO_PERMANENT
            raise NotSent(f"Twilio 오류 {error.code or error.status}", permanent=gone) from None
        except (TwilioException, requests.RequestException, OSError) as error:
            raise NotSent(f"Twilio에 닿지 않음 ({type(error).__name__})") from None


@dataclass(frozen=True)
class MailSender:
    """Mail by SMTP. `security`: starttls | tls | none."""

    host: str
    port: int
    from_address: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = None

    def send(self, message: Message) -> None:
        mail = EmailMessage()
        try:
            mail["To"], mail["From"], mail["Subject"] = message.recipient, self.from_address, message.subject
        except ValueError:
            raise NotSent("메일 주소가 아닙니다", permanent=True) from None
        mail["Message-ID"] = f"<{sha256(message.key.encode()).hexdigest()[:32]}@anbu>"  # the same at every try
        mail.set_content(message.text)
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password or "")
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise NotSent(f"받는 주소를 거절함 (SMTP {code})", permanent=code >= 500) from None
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"메일 서버 오류 (SMTP {error.smtp_code})") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"메일 서버에 닿지 않음 ({type(error).__name__})") from None

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        if self.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


@dataclass(frozen=True)
class WebhookSender:
    """A JSON POST to the office's messenger or control room; signed when there is a secret."""

    url: str
    secret: str | None = None

    def send(self, message: Message) -> None:
        body = json.dumps({"key": message.key, "text": message.text, **message.data}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        if self.secret:
            headers["X-Anbu-Signature"] = "sha256=" + hmac.new(self.secret.encode(), body, sha256).hexdigest()
        try:
            answer = httpx.post(self.url, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSent(f"웹훅에 닿지 않음 ({type(error).__name__})") from None
        if not answer.is_success:
            raise NotSent(f"웹훅이 HTTP {answer.status_code}로 답함", permanent=answer.status_code == 410)


def senders(settings: Settings, http_client: TwilioHttpClient | None = None) -> dict[str, Sender]:
    """The channels that the settings make possible: sms, mail, webhook."""
    found: dict[str, Sender] = {}
    if settings.twilio_account_sid and settings.phone_number:
        http = http_client or TwilioHttpClient(timeout=TIMEOUT_S)
        client = Client(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), http_client=http)
        found["sms"] = TextSender(client, settings.phone_number)
    if settings.smtp_host and settings.mail_from:
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        found["mail"] = MailSender(
            settings.smtp_host, settings.smtp_port, settings.mail_from, settings.smtp_security, settings.smtp_user,
            password,
        )  # fmt: skip
    if settings.page_webhook_url:
        secret = settings.page_webhook_secret.get_secret_value() if settings.page_webhook_secret else None
        found["webhook"] = WebhookSender(settings.page_webhook_url, secret)
    return found
