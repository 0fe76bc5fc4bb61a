"""The telephone exchange of a rehearsal: Twilio's REST API on loopback, and the officers whose telephones it rings.

The engine's real REST client speaks to it. It rings an officer when the player has time for it: everything happens in
the player's thread, one step after the other, so that a rehearsal goes the same way each time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

ACCOUNT = "AC" + "7" * 32
OFFICERS = ("answers", "busy", "no-answer", "failed", "voicemail", "declines", "drops")


@dataclass
class Leg:
    """A telephone that was asked to ring. `does`: one of OFFICERS."""

    sid: str
    to: str
    url: str
    status_url: str
    does: str
    timeout: int
    state: str = "queued"  # queued | room | over
    left_url: str | None = None  # the action of its <Dial>, should the room end without it
    heard: list[str] = field(default_factory=list)


@dataclass
class Exchange:
    """`officers`: what the telephones do in the order in which they ring; the last one's way repeats.

    fails(kind, nth): how REST misbehaves at the nth request of a kind (create | move | end): None, an HTTP status as
    "500", or one with Twilio's code as "400:21211".
    """

    officers: Sequence[str] = ("answers",)
    fails: Callable[[str, int], str | None] = lambda kind, nth: None
    url: str = ""
    legs: list[Leg] = field(default_factory=list)
    moves: dict[str, str] = field(default_factory=dict)  # call sid → where it is to go
    asked: list[tuple[str, dict]] = field(default_factory=list)
    resident: str | None = None  # the number that is the resident's; calls to it are not an officer's

    def settings(self) -> dict[str, str]:
        """The engine's settings that lead its REST client here."""
        return {"ANBU_TWILIO_ACCOUNT_SID": ACCOUNT, "ANBU_TWILIO_API_URL": self.url, "ANBU_PHONE_NUMBER": "+8221200120"}

    def waiting(self) -> Leg | None:
        """The next officer's telephone that was asked to ring."""
        return next((leg for leg in self.legs if leg.state == "queued" and leg.to != self.resident), None)

    def in_room(self) -> Leg | None:
        """The officer who waits in the room."""
        return next((leg for leg in self.legs if leg.state == "room"), None)

    def to_resident(self) -> list[Leg]:
        """Calls that were placed to the resident."""
        return [leg for leg in self.legs if leg.to == self.resident]

    # ── REST ─────────────────────────────────────────────────────────────

    def ask(self, path: str, fields: dict[str, str]) -> tuple[int, dict]:
        """Answer a POST: status and JSON."""
        sid = path.rsplit("/", 1)[-1].removesuffix(".json")
        kind = "create" if sid == "Calls" else "move" if "Url" in fields else "end"
        self.asked.append((kind, fields))
        failure = self.fails(kind, sum(k == kind for k, _ in self.asked))
        if failure:
            status, _, code = failure.partition(":")
            return int(status), {"code": int(code or 20500), "message": "failed", "status": int(status)}
        if kind == "create":
            officers = sum(leg.to != self.resident for leg in self.legs)
            does = self.officers[min(officers, len(self.officers) - 1)]
            leg = Leg(
                "CA" + uuid4().hex, fields["To"], fields["Url"], fields.get("StatusCallback", ""), does,
                int(fields.get("Timeout", 60)),
            )  # fmt: skip
            self.legs.append(leg)
            return 201, {"sid": leg.sid, "status": "queued", "to": leg.to}
        leg = next((x for x in self.legs if x.sid == sid), None)
        if kind == "move":
            self.moves[sid] = fields["Url"]
        elif leg is not None:
            leg.state = "over"
        return 200, {"sid": sid, "status": "in-progress" if kind == "move" else "completed"}


@contextmanager
def telephone_exchange(
    officers: Sequence[str] = ("answers",), fails: Callable[[str, int], str | None] = lambda kind, nth: None
) -> Iterator[Exchange]:
    """An exchange on loopback for the length of a `with`."""
    exchange = Exchange(officers, fails)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, answer = exchange.ask(urlsplit(self.path).path, dict(parse_qsl(body, keep_blank_values=True)))
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    exchange.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield exchange
    finally:
        server.shutdown()
        server.server_close()
