"""A sheet as PDF (fpdf2), with the Nanum Gothic that a Python package brings along."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from importlib.metadata import distribution
from itertools import zip_longest
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from anbu.sheets.sheet import Sheet, Table

logging.getLogger("fontTools.subset").setLevel(logging.ERROR)  # tells of tables the font's maker left in it

FONT = "Nanum"
SHADE = (238, 241, 245)
LONGEST, MOST_LINES = 500, 20  # letters and lines that fit on a page in any column
LINE = (150, 158, 168)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


@lru_cache(maxsize=1)
def font_folder() -> Path:
    """Where NanumGothic.ttf and NanumGothicBold.ttf lie (SIL Open Font License)."""
    return Path(distribution("koreanize-matplotlib").locate_file("koreanize_matplotlib/fonts"))


class _Page(FPDF):
    def __init__(self, sheet: Sheet):
        super().__init__(orientation="landscape" if sheet.landscape else "portrait", format="A4")
        self._sheet = sheet
        for style, name in (("", "NanumGothic.ttf"), ("B", "NanumGothicBold.ttf")):
            self.add_font(FONT, style, font_folder() / name)
        self.set_margin(15)
        self.set_auto_page_break(True, margin=18)
        self.set_draw_color(*LINE)
        self.set_title(sheet.title)
        self.set_lang("ko-KR")

    def footer(self):
        self.set_y(-13)
        self.set_font(FONT, size=8)
        self.set_text_color(90)
        self.cell(0, 6, f"{self._sheet.note}   ·   {self.page_no()} / {{nb}}", align="C")
        self.set_text_color(0)


def render(sheet: Sheet) -> bytes:
    """The sheet as a PDF file."""
    pdf = _Page(sheet)
    pdf.add_page()
    pdf.set_font(FONT, "B", 18)
    pdf.cell(0, 11, clean(sheet.title), align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=9)
    pdf.set_text_color(90)
    pdf.multi_cell(0, 5, clean(f"{sheet.subtitle}\n※ {sheet.note}"), align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(0)
    for table in sheet.tables:
        _table(pdf, table)
    return bytes(pdf.output())


def _table(pdf: FPDF, table: Table) -> None:
    if pdf.will_page_break(24):
        pdf.add_page()
    pdf.ln(4)
    pdf.set_font(FONT, "B", 11)
    pdf.cell(0, 7, clean(table.title), new_x="LMARGIN", new_y="NEXT")
    if table.note:
        pdf.set_font(FONT, size=8.5)
        pdf.multi_cell(0, 4.5, clean(table.note), new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1)
    pdf.set_font(FONT, size=9.5)
    label = FontFace(emphasis="BOLD", fill_color=SHADE)
    with pdf.table(
        col_widths=tuple(table.widths), first_row_as_headings=bool(table.header), headings_style=label,
        borders_layout=TableBordersLayout.ALL, line_height=5.5, padding=1, text_align="LEFT",
        repeat_headings=1 if table.header else 0,
    ) as grid:  # fmt: skip
        for cells in table.cells():
            for piece in zip_longest(*(_pieces(clean(text)) for text, _, _ in cells), fillvalue=""):
                row = grid.row()
                for text, (_, span, is_label) in zip(piece, cells, strict=True):
                    row.cell(text, colspan=span, style=label if is_label else None)


def _pieces(text: str) -> list[str]:
    """A long text in parts, since a row of the table cannot go on on the next page."""
    parts = [""]
    for line in text.split("\n"):
        for part in [line[i : i + LONGEST] for i in range(0, len(line), LONGEST)] or [""]:
            if len(parts[-1]) + len(part) > LONGEST or parts[-1].count("\n") >= MOST_LINES:
                parts.append("")
            parts[-1] += part + "\n"
    return [p.removesuffix("\n") for p in parts]


def clean(text: str) -> str:
    """Without characters that no font shows."""
    return _CONTROL.sub("", str(text))
