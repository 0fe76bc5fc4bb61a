"""A stand-in for Twilio's REST API: a real HTTP server that keeps calls and misbehaves as it is told."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import uuid4

ACCOUNT = "AC" + "0" * 32


@dataclass
class Placed:
    """A call the server took. `at`: when, by the server's clock."""

    sid: str
    to: str
    call_id: str
    fields: dict
    at: float
    status: str = "queued"
    created: str = field(default_factory=lambda: formatdate())

    def as_json(self) -> dict:
        return {
            "sid": self.sid, "status": self.status, "to": self.to, "date_created": self.created, "account_sid": ACCOUNT,
            "answered_by": None,
        }  # fmt: skip


class TwilioServer:
    """`misbehave(n)` names what to do with the n-th create: ok | slow | 429 | 400:CODE | 500 | lost | reset | unasked.

    500 and lost take the call and do not say so; reset breaks the connection after taking it; unasked before.
    """

    def __init__(self):
        self.calls: list[Placed] = []
        self.texts: list[dict] = []
        self.misbehave: Callable[[int], str] = lambda n: "ok"
        self.on_placed: Callable[[Placed], None] = lambda call: None
        self.slow_s = 1.0
        self.creates = 0
        self.looks = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.looks += 1
                path = urlsplit(self.path)
                query = parse_qs(path.query)
                with outer._lock:
                    if path.path.endswith("/Calls.json"):
                        found = [c.as_json() for c in reversed(outer.calls) if c.to == query["To"][0]]
                        return self._answer(200, {"calls": found, "page": 0, "page_size": 20, "next_page_uri": None})
                    call = outer._by_sid(path.path)
                return self._answer(200, call.as_json()) if call else self._answer(404, {"code": 20404})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = dict(parse_qsl(body, keep_blank_values=True))
                if self.path.endswith("/Calls.json"):
                    return self._create(fields)
                if self.path.endswith("/Messages.json"):
                    outer.texts.append(fields)
                    return self._answer(201, {"sid": "SM" + uuid4().hex, "status": "queued"})
                with outer._lock:
                    call = outer._by_sid(urlsplit(self.path).path)
                    if call and call.status == "queued":
                        call.status = "canceled"
                return self._answer(200, call.as_json()) if call else self._answer(404, {"code": 20404})

            def _create(self, fields):
                with outer._lock:
                    outer.creates += 1
                    how = outer.misbehave(outer.creates)
                if how == "429":
                    return self._answer(429, {"code": 20429, "message": "Too Many Requests", "status": 429})
                if how.startswith("400"):
                    return self._answer(400, {"code": int(how[4:]), "message": "refused", "status": 400})
                if how == "unasked":
                    return self._reset()
                call = outer._take(fields)
                if how == "500":
                    return self._answer(500, {"code": 20500, "message": "Internal Server Error", "status": 500})
                if how == "reset":
                    return self._reset()
                if how in ("slow", "lost"):
                    time.sleep(outer.slow_s)
                return self._answer(201, call.as_json())

            def _reset(self):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()

            def _answer(self, status, body):
                data = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:  # the client gave up
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _take(self, fields) -> Placed:
        call_id = parse_qs(urlsplit(fields["Url"]).query)["call"][0]
        call = Placed("CA" + uuid4().hex, fields["To"], call_id, fields, time.time())
        with self._lock:
            self.calls.append(call)
        self.on_placed(call)
        return call

    def _by_sid(self, path: str) -> Placed | None:
        sid = path.rsplit("/", 1)[-1].removesuffix(".json")
        return next((c for c in self.calls if c.sid == sid), None)

    def of(self, number: str) -> list[Placed]:
        return [c for c in self.calls if c.to == number]
