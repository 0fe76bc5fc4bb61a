"""Serving sounds: GET audio/NAME.wav. Public sounds never change, so every cache may keep them for ever."""

from __future__ import annotations

import re

from sanic import Blueprint, response
from sanic.request import Request

from anbu.voice.metrics import SERVED
from anbu.voice.store import PERSONAL

RANGE = re.compile(r"bytes=(\d{0,40})-(\d{0,40})")
FOR_EVER = "public, max-age=31536000, immutable"


def add_audio(hook: Blueprint) -> None:
    """Add the route; the sounds are those of `app.ctx.speaker`."""

    @hook.route("/audio/<file:str>", methods=["GET", "HEAD"])
    async def audio(request: Request, file: str):
        speaker = getattr(request.app.ctx, "speaker", None)
        name = file.removesuffix(".wav")
        sound = speaker.store.read(name) if speaker and file.endswith(".wav") else None
        answer = _not_found() if sound is None else _serve(request, name, sound)
        SERVED.labels(str(answer.status)).inc()
        return answer


def _serve(request: Request, name: str, sound: bytes):
    tag = f'"{name}"'
    headers = {
        "Cache-Control": "private, no-store" if PERSONAL.fullmatch(name) else FOR_EVER,
        "Accept-Ranges": "bytes", "ETag": tag, "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    if tag in (request.headers.get("if-none-match") or ""):
        return response.raw(b"", status=304, headers=headers)
    part = _part(request, tag, len(sound))
    if part is None:
        return response.raw(sound, headers=headers, content_type="audio/wav")
    first, last = part
    if first > last:
        headers["Content-Range"] = f"bytes */{len(sound)}"
        return response.raw(b"", status=416, headers=headers, content_type="audio/wav")
    headers["Content-Range"] = f"bytes {first}-{last}/{len(sound)}"
    return response.raw(sound[first : last + 1], status=206, headers=headers, content_type="audio/wav")


def _part(request: Request, tag: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for; first > last when there are none such; None for the whole.

    One range only: several, or what is no range, get the whole sound, as RFC 9110 allows.
    """
    asked = RANGE.fullmatch((request.headers.get("range") or "").replace(" ", ""))
    if not asked or asked.groups() == ("", "") or request.headers.get("if-range", tag) != tag:
        return None
    first, last = asked.groups()
    if not first:
        return max(0, size - int(last)), size - 1 if int(last) else -1
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size), size - 1)


def _not_found():
    return response.text("no such sound", status=404, headers={"Cache-Control": "no-store"})
