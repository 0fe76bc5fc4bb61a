"""The gate before any work: a real Sanic app with the check behind it, over real HTTP."""

import httpx
import pytest
from sanic import Sanic, response
from twilio.request_validator import RequestValidator

from connectors.webhook import MAX_BODY, BadWebhook, check
from tests.serving import serving

PATH = "/webhooks/voice/turn?call=abc&n=3"


@pytest.fixture(scope="module")
def server():
    app = Sanic("webhook_check")

    @app.post("/webhooks/voice/turn")
    async def turn(request):
        try:
            hook = check(request)
        except BadWebhook as refused:
            return response.text(str(refused), status=refused.status)
        return response.json({"fields": hook.fields, "call": hook.call_id, "n": hook.n, "token": hook.token})

    with serving(app) as url:
        yield url


def post(server, content, *, path=PATH, sign=None, signature=None, **headers):
    if sign is not None:
        signature = RequestValidator("test-token").compute_signature("http://anbu.test" + path, sign)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    return httpx.post(server + path, content=content, headers=headers)


def test_signed_request_passes_and_keeps_blank_fields(server):
    answer = post(server, b"CallSid=CA1&SpeechResult=", sign={"CallSid": "CA1", "SpeechResult": ""})
    assert answer.status_code == 200
    assert answer.json() == {"fields": {"CallSid": "CA1", "SpeechResult": ""}, "call": "abc", "n": 3, "token": None}


def test_signature_is_of_our_public_url_and_not_of_forwarded_headers(server):
    fields = {"CallSid": "CA1"}
    wrong = RequestValidator("test-token").compute_signature("http://evil.test" + PATH, fields)
    forwarded = {"X-Forwarded-Host": "evil.test", "Host": "evil.test"}
    assert post(server, b"CallSid=CA1", signature=wrong, **forwarded).status_code == 403


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"CallSid=CA1", None, 403),
        (b"SpeechResult=%FF%FE", "application/x-www-form-urlencoded", 400),
        (b"CallSid", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded", 400),
        (b'{"CallSid": "CA1"}', "application/json", 415),
        (b"a=" + b"x" * MAX_BODY, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"k%d=1" % i for i in range(500)), "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_is_not_a_good_webhook_gets_a_plain_4xx(server, content, kind, status):
    headers = {"Content-Type": kind} if kind else {}
    answer = post(server, content, signature="AAAA" if kind else None, **headers)
    assert answer.status_code == status
    assert answer.text


def test_wrong_signature_is_refused(server):
    assert post(server, b"CallSid=CA1", signature="bm90IGl0").status_code == 403


@pytest.mark.parametrize("n", ["x", "-1", "1234567", "١"])
def test_turn_number_must_be_one(server, n):
    path = f"/webhooks/voice/turn?call=abc&n={n}"
    assert post(server, b"", path=path, sign={}).status_code in (400, 403)
