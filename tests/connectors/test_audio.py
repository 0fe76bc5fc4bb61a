"""The audio route over real HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sanic import Blueprint, Sanic

from anbu.voice.speaker import Speaker
from anbu.voice.store import open_store
from connectors.audio import add_audio
from tests.serving import serving

NAME = "a" * 64
SOUND = bytes(range(256)) * 200


@pytest.fixture
def server(configure, tmp_path):
    configure(AUDIO_DIR=tmp_path / "audio")
    Sanic.test_mode = True
    app, hook = Sanic("audio"), Blueprint("voice_webhook", url_prefix="/webhooks/voice")
    add_audio(hook)
    app.blueprint(hook)
    app.ctx.speaker = Speaker(None, open_store())
    app.ctx.speaker.store.put(NAME, SOUND)
    with serving(app) as url:
        app.ctx.url = url
        yield app


def get(server, name=f"{NAME}.wav", method="GET", **headers):
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx.request(method, f"{server.ctx.url}/webhooks/voice/audio/{name}", headers=headers)


def test_a_fixed_phrase_may_be_kept_for_ever(server):
    answer = get(server)
    assert answer.content == SOUND
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert get(server, if_none_match=answer.headers["etag"]).status_code == 304
    head = get(server, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


def test_a_personal_phrase_is_kept_by_nobody(server):
    name = server.ctx.speaker.store.put_personal(SOUND)
    answer = get(server, f"{name}.wav")
    assert answer.content == SOUND
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=0-0", 206, SOUND[:1], f"bytes 0-0/{len(SOUND)}"),
        ("bytes=100-", 206, SOUND[100:], f"bytes 100-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=-10", 206, SOUND[-10:], f"bytes {len(SOUND) - 10}-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=-999999999", 206, SOUND, f"bytes 0-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=10-99999999999999999999", 206, SOUND[10:], f"bytes 10-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=99999999999999999999-", 416, b"", f"bytes */{len(SOUND)}"),
        ("bytes=-0", 416, b"", f"bytes */{len(SOUND)}"),
        ("bytes=9-3", 200, SOUND, None),
        ("bytes=" + ",".join(["0-1"] * 500), 200, SOUND, None),
        ("bytes=" + "9" * 5000 + "-", 200, SOUND, None),
        ("bytes=-", 200, SOUND, None),
        ("rows=1-2", 200, SOUND, None),
        ("bytes=a-b", 200, SOUND, None),
    ],
)
def test_ranges(server, asked, status, content, told):
    answer = get(server, range=asked)
    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("content-range") == told


def test_a_range_of_another_sound_gets_this_one_whole(server):
    assert get(server, range="bytes=0-1", if_range='"other"').status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "b" * 64 + ".wav", NAME, f"{NAME}.mp3", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2fpublic%2f" + NAME + ".wav",
        "....//" + NAME + ".wav", "%00.wav", "p-" + "a" * 43 + ".wav", "A" * 64 + ".wav", "x" * 3000 + ".wav",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_plain_404(server, name):
    answer = get(server, name)
    assert answer.status_code == 404
    assert answer.headers.get("cache-control") != "public, max-age=31536000, immutable"


def test_a_thousand_at_once_are_served(server):
    names = [f"{i:064x}" for i in range(20)]
    for name in names:
        server.ctx.speaker.store.put(name, SOUND)
    before = threading.active_count()
    with httpx.Client(limits=httpx.Limits(max_connections=200, max_keepalive_connections=0), timeout=60) as client:

        def fetch(i):
            url = f"{server.ctx.url}/webhooks/voice/audio/{names[i % 20]}.wav"
            ranged = {"range": "bytes=0-99999999999"} if i % 3 == 0 else {}
            return client.get(url, headers=ranged).content == SOUND

        with ThreadPoolExecutor(200) as pool:
            assert all(pool.map(fetch, range(1000)))
    assert threading.active_count() <= before + 1
