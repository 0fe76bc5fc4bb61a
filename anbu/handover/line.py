"""The telephone line of a hand-over: Twilio's REST, in three verbs. Someone waits meanwhile: it is quick or it fails.

Nothing here retries: dialling is not idempotent, and moving or hanging up is done again by the next event.
"""

from __future__ import annotations

from functools import lru_cache

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from anbu.errors import AnbuError
from anbu.settings import settings

REQUEST_S = 3.0
EVENTS = ["initiated", "ringing", "answered", "completed"]
# https://www.twilio.com/docs/api/errors: this number cannot be called; the line itself is well.
NUMBERS_FAULT = {21211, 21214, 21215, 21216, 21217, 13223, 13224, 13225, 13226, 13227, 32205}


class LineError(AnbuError):
    """REST did not do it. `permanent`: the number is at fault, not the line."""

    def __init__(self, code: str, permanent: bool = False):
        super().__init__(f"Twilio가 전화를 걸거나 옮기지 못했습니다 (line: {code})")
        self.code, self.permanent = code, permanent


class _Http(TwilioHttpClient):
    """Twilio's own client, able to speak to another base URL."""

    def __init__(self, base_url: str | None):
        super().__init__(pool_connections=True, timeout=REQUEST_S)
        self._base = base_url

    def request(self, method, url, *args, **kwargs):
        if self._base:
            url = url.replace("https://api.twilio.com", self._base.rstrip("/"), 1)
        return super().request(method, url, *args, **kwargs)


class Line:
    """One account's line. Safe to share between threads. Methods raise LineError."""

    def __init__(self, account_sid: str, auth_token: str, from_number: str, base_url: str | None = None):
        self._client = Client(account_sid, auth_token, http_client=_Http(base_url))
        self._from = from_number

    def dial(self, number: str, url: str, status_url: str, ring_s: int) -> str:
        """Ring a telephone; → Twilio's id of the call."""
        return self._ask(
            lambda: self._client.calls.create(
                to=number, from_=self._from, url=url, method="POST", timeout=ring_s, status_callback=status_url,
                status_callback_method="POST", status_callback_event=EVENTS,
            )
        ).sid  # fmt: skip

    def move(self, sid: str, url: str) -> None:
        """Make a live call go on with the document at `url`."""
        self._ask(lambda: self._client.calls(sid).update(url=url, method="POST"))

    def hang_up(self, sid: str) -> None:
        """End a call, ringing or live."""
        self._ask(lambda: self._client.calls(sid).update(status="completed"))

    @staticmethod
    def _ask(request):
        try:
            return request()
        except TwilioRestException as error:
            raise LineError(str(error.code or error.status), error.code in NUMBERS_FAULT) from error
        except requests.RequestException as error:
            raise LineError(type(error).__name__) from error


@lru_cache(maxsize=2)
def _line(account: str, token: str, number: str, base_url: str | None) -> Line:
    return Line(account, token, number, base_url)


def line() -> Line | None:
    """The line of the settings, or None without an account: then the resident's own line dials."""
    s = settings()
    if not s.twilio_account_sid or not s.phone_number:
        return None
    return _line(s.twilio_account_sid, s.twilio_auth_token.get_secret_value(), s.phone_number, s.twilio_api_url)
