"""A sheet of paper as data: a title, a note on what kind of form it is, titled tables. Renderers turn it into files.

The layout is this project's own; it imitates no official form and says so on every page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

OWN_FORM = "안부의 자체 서식이며 공식 서식이 아닙니다"


@dataclass(frozen=True)
class Table:
    """A titled table. `widths` are relative; `header` may be empty; a row may be shorter than the widest.

    labels: the columns (0, 1 …) that name what stands beside them and are shaded.
    note: one line under the title.
    """

    title: str
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    header: Sequence[str] = ()
    labels: frozenset[int] = frozenset()
    note: str = ""

    def __post_init__(self):
        columns = len(self.widths)
        if any(len(row) > columns for row in (self.header, *self.rows)):
            raise ValueError(f"{self.title}: a row has more cells than there are widths ({columns})")

    def full_rows(self) -> list[list[str]]:
        """The rows, each with as many cells as there are columns."""
        return [[*map(str, row), *[""] * (len(self.widths) - len(row))] for row in self.rows]


@dataclass(frozen=True)
class Sheet:
    """What goes onto paper."""

    title: str
    subtitle: str
    tables: Sequence[Table] = field(default_factory=list)
    note: str = OWN_FORM
    landscape: bool = False
