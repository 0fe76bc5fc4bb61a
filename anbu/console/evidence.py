"""The transcript with its evidence: which words were read as what, linked both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from anbu.assessment.vocabulary import vocabulary
from anbu.casework.casefile import CaseFile
from anbu.store.models import ReadingRow, SignalRow, Turn


@dataclass(frozen=True)
class Mark:
    """Words [start, end) of a turn read as a factor's level or a signal. `anchor` names it on the page."""

    anchor: str
    target: str  # the row of the table that it supports
    kind: str  # factor | signal
    ko: str
    start: int
    end: int
    calm: bool = False  # level 0: nothing to worry about


@dataclass(frozen=True)
class Piece:
    """A stretch of a turn with the marks that lie on it; `begins`: those whose anchor stands here."""

    text: str
    marks: list[Mark] = field(default_factory=list)
    begins: list[Mark] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "signal" if any(m.kind == "signal" for m in self.marks) else "factor"

    @property
    def calm(self) -> bool:
        return all(m.calm for m in self.marks)


@dataclass(frozen=True)
class TurnView:
    """A turn as it is shown. `loose`: marks without a place in the words."""

    turn: Turn
    pieces: list[Piece]
    loose: list[Mark]
    lines: list[str]


def turns(file: CaseFile) -> list[TurnView]:
    """The transcript of a case."""
    marks = _marks(file)
    return [_view(turn, marks.get(turn.id, [])) for turn in file.turns]


def anchors(file: CaseFile) -> dict[str, list[str]]:
    """Table row → the anchors of its evidence, in the order of the call."""
    found: dict[str, list[str]] = {}
    for marks in _marks(file).values():
        for mark in marks:
            found.setdefault(mark.target, []).append(mark.anchor)
    return found


def _marks(file: CaseFile) -> dict[int, list[Mark]]:
    words, found = vocabulary(), {}
    rows: list[SignalRow | ReadingRow] = [*(r for line in file.signals for r in line.rows), *file.readings]
    for row in rows:
        if row.turn_id is None or not row.quote:
            continue
        if isinstance(row, SignalRow):
            mark = (f"e-s{row.id}", f"signal-{row.code}", "signal", words.signals[row.code].ko)
        else:
            mark = (f"e-r{row.id}", f"factor-{row.factor}", "factor", f"{words.factors[row.factor].ko} {row.level}단계")
        found.setdefault(row.turn_id, []).append(
            Mark(*mark, row.start or 0, row.end or 0, calm=getattr(row, "level", None) == 0)
        )
    return found


def _view(turn: Turn, marks: list[Mark]) -> TurnView:
    text = turn.heard or ""
    placed = [m for m in marks if 0 <= m.start < m.end <= len(text)]
    cuts = sorted({0, len(text), *(m.start for m in placed), *(m.end for m in placed)})
    pieces = [
        Piece(
            text[a:b],
            [m for m in placed if m.start <= a and b <= m.end],
            [m for m in placed if m.start == a],
        )
        for a, b in pairwise(cuts)
    ]
    return TurnView(turn, pieces, [m for m in marks if m not in placed], list((turn.said or {}).get("lines", [])))
