"""Rendering fixed phrases ahead of the calls: what is missing, what it will cost, and doing it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from anbu.voice.cloud import CloudVoice, NoVoice
from anbu.voice.phrases import fixed_phrases
from anbu.voice.speaker import syllables
from anbu.voice.ssml import ssml
from anbu.voice.store import SoundStore, name_of
from anbu.voice.styles import Style, style, voices

AT_ONCE = 8
TRIES = 3
PATIENT_S = 30.0  # nobody is on the telephone


@dataclass(frozen=True)
class Piece:
    """One sound to make."""

    line: str
    document: str
    how: Style
    name: str


@dataclass(frozen=True)
class Plan:
    """What a render would do. `characters` are what Google counts: all of the SSML."""

    pieces: Sequence[Piece]
    there: int  # already in the store

    @property
    def characters(self) -> int:
        return sum(len(p.document) for p in self.pieces)

    @property
    def usd(self) -> float:
        """An estimate by the prices in voices.yml."""
        price = {kind.name: kind.usd_per_million for kind in voices().kinds.values()}
        return sum(len(p.document) * price[p.how.voice] for p in self.pieces) / 1_000_000


def plan(store: SoundStore, script: str | None, choices: Iterable[str | None], variants: bool = True) -> Plan:
    """The missing sounds of a script (None: of everything) in each chosen voice, slower and louder ones too."""
    pieces, there = {}, 0
    ways = [(False, False), (True, False), (False, True), (True, True)] if variants else [(False, False)]
    for choice in choices:
        for slow, loud in ways:
            how = style(choice, slow, loud)
            for line in fixed_phrases(script):
                document = ssml(line)
                name = name_of(document, how)
                if store.has(name):
                    there += 1
                else:
                    pieces.setdefault(name, Piece(line, document, how, name))
    return Plan(list(pieces.values()), there)


async def render(
    todo: Plan, store: SoundStore, on_piece: Callable[[Piece, NoVoice | None], None], tries: int = TRIES
) -> int:
    """Make the sounds of a plan; `on_piece` hears of each, with what went wrong; → how many failed."""
    voice = CloudVoice(failures=1_000_000, deadline_s=PATIENT_S)  # each piece is tried: there is no call to protect
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(piece: Piece) -> bool:
        async with gate:
            for last in [False] * (tries - 1) + [True]:
                try:
                    store.put(piece.name, await voice.synthesize(piece.document, piece.how, syllables(piece.line)))
                    on_piece(piece, None)
                    return True
                except NoVoice as error:
                    if last:
                        on_piece(piece, error)
            return False

    try:
        return sum(not done for done in await asyncio.gather(*map(one, todo.pieces)))
    finally:
        await voice.close()
