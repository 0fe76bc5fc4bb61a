"""Two engines on the telephone: one HTTP client that calls either of them and times each answer."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from itertools import count
from urllib.parse import urljoin
from xml.etree import ElementTree

import httpx
from twilio.request_validator import RequestValidator

from anbu.errors import AnbuError

_CALLERS = count(1)


@dataclass(frozen=True)
class Line:
    """Where an engine is called. With `token` the requests are signed, as this engine demands; stock checks nothing."""

    base: str
    answer_path: str
    token: str | None = None

    async def open(self, client: httpx.AsyncClient) -> Ongoing:
        """Call in and hear the greeting. The number is new, so each call is a conversation of its own."""
        n = next(_CALLERS)
        facts = {"CallSid": f"CA{uuid.uuid4().hex}", "From": f"+821000{n:06d}", "To": "+8221200000"}
        call = Ongoing(self, client, facts, urljoin(self.base, self.answer_path))
        await call.send({"CallStatus": "ringing"})
        return call


@dataclass
class Ongoing:
    """A call in progress. `url` is where the next words go, None once the engine has hung up."""

    line: Line
    client: httpx.AsyncClient
    facts: dict[str, str]
    url: str | None

    async def say(self, words: str) -> float:
        """Say something and wait for the reply; → milliseconds. Raises AnbuError on anything but a spoken reply."""
        return await self.send({"CallStatus": "in-progress", "SpeechResult": words, "Confidence": "0.9"})

    async def send(self, fields: dict[str, str]) -> float:
        form = {**self.facts, **fields}
        headers = {"I-Twilio-Idempotency-Token": uuid.uuid4().hex}
        if self.line.token:
            headers["X-Twilio-Signature"] = RequestValidator(self.line.token).compute_signature(self.url, form)
        started = time.perf_counter()
        reply = await self.client.post(self.url, data=form, headers=headers)
        took = (time.perf_counter() - started) * 1000
        if reply.status_code != 200:
            raise AnbuError(f"{self.url}: {reply.status_code} {reply.text[:200]}")
        root = ElementTree.fromstring(reply.content)
        if next(root.iter("Say"), None) is None:
            raise AnbuError(f"{self.url}: nothing was said (empty response)")
        gather = root.find("Gather")
        self.url = None if gather is None else urljoin(self.line.base, gather.get("action"))
        return took
