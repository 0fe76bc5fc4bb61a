"""Sounds on disk.

Public sounds (fixed phrases) are named by the hash of what they say and how, written once, and the ones used longest
ago go when the store is full. Personal ones (a name, a time agreed on) are encrypted, have a random name, and expire.
A folder shared by several engines is safe: files appear whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from anbu.settings import settings
from anbu.store.crypto import seal_bytes, unseal_bytes
from anbu.voice.styles import Style

PUBLIC = re.compile(r"[0-9a-f]{64}")
PERSONAL = re.compile(r"p-[A-Za-z0-9_-]{43}")
FORMAT = "mulaw-8000/1"  # part of every name: sounds of another format are other sounds
KEPT_WHEN_FULL = 0.9  # of the bound, so that not every new sound sweeps the folder
LEAST_TOUCH_S = 3600  # a use within this time of the last one is not noted


def name_of(document: str, how: Style) -> str:
    """The name of a public sound: the same words in the same voice have the same name everywhere."""
    facts = json.dumps([FORMAT, document, asdict(how)], ensure_ascii=False, sort_keys=True)
    return sha256(facts.encode()).hexdigest()


class SoundStore:
    """A folder of sounds. `bound`: bytes of public sounds; `lasts_s`: how long a personal one can be fetched."""

    def __init__(self, folder: Path, bound: int, lasts_s: float):
        self._public, self._personal = folder / "public", folder / "personal"
        self._bound, self._lasts_s = bound, lasts_s
        for path in (self._public, self._personal):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._size = sum(p.stat().st_size for p in self._public.glob("*.wav"))

    def has(self, name: str) -> bool:
        """Whether a public sound is there; notes the use."""
        path = self._public / f"{name}.wav"
        try:
            if time.time() - path.stat().st_mtime > LEAST_TOUCH_S:
                os.utime(path)
            return True
        except FileNotFoundError:
            return False

    def put(self, name: str, sound: bytes) -> None:
        """Keep a public sound."""
        path = self._public / f"{name}.wav"
        if not path.exists():
            _write(path, sound)
            self._size += len(sound)
        if self._size > self._bound:
            self._make_room()

    def put_personal(self, sound: bytes) -> str:
        """Keep a personal sound under a name nobody can guess; → the name."""
        name = f"p-{secrets.token_urlsafe(32)}"
        _write(self._personal / f"{name}.sealed", seal_bytes(sound))
        return name

    def read(self, name: str) -> bytes | None:
        """The sound of that name, or None for one that is not there, has expired, or is no name at all."""
        if PUBLIC.fullmatch(name):
            with contextlib.suppress(FileNotFoundError):
                return (self._public / f"{name}.wav").read_bytes()
        elif PERSONAL.fullmatch(name):
            path = self._personal / f"{name}.sealed"
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime <= self._lasts_s:
                    return unseal_bytes(path.read_bytes())
        return None

    def forget_expired(self) -> int:
        """Delete personal sounds that have expired; → how many."""
        gone = 0
        for path in self._personal.glob("*.sealed"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > self._lasts_s:
                    path.unlink()
                    gone += 1
        return gone

    def _make_room(self) -> None:
        """Delete the public sounds used longest ago until the store is well within its bound."""
        files = []
        for path in self._public.glob("*.wav"):
            with contextlib.suppress(FileNotFoundError):  # another engine made room meanwhile
                files.append((path.stat().st_mtime, path.stat().st_size, path))
        self._size = sum(size for _, size, _ in files)
        for _, size, path in sorted(files, key=lambda f: f[0]):
            if self._size <= self._bound * KEPT_WHEN_FULL:
                break
            path.unlink(missing_ok=True)
            self._size -= size


def open_store() -> SoundStore:
    """The store the settings name."""
    s = settings()
    return SoundStore(s.audio_dir, s.audio_max_mb * 1024 * 1024, s.audio_personal_s)


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    part.rename(path)
