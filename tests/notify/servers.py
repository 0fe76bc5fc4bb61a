"""Real servers on this machine that stand in for those of others: an HTTP server, a mail server, Twilio."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from aiosmtpd.controller import Controller
from twilio.http.http_client import TwilioHttpClient

from anbu.rehearsal.engine import free_port


@contextmanager
def http_server(answers=(200,), body=b"{}"):
    """Answers with each status in turn, the last one for ever; keeps what it got in `.got`."""
    answers, got = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=content))
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(answer[0] if isinstance(answer, tuple) else answer)
            self.end_headers()
            self.wfile.write(answer[1] if isinstance(answer, tuple) else body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", got=got)
    finally:
        server.shutdown()
        server.server_close()


class Mailbox:
    """What arrived; refuses `refuse` with a final code, and everything with a passing one while `busy`."""

    def __init__(self):
        self.got, self.refuse, self.busy = [], (), False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.busy:
            return "451 try later"
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got.append(envelope)
        return "250 OK"


@contextmanager
def mail_server():
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class Redirected(TwilioHttpClient):
    """The real Twilio client, speaking to a server of this machine."""

    def __init__(self, url):
        super().__init__(timeout=5)
        self._url = url

    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", self._url), *args, **kwargs)
