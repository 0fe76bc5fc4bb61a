"""A sheet as XLSX (openpyxl): one worksheet that prints on A4."""

from __future__ import annotations

import io
import unicodedata
from itertools import pairwise

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from anbu.sheets.sheet import Sheet, Table
from anbu.sheets.tables import safe

COLUMNS = 12  # a grid that the tables' columns are fitted to
WIDTH = 96  # of the whole grid, in characters
_SIDE = Side(style="thin", color="969EA8")
_BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_SHADE = PatternFill("solid", fgColor="EEF1F5")
_WRAP = Alignment(wrap_text=True, vertical="top")
_CENTRE = Alignment(horizontal="center", wrap_text=True, vertical="center")


def render(sheet: Sheet) -> bytes:
    """The sheet as an XLSX file. Cells are text: none of them is ever a formula."""
    book = Workbook()
    page = book.active
    page.title = safe(sheet.title)[:31]
    for n in range(1, COLUMNS + 1):
        page.column_dimensions[get_column_letter(n)].width = WIDTH / COLUMNS
    _merged(page, 1, 1, COLUMNS, sheet.title, font=Font(size=18, bold=True), alignment=_CENTRE)
    _merged(page, 2, 1, COLUMNS, sheet.subtitle, font=Font(size=10), alignment=_CENTRE)
    _merged(page, 3, 1, COLUMNS, f"※ {sheet.note}", font=Font(size=10), alignment=_CENTRE)
    page.row_dimensions[1].height = 30
    row = 4
    for table in sheet.tables:
        row = _table(page, table, row + 1)
    page.print_area = f"A1:{get_column_letter(COLUMNS)}{row}"
    page.page_setup.paperSize, page.page_setup.fitToHeight = page.PAPERSIZE_A4, 0
    page.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = f"{sheet.note} - &P / &N"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(page, table: Table, row: int) -> int:
    """Write a table from `row` on; → the row after it."""
    _merged(page, row, 1, COLUMNS, table.title, font=Font(size=12, bold=True))
    row += 1
    if table.note:
        _merged(page, row, 1, COLUMNS, table.note, font=Font(size=10))
        row += 1
    spans = _spans(table.widths)
    for cells in table.cells():
        lines = 1
        for column, (text, span, is_label) in enumerate(cells):
            first, last = spans[column][0], spans[column + span - 1][1]
            _merged(page, row, first, last, text, font=Font(size=11, bold=is_label), alignment=_WRAP, border=_BORDER,
                    fill=_SHADE if is_label else None)  # fmt: skip
            room = (last - first + 1) * WIDTH / COLUMNS
            lines = max(lines, sum(1 + int(_width(line) / room) for line in text.split("\n")))
        page.row_dimensions[row].height = 16 * lines + 4
        row += 1
    return row


def _width(text: str) -> int:
    """In characters of the Latin alphabet; a Korean letter is two of them wide."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _spans(widths) -> list[tuple[int, int]]:
    """The first and last grid column of each column of a table: about as wide as asked, at least one."""
    total, edges, used = sum(widths), [0], 0
    for n, width in enumerate(widths, 1):
        used += width
        edge = round(used * COLUMNS / total)
        edges.append(min(max(edge, edges[-1] + 1), COLUMNS - (len(widths) - n)))
    return [(left + 1, right) for left, right in pairwise(edges)]


def _merged(page, row, first, last, text, *, font, alignment=None, border=None, fill=None) -> None:
    for column in range(first, last + 1):
        cell = page.cell(row, column)
        if border:
            cell.border = border
        if fill:
            cell.fill = fill
    cell = page.cell(row, first)
    cell.value, cell.data_type = safe(text), "s"
    cell.font = font
    if alignment:
        cell.alignment = alignment
    if last > first:
        page.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
