"""Posting webhooks as Twilio does: signed, form-encoded, with the fields every request of a call carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from twilio.request_validator import RequestValidator

from anbu.errors import AnbuError

GIVE_UP_S = 15  # Twilio's own limit for a webhook
OFFICE_NUMBER = "+8221200120"


class Broken(AnbuError):
    """The engine's answer cannot be played; `code` is Twilio's error code."""

    def __init__(self, message: str, code: int = 11200):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Request:
    """A webhook to post next."""

    url: str
    method: str = "POST"
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Telephone:
    """One line of a rehearsal, as Twilio names it."""

    number: str
    outbound: bool
    sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    account: str = field(default_factory=lambda: f"AC{uuid4().hex}")

    def fields(self) -> dict[str, str]:
        """What Twilio sends with every request of a call, blank ones too."""
        to, from_ = (self.number, OFFICE_NUMBER) if self.outbound else (OFFICE_NUMBER, self.number)
        places = {f"{who}{what}": "" for who in ("Called", "Caller", "To", "From") for what in ("City", "State", "Zip")}
        return {
            "CallSid": self.sid, "AccountSid": self.account, "ApiVersion": "2010-04-01", "CallStatus": "in-progress",
            "Direction": "outbound-api" if self.outbound else "inbound", "To": to, "From": from_, "Called": to,
            "Caller": from_, "ToCountry": "KR", "FromCountry": "KR", "CalledCountry": "KR", "CallerCountry": "KR",
            **places,
        }  # fmt: skip


class Hooks:
    """Sends webhooks to the engine. Raises Broken when it gives no answer at all."""

    def __init__(self, auth_token: str, http: httpx.Client):
        self._validator, self.http = RequestValidator(auth_token), http

    def send(self, request: Request, telephone: Telephone) -> httpx.Response:
        fields = {**telephone.fields(), **request.fields}
        url = request.url
        if request.method == "GET":
            url += ("&" if "?" in url else "?") + urlencode(fields)
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, fields if request.method == "POST" else {}),
            "I-Twilio-Idempotency-Token": str(uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            if request.method == "GET":
                return self.http.get(url, headers=headers)
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            return self.http.post(url, content=urlencode(fields), headers=headers)
        except httpx.TimeoutException as error:
            raise Broken(f"{GIVE_UP_S}초 안에 대답이 없습니다") from error
        except httpx.HTTPError as error:
            raise Broken(f"엔진에 닿지 못했습니다: {type(error).__name__}") from error
