"""The line of a rehearsal: calls are taken at once and played by simulated residents, so a campaign needs no account.

It keeps its calls in memory; look-ups answer for those of this process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from anbu import clock
from anbu.calling.gateway import Order, Report, Unclear
from anbu.rehearsal.persona import Persona, load, persona_files
from anbu.rehearsal.player import Player
from anbu.rehearsal.resident import Act, Resident
from anbu.settings import ROOT, settings

log = structlog.get_logger()
MOST_AT_ONCE = 50
UNANSWERED = ("busy", "no-answer", "failed", "machine")


@dataclass
class Fate:
    """What happens when a number is called: the n-th call ends as `endings[n]`, the last one for ever.

    An ending is one of UNANSWERED, or the persona who answers.
    """

    endings: Sequence[str | Persona]
    calls: int = field(default=0)

    def next(self) -> str | Persona:
        ending = self.endings[min(self.calls, len(self.endings) - 1)]
        self.calls += 1
        return ending


class Paced:
    """A resident who takes a moment to speak."""

    def __init__(self, resident: Resident, seconds: float):
        self._resident, self._seconds = resident, seconds

    def answer(self, topic: str | None) -> Act:
        time.sleep(self._seconds)
        return self._resident.answer(topic)


class RehearsalLine:
    """A Gateway (anbu/calling/gateway). `fate_of`: who has a number; ring_s, speak_s: the pace, in real seconds."""

    def __init__(
        self, url: str | None = None, fate_of: Callable[[str], Fate] | None = None, *, ring_s: float = 2.0,
        speak_s: float = 0.5,
    ):  # fmt: skip
        self._url, self._fate_of = url or settings().public_url, fate_of or _anyone
        self._ring_s, self._speak_s = ring_s, speak_s
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="resident")
        self._calls: dict[str, tuple[str, datetime, Report]] = {}
        self._lock = threading.Lock()
        self.texts: list[tuple[str, str]] = []
        self.problems: list[str] = []

    def place(self, order: Order) -> str:
        ending = self._fate_of(order.to).next()
        token = settings().twilio_auth_token.get_secret_value()
        resident = Paced(Resident(ending), self._speak_s) if isinstance(ending, Persona) else None
        on_duty = ending.on_duty if isinstance(ending, Persona) else "no-answer"
        player = Player(self._url, token, resident, number=order.to, call_id=order.call_id, on_duty=on_duty)
        self._note(player.sid, order.to, "queued")
        self._pool.submit(self._play, player, order.to, ending)
        return player.sid

    def _play(self, player: Player, to: str, ending: str | Persona) -> None:
        try:
            self._note(player.sid, to, "ringing")
            time.sleep(self._ring_s)
            if isinstance(ending, Persona):
                self._note(player.sid, to, "in-progress")
                recording, status = player.play(), "completed"
            elif ending == "machine":
                recording, status = player.reach_machine(), "completed"
            else:
                recording, status = player.ring_out(ending), ending
            self._note(player.sid, to, status)
            self.problems += [f"{getattr(ending, 'name', ending)}: {problem}" for problem in recording.problems]
        except Exception as error:
            self._note(player.sid, to, "failed")
            log.error("rehearsed call broke", error=type(error).__name__)

    def _note(self, sid: str, to: str, status: str) -> None:
        with self._lock:
            since = self._calls[sid][1] if sid in self._calls else clock.now()
            self._calls[sid] = (to, since, Report(sid, status))

    def find(self, order: Order, since: datetime) -> list[Report]:
        with self._lock:
            return [report for to, at, report in reversed(self._calls.values()) if to == order.to and at >= since]

    def look_up(self, sid: str) -> Report | None:
        with self._lock:
            if sid not in self._calls:
                raise Unclear("another_process")
            return self._calls[sid][2]

    def cancel(self, sid: str) -> None:
        """A rehearsed call rings at once: there is nothing to take back."""

    def text(self, to: str, body: str) -> str:
        self.texts.append((to, body))
        return f"SM{len(self.texts)}"


def _anyone(number: str, _known: dict[str, Fate] = {}) -> Fate:  # noqa: B006 - numbers keep their resident
    """Whoever it is, one of data/personas, always the same one for a number."""
    if number not in _known:
        personas = [p for p in map(load, persona_files([ROOT / "data" / "personas"])) if p.direction == "outbound"]
        _known[number] = Fate([personas[int(number[-4:]) % len(personas)]])
    return _known[number]
