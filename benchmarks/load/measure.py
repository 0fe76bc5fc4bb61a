"""The measurements of one engine. Every phase is a fixed number of calls and ends at its deadline at the latest."""

from __future__ import annotations

import asyncio
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import httpx
import psutil

from anbu.errors import AnbuError
from benchmarks.load import calls
from benchmarks.load.lines import Line

PHASE_WITHIN_S = 600
ANSWER_WITHIN_S = 30
CONCURRENT = 16

Progress = Callable[[str, int, int], None]  # phase, calls done, calls in all


@dataclass(frozen=True)
class Size:
    """How many calls each phase makes."""

    warm: int
    single: int
    concurrent: int
    long: int


FULL = Size(warm=2, single=15, concurrent=3 * CONCURRENT, long=15)
QUICK = Size(warm=1, single=4, concurrent=CONCURRENT, long=4)


@dataclass(frozen=True)
class Figures:
    """What was measured of one engine. Times are milliseconds, memory MB."""

    load_s: float
    ready_mb: float
    loaded_mb: float
    turns: int
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    per_second_1: float
    per_second_16: float
    p95_16_ms: float
    early_ms: float | None
    late_ms: float | None
    interrupted_early_ms: float | None
    interrupted_late_ms: float | None

    @property
    def growth(self) -> float | None:
        """Turn 60 over turn 5; None when no call lasted so long."""
        return self.late_ms / self.early_ms if self.early_ms and self.late_ms else None

    def as_dict(self) -> dict:
        return {**{k: v if v is None else round(v, 2) for k, v in asdict(self).items()}, "growth": self.growth}


def measure(line: Line, pid: int, load_s: float, size: Size, progress: Progress) -> Figures:
    """Everything about one running engine. Raises AnbuError when it does not answer properly or in time."""
    ready_mb = memory_mb(pid)
    run = asyncio.run
    run(_hold(line, calls.ordinary, size.warm, 1, lambda *done: progress("준비 통화 (warm-up)", *done)))
    before = processor_s(pid)
    one = run(_hold(line, calls.ordinary, size.single, 1, lambda *done: progress("한 통화씩 (1 call)", *done)))
    cpu_ms = (processor_s(pid) - before) / one.turns() * 1000
    many = run(
        _hold(
            line, calls.ordinary, size.concurrent, CONCURRENT,
            lambda *done: progress(f"동시에 {CONCURRENT}통화 ({CONCURRENT} calls)", *done),
        )
    )  # fmt: skip
    long = run(_hold(line, calls.long, size.long, 1, lambda *done: progress("긴 통화 (60+ turns)", *done)))
    times = one.times()

    def at(n: int) -> float | None:
        lasted = [call[n - 1] for call in long.calls if len(call) >= n]
        return statistics.median(lasted) if lasted else None

    return Figures(
        load_s=load_s, ready_mb=ready_mb, loaded_mb=memory_mb(pid), turns=len(times),
        p50_ms=quantile(times, 0.5), p95_ms=quantile(times, 0.95), cpu_ms=cpu_ms,
        per_second_1=one.per_second(), per_second_16=many.per_second(), p95_16_ms=quantile(many.times(), 0.95),
        early_ms=at(calls.EARLY), late_ms=at(calls.LATE),
        interrupted_early_ms=at(calls.EARLY - 1), interrupted_late_ms=at(calls.LATE - 1),
    )  # fmt: skip


def quantile(values: list[float], q: float) -> float:
    """The value below which a share `q` lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))]


def processor_s(pid: int) -> float:
    """Processor time a process has used: unlike the clock, hardly moved by what else the machine does."""
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6


def machine() -> dict:
    """Where the figures come from."""
    return {
        "system": platform.platform(), "processor": _processor(), "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1), "python": platform.python_version(),
    }  # fmt: skip


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            return next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


@dataclass(frozen=True)
class _Held:
    """The turn times of calls, and how long all of them took."""

    calls: list[list[float]]
    took_s: float

    def times(self) -> list[float]:
        return [ms for call in self.calls for ms in call]

    def turns(self) -> int:
        """All turns, greetings too."""
        return len(self.times()) + len(self.calls)

    def per_second(self) -> float:
        return self.turns() / self.took_s


async def _hold(
    line: Line, script: Callable[[int], list[str]], number: int, at_once: int, done: Callable[[int, int], None]
) -> _Held:
    """Make `number` calls, `at_once` at a time."""
    held: list[list[float]] = []
    waiting = iter(range(number))
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)

    async def caller(client: httpx.AsyncClient) -> None:
        for nth in waiting:
            call, times = await line.open(client), []
            held.append(times)
            for said in script(nth):
                if call.url is None:
                    break
                times.append(await call.say(said))
            done(len(held), number)

    done(0, number)
    async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, limits=limits) as client:
        started = time.perf_counter()
        try:
            await asyncio.wait_for(asyncio.gather(*(caller(client) for _ in range(at_once))), PHASE_WITHIN_S)
        except asyncio.TimeoutError:
            raise AnbuError(f"측정이 {PHASE_WITHIN_S}초 안에 끝나지 않았습니다 (a phase took too long)") from None
        except httpx.HTTPError as error:
            raise AnbuError(f"{line.base}: {type(error).__name__} {error}") from None
    return _Held(held, time.perf_counter() - started)
