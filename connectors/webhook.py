"""What a Twilio webhook must be before anything is done with it: signed, small, well-formed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sanic.request import Request
from twilio.request_validator import RequestValidator

from anbu.errors import AnbuError
from anbu.settings import settings

MAX_BODY = 64 * 1024  # bytes; 5,000 Korean characters percent-encoded are 45 KB
MAX_FIELDS = 200


class BadWebhook(AnbuError):
    """The request is refused; `status` is the HTTP status."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Webhook:
    """A checked request: its form fields (blank ones kept) and what our own URL carries."""

    fields: dict[str, str]
    call_id: str | None
    n: int | None
    token: str | None

    def get(self, name: str) -> str | None:
        """A field's value, or None when it is missing or blank."""
        return (self.fields.get(name) or "").strip() or None


def check(request: Request) -> Webhook:
    """Validate a webhook. Raises BadWebhook (403 unsigned or wrongly signed, 413, 415, 400)."""
    signature = request.headers.get("X-Twilio-Signature")
    if not signature:
        raise BadWebhook(403, "X-Twilio-Signature is missing")
    if len(request.body) > MAX_BODY:
        raise BadWebhook(413, f"the body is larger than {MAX_BODY} bytes")
    kind = (request.headers.get("content-type") or "").split(";")[0].strip().lower()
    if request.body and kind != "application/x-www-form-urlencoded":
        raise BadWebhook(415, "send application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(request.body),
            errors="strict", max_num_fields=MAX_FIELDS,
        )  # fmt: skip
    except (UnicodeDecodeError, ValueError):
        raise BadWebhook(400, "the body is not a well-formed UTF-8 form") from None
    fields = dict(pairs)
    url = settings().public_url + request.path + (f"?{request.query_string}" if request.query_string else "")
    validator = RequestValidator(settings().twilio_auth_token.get_secret_value())
    if not validator.validate(url, fields, signature):
        raise BadWebhook(403, "the signature does not fit this request and ANBU_PUBLIC_URL")
    n = request.args.get("n")
    if n is not None and not (n.isascii() and n.isdigit() and len(n) < 6):
        raise BadWebhook(400, "n must be a turn number")
    return Webhook(
        fields, request.args.get("call"), int(n) if n else None, request.headers.get("I-Twilio-Idempotency-Token")
    )
