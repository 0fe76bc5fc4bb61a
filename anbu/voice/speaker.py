"""From the lines of a reply to sounds, within what is left of the turn. A call never waits for a voice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import structlog

from anbu.voice.cloud import CloudVoice, NoVoice, configured
from anbu.voice.metrics import SPOKEN
from anbu.voice.phrases import is_fixed
from anbu.voice.ssml import ssml
from anbu.voice.store import SoundStore, name_of, open_store
from anbu.voice.styles import Style

log = structlog.get_logger()
MOST_AT_ONCE = 32  # requests to the cloud voice in flight
SYLLABLE = re.compile(r"[가-힣]")


def syllables(line: str) -> int:
    """A measure of how long a line takes to say."""
    return len(SYLLABLE.findall(line))


class Speaker:
    """The speech of one engine process."""

    def __init__(self, cloud: CloudVoice | None, store: SoundStore):
        self._cloud, self.store = cloud, store
        self._making: dict[str, asyncio.Task] = {}  # public sounds being made, so that each is asked for once
        self._tasks: set[asyncio.Task] = set()

    async def names(self, lines: Sequence[str], how: Style, wait_s: float) -> dict[str, str]:
        """Names of the sounds of `lines`, within `wait_s` seconds; {} when Twilio's voice must speak.

        All or nothing: two voices in one breath sound like two callers. What comes too late is kept for next time.
        """
        if not lines:
            return {}
        found, missing = {}, []
        for line in dict.fromkeys(lines):
            name = name_of(ssml(line), how) if is_fixed(line) else None
            if name and self.store.has(name):
                found[line] = name
            else:
                missing.append((line, name))
        if not missing:
            SPOKEN.labels("audio").inc()
            return found
        how_not = None
        if self._cloud is None:
            how_not = "say_off"
        elif len(self._tasks) + len(missing) > MOST_AT_ONCE:
            how_not = "say_busy"
        elif wait_s <= 0:
            how_not = "say_late"
        if how_not:
            SPOKEN.labels(how_not).inc()
            return {}
        tasks = {line: self._task(line, name, how) for line, name in missing}
        done, late = await asyncio.wait(tasks.values(), timeout=wait_s)
        failed = next((t.exception() for t in done if t.exception()), None)
        if late or failed:
            why = f"say_{failed.why}" if isinstance(failed, NoVoice) else "say_failed" if failed else "say_late"
            SPOKEN.labels(why).inc()
            return {}
        SPOKEN.labels("fresh").inc()
        return found | {line: task.result() for line, task in tasks.items()}

    def _task(self, line: str, name: str | None, how: Style) -> asyncio.Task:
        if name in self._making:
            return self._making[name]
        task = asyncio.create_task(self._make(line, name, how))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda t: t.cancelled() or t.exception())  # a late failure is nobody's to read
        if name:
            self._making[name] = task
            task.add_done_callback(lambda t: self._making.pop(name, None))
        return task

    async def _make(self, line: str, name: str | None, how: Style) -> str:
        """Ask for a sound and keep it; → its name. Raises NoVoice."""
        try:
            document = ssml(line)
            sound = await self._cloud.synthesize(document, how, syllables(line))
            if name is None:
                return await asyncio.to_thread(self.store.put_personal, sound)
            await asyncio.to_thread(self.store.put, name, sound)
            return name
        except NoVoice as error:
            log.warning("no cloud voice", why=error.why)
            raise
        except OSError as error:  # a full or missing disk: Twilio's voice speaks
            log.error("sound not kept", error=type(error).__name__)
            raise NoVoice("failed", "소리를 저장하지 못했습니다 (sound not kept)") from error

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._cloud:
            await self._cloud.close()


def open_speaker() -> Speaker:
    """The speaker the settings describe; call it inside the event loop. Raises SettingsError."""
    return Speaker(CloudVoice() if configured() else None, open_store())
