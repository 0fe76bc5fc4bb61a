"""A telephone for tests: posts signed webhooks to a live engine and reads its TwiML."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from twilio.request_validator import RequestValidator

from anbu import clock
from anbu.calling.record import add_resident, open_call
from anbu.settings import settings
from anbu.store.session import transaction


@dataclass
class Heard:
    """What came back."""

    status: int
    text: str
    topic: str | None

    @property
    def root(self) -> ET.Element:
        return ET.fromstring(self.text)

    @property
    def said(self) -> str:
        return " ".join(e.text.strip() for e in self.root.iter() if e.tag in ("Say", "prosody") and e.text)

    @property
    def next_url(self) -> str | None:
        found = next((e.get("action") for e in self.root.iter() if e.tag in ("Gather", "Dial")), None)
        return found

    @property
    def handed_over(self) -> bool:
        """People are about to be rung."""
        redirect = self.root.find("Redirect")
        return self.root.find("Gather") is None and redirect is not None and "/handover" in redirect.text

    @property
    def ended(self) -> bool:
        return self.root.find("Hangup") is not None


class Phone:
    """One call. `say`, `press` and `stay_silent` answer the last question."""

    def __init__(self, server: str, name: str = "김순자", script: str = "initial", number: str | None = None):
        self.server, self.sid, self.number = server, "CA" + uuid.uuid4().hex, number
        with transaction() as db:
            resident = add_resident(db, name, number, clock.now())
            self.call_id = open_call(db, resident, "outbound", script, clock.now()).id
        self.last: Heard | None = None

    def post(self, path: str, token: str | None = None, **fields) -> Heard:
        fields = {"CallSid": self.sid, "From": self.number or "+8210", "To": "+822", **fields}
        url = settings().public_url + path
        signature = RequestValidator("test-token").compute_signature(url, fields)
        headers = {"X-Twilio-Signature": signature, **({"I-Twilio-Idempotency-Token": token} if token else {})}
        answer = httpx.post(self.server + path, data=fields, headers=headers, timeout=30)
        return Heard(answer.status_code, answer.text, answer.headers.get("X-Anbu-Topic"))

    def answer(self, **fields) -> Heard:
        self.last = self.post(f"/webhooks/voice/answer?call={self.call_id}", **fields)
        return self.last

    def reply(self, token: str | None = None, **fields) -> Heard:
        url = urlsplit(self.last.next_url)
        self.last = self.post(f"{url.path}?{url.query}", token, **fields)
        return self.last

    def say(self, text: str, token: str | None = None) -> Heard:
        return self.reply(token, SpeechResult=text, Confidence="0.9")

    def press(self, digits: str) -> Heard:
        return self.reply(Digits=digits)

    def stay_silent(self) -> Heard:
        return self.reply(SpeechResult="")

    def status(self, status: str, sequence: int) -> Heard:
        path = f"/webhooks/voice/status?call={self.call_id}"
        return self.post(path, CallStatus=status, SequenceNumber=str(sequence))

    def until(self, topic: str, answer: str = "네", most: int = 40) -> Heard:
        """Answer until a topic is asked."""
        for _ in range(most):
            if self.last.topic == topic:
                return self.last
            assert not self.last.ended, f"the call ended before {topic}: {self.last.said}"
            self.say(answer if self.last.topic in ("identity", "consent") else "그냥 괜찮아요")
        raise AssertionError(f"{topic} was not asked")
