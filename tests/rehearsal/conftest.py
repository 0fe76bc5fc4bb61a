"""A stand-in engine: a real HTTP server that answers with the TwiML a test gives it and keeps what it was sent."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from anbu.settings import settings

TOKEN = "token-of-the-rehearsal"


@dataclass
class Answer:
    """One HTTP answer; `topic` becomes X-Anbu-Topic."""

    body: str = ""
    topic: str | None = None
    status: int = 200
    kind: str = "text/xml; charset=utf-8"


@dataclass
class Received:
    method: str
    path: str
    query: dict
    fields: dict
    signed: bool
    headers: dict


@dataclass
class StandIn:
    """`answers` are given in order to everything but status callbacks and sounds; the last one repeats."""

    answers: list[Answer] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    sounds: dict[str, Answer] = field(default_factory=dict)
    url: str = ""

    def turns(self) -> list[Received]:
        return [r for r in self.received if not r.path.endswith("/status")]

    def statuses(self) -> list[str]:
        return [r.fields["CallStatus"] for r in self.received if r.path.endswith("/status")]


@pytest.fixture
def engine():
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            self._answer({})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(dict(parse_qsl(body, keep_blank_values=True)))

        def _answer(self, fields):
            parts = urlsplit(self.path)
            if parts.path in stand_in.sounds:
                return self._send(stand_in.sounds[parts.path])
            signature = self.headers.get("X-Twilio-Signature", "")
            signed = RequestValidator(TOKEN).validate(stand_in.url + self.path, fields, signature)
            query = dict(parse_qsl(parts.query))
            received = Received(self.command, parts.path, query, fields, signed, dict(self.headers))
            stand_in.received.append(received)
            if parts.path.endswith("/status"):
                return self._send(Answer(status=204))
            nth = min(len(stand_in.turns()), len(stand_in.answers)) - 1
            self._send(stand_in.answers[nth])

        def _send(self, answer):
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Anbu-Call", "call-1")
            if answer.topic:
                self.send_header("X-Anbu-Topic", answer.topic)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield stand_in
    server.shutdown()
    server.server_close()


@pytest.fixture
def office(database, configure, tmp_path):
    """Settings and an empty database of this test's own; no model is there."""
    configure(TWILIO_AUTH_TOKEN=TOKEN, MODELS_DIR=tmp_path / "models")
    return settings()
