"""What every answer says to the browser, and which requests are turned away before anything else looks at them."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anbu.console.web import secure
from anbu.settings import settings

MOST_BYTES = 1_000_000  # of a form
UPLOADS = {"/papers/findings": 11_000_000}  # and where a file is taken in; the page says what it takes
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Security:
    """ASGI middleware: headers on every answer; forms only from our own pages and of a sane size."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES):
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    told.setdefault(name, value)
                if secure():
                    told.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send_safely)
            return
        await self.app(scope, self._at_most(receive, UPLOADS.get(scope["path"], self.most_bytes)), send_safely)

    def _refusal(self, scope: Scope, headers: dict[str, str]):
        if scope["method"] in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        if origin is not None and origin != _own_origin(headers):
            return PlainTextResponse("다른 사이트에서 온 요청은 받지 않습니다.", 403)
        length = headers.get("content-length", "0")
        most = UPLOADS.get(scope["path"], self.most_bytes)
        if not length.isdigit() or int(length) > most:
            size = f"보내신 내용이 {int(length) // 1_000_000}MB예요. " if length.isdigit() else ""
            return PlainTextResponse(f"{size}{most // 1_000_000}MB까지 받습니다. 나누어 올려 주세요.", 413)
        return None

    def _at_most(self, receive: Receive, most: int) -> Receive:
        """Chunked bodies tell no length: count."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                return {"type": "http.disconnect"}
            return message

        return counted


def _own_origin(headers: dict[str, str]) -> str:
    """The console's configured origin; on loopback also the host that was asked, whatever its port."""
    own = urlsplit(settings().console_url)
    host = headers.get("host", "")
    if own.scheme == "http" and urlsplit("//" + host).hostname in ("127.0.0.1", "localhost"):
        return f"http://{host}"
    return f"{own.scheme}://{own.netloc}"
