"""What the dispatcher asks of a telephone line, and how a line says no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from anbu.errors import AnbuError
from anbu.settings import settings


@dataclass(frozen=True)
class Order:
    """A call to be placed. `call_id` is ours and comes back in every webhook; `to` is E.164."""

    call_id: str
    to: str


@dataclass(frozen=True)
class Report:
    """What the line knows of a call; `status` in Twilio's words (queued … completed)."""

    sid: str
    status: str
    answered_by: str | None = None


class Refused(AnbuError):
    """The call was certainly not placed. permanent: trying this number again is of no use."""

    def __init__(self, code: str, permanent: bool = False):
        super().__init__(f"전화가 받아들여지지 않았습니다 (refused: {code})")
        self.code, self.permanent = code, permanent


class Throttled(Refused):
    """The line takes no calls just now, whoever is called; none was placed. Wait `seconds` before the next one."""

    def __init__(self, code: str, seconds: float = 2.0):
        super().__init__(code)
        self.seconds = seconds


class Unclear(AnbuError):
    """It is not known whether the call was placed: look it up, never ask again blindly."""

    def __init__(self, code: str):
        super().__init__(f"전화가 걸렸는지 알 수 없습니다 (unclear: {code})")
        self.code = code


class Gateway(Protocol):
    """A telephone line. Methods raise Refused, Throttled or Unclear."""

    def place(self, order: Order) -> str:
        """Ask for a call; → the line's id of it."""

    def find(self, order: Order, since: datetime) -> list[Report]:
        """The calls to that number placed since then, the newest first."""

    def look_up(self, sid: str) -> Report | None:
        """The call of that id, or None when the line does not know it."""

    def cancel(self, sid: str) -> None:
        """Take back a call that has not been answered; one that has goes on."""

    def text(self, to: str, body: str) -> str:
        """Send a text message; → the line's id of it."""


def open_gateway() -> Gateway:
    """The line the settings name."""
    if settings().gateway == "twilio":
        from anbu.calling.gateway.twilio import TwilioGateway

        return TwilioGateway()
    from anbu.rehearsal.line import RehearsalLine

    return RehearsalLine()
