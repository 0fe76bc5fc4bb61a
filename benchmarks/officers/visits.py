"""Officers at their screens: each opens the queue, a case, its transcript, the board, and again."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field

import httpx

from anbu.errors import AnbuError

PAGES = ("queue", "case", "transcript", "board")


@dataclass(frozen=True)
class Figure:
    """One kind of page, in milliseconds."""

    page: str
    answers: int
    p50_ms: float
    p95_ms: float
    slowest_ms: float
    kilobytes: float


@dataclass
class Seen:
    """What came of the visits."""

    seconds: float = 0.0
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def answers(self) -> int:
        return sum(map(len, self.times.values()))

    def figures(self) -> list[Figure]:
        return [
            Figure(
                page, len(self.times[page]), statistics.median(self.times[page]), percentile(self.times[page], 95),
                max(self.times[page]), statistics.mean(self.sizes[page]) / 1000,
            )
            for page in PAGES if self.times[page]
        ]  # fmt: skip


def percentile(values: list[float], share: int) -> float:
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


async def visits(url: str, cookie: str, tokens: list[str], rounds: int, think_s: float, warm: int = 1) -> Seen:
    """Everyone at once, `rounds` rounds each; `think_s`: the mean time a person looks at a page (0: none)."""
    seen = Seen()
    await asyncio.gather(*(_officer(url, cookie, t, n, warm, 0, Seen()) for n, t in enumerate(tokens)))
    started = time.perf_counter()
    await asyncio.gather(*(_officer(url, cookie, t, n, rounds, think_s, seen) for n, t in enumerate(tokens)))
    seen.seconds = time.perf_counter() - started
    return seen


async def _officer(url: str, cookie: str, token: str, n: int, rounds: int, think_s: float, seen: Seen) -> None:
    rng = random.Random(n)
    # Each from an address of its own: the console limits what one address may ask.
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.1.{n + 1}")
    async with httpx.AsyncClient(base_url=url, cookies={cookie: token}, transport=transport, timeout=60) as browser:

        async def look(page: str, path: str) -> str:
            if think_s:
                await asyncio.sleep(rng.expovariate(1 / think_s))
            started = time.perf_counter()
            answer = await browser.get(path)
            if answer.status_code != 200:
                raise AnbuError(f"{page}: HTTP {answer.status_code}")
            seen.times[page].append((time.perf_counter() - started) * 1000)
            seen.sizes[page].append(len(answer.content))
            return answer.text

        for _ in range(rounds):
            queue = await look("queue", "/")
            cases = sorted(set(re.findall(r"/cases/([0-9a-f]{32})\b", queue)))
            if not cases:
                raise AnbuError("the queue is empty: nothing to measure")
            case = rng.choice(cases)
            await look("case", f"/cases/{case}")
            await look("transcript", f"/cases/{case}?transcript=1")
            await look("board", "/board")
