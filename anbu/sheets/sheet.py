"""A sheet of paper as data: a title, a note on what kind of form it is, titled tables. Renderers turn it into files.

The layout is this project's own; it imitates no official form and says so on every page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

OWN_FORM = "안부의 자체 서식이며 공식 서식이 아닙니다"


@dataclass(frozen=True)
class Table:
    """A titled table. `widths` are relative; `header` may be empty; a row may be shorter than that.

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

    def cells(self) -> list[list[tuple[str, int, bool]]]:
        """Header and rows as (text, columns spanned, whether it is a label); a short row's last cell spans the rest."""
        found = []
        for n, row in enumerate([self.header, *self.rows] if self.header else self.rows):
            is_header = n == 0 and bool(self.header)
            texts = [str(text) for text in row] or [""]
            line = [(text, 1, is_header or column in self.labels) for column, text in enumerate(texts)]
            text, _, label = line[-1]
            rest = len(self.widths) - len(line) + 1
            line[-1] = (text, rest, label and (rest == 1 or is_header))
            found.append(line)
        return found


@dataclass(frozen=True)
class Sheet:
    """What goes onto paper."""

    title: str
    subtitle: str
    tables: Sequence[Table] = field(default_factory=list)
    note: str = OWN_FORM
    landscape: bool = False
