"""Twilio's REST API through twilio-python, and what its errors mean for a call.

`Calls.create` is not idempotent: nothing here retries a POST. A request that failed before it was sent, or was
answered with a refusal, placed no call; anything else (a timeout, a reset, a 5xx) may have.
"""

from __future__ import annotations

from datetime import datetime, timezone

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from anbu.calling.gateway.base import Order, Refused, Report, Throttled, Unclear
from anbu.errors import SettingsError
from anbu.settings import settings

EVENTS = ["initiated", "ringing", "answered", "completed"]
# https://www.twilio.com/docs/api/errors: the number is not one that can be called, or must not be.
PERMANENT = {21211, 21214, 21215, 21216, 21217, 13223, 13224, 13225, 13226, 13227, 32205, 21610, 21614}
# The account, its caller number or its balance: no fault of the resident's number, so nobody's try is used up.
OURS = {20003, 20005, 21210, 21212, 21213, 30002}
WAIT_FOR_US_S = 60.0


class _Http(TwilioHttpClient):
    """Twilio's client, told apart by whether the request left, and able to speak to another base URL."""

    def __init__(self, base_url: str | None, timeout_s: float):
        super().__init__(pool_connections=True, timeout=timeout_s)
        self._base = base_url.rstrip("/") if base_url else None

    def request(self, method, url, *args, **kwargs):
        if self._base:
            url = url.replace("https://api.twilio.com", self._base, 1)
        try:
            return super().request(method, url, *args, **kwargs)
        except requests.ConnectTimeout as error:
            raise Refused("connect_timeout") from error
        except requests.ConnectionError as error:
            if "NewConnectionError" in str(error) or "NameResolutionError" in str(error):
                raise Refused("no_connection") from error
            raise Unclear("connection_lost") from error
        except requests.Timeout as error:
            raise Unclear("timeout") from error


class TwilioGateway:
    """One account's line. Safe to share between threads."""

    def __init__(self):
        s = settings()
        if not s.twilio_account_sid or not s.phone_number:
            raise SettingsError("ANBU_TWILIO_ACCOUNT_SID와 ANBU_PHONE_NUMBER가 있어야 전화를 겁니다 (both are needed)")
        http = _Http(s.twilio_api_url, s.request_timeout_s)
        self._client = Client(s.twilio_account_sid, s.twilio_auth_token.get_secret_value(), http_client=http)
        self._from = s.phone_number
        self._hooks = f"{s.public_url}/webhooks/voice"

    def place(self, order: Order) -> str:
        s, call = settings(), f"?call={order.call_id}"
        return self._ask(
            lambda: self._client.calls.create(
                to=order.to, from_=self._from, url=f"{self._hooks}/answer{call}", method="POST",
                fallback_url=f"{self._hooks}/fallback{call}", fallback_method="POST",
                status_callback=f"{self._hooks}/status{call}", status_callback_method="POST",
                status_callback_event=EVENTS, timeout=s.ring_s, time_limit=s.call_limit_s,
                machine_detection="Enable", async_amd="true", async_amd_status_callback=f"{self._hooks}/amd{call}",
                async_amd_status_callback_method="POST",
            )
        ).sid  # fmt: skip

    def find(self, order: Order, since: datetime) -> list[Report]:
        # Twilio's own filter is by start time, which a queued call does not have yet.
        since = since.astimezone(timezone.utc).replace(microsecond=0)
        calls = self._ask(lambda: self._client.calls.list(to=order.to, from_=self._from, limit=20))
        return [_report(c) for c in calls if c.date_created is None or c.date_created >= since]

    def look_up(self, sid: str) -> Report | None:
        try:
            return _report(self._ask(lambda: self._client.calls(sid).fetch()))
        except Refused as refused:
            if refused.code == "20404":
                return None
            raise

    def cancel(self, sid: str) -> None:
        self._ask(lambda: self._client.calls(sid).update(status="canceled"))

    def text(self, to: str, body: str) -> str:
        return self._ask(lambda: self._client.messages.create(to=to, from_=self._from, body=body)).sid

    @staticmethod
    def _ask(request):
        try:
            return request()
        except TwilioRestException as error:
            raise meaning(error.status, error.code) from error


def meaning(status: int, code: int | None) -> Refused | Unclear:
    """What an error answer says of the call. `code` is Twilio's, `status` HTTP's."""
    if status == 429 or code == 20429:
        return Throttled(str(code or 429))
    if code in OURS or status == 401:
        return Throttled(str(code or status), WAIT_FOR_US_S)
    if status >= 500 or status == 408:
        return Unclear(str(status))
    return Refused(str(code or status), permanent=code in PERMANENT)


def _report(call) -> Report:
    return Report(call.sid, call.status, call.answered_by)
