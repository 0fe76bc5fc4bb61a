"""A sheet as HWPX, which 한글 opens and edits (python-hwpx)."""

from __future__ import annotations

from hwpx import HwpxDocument

from anbu.sheets.pdf import clean
from anbu.sheets.sheet import Sheet, Table

UNITS_PER_MM = 7200 / 25.4  # HWPUNIT is 1/7200 inch
A4_MM = (210, 297)
MARGIN_MM = 15
SHADE = "#EEF1F5"
FACE = "맑은 고딕"


def render(sheet: Sheet) -> bytes:
    """The sheet as an HWPX file."""
    document = HwpxDocument.new()
    try:
        wide = "NARROWLY" if sheet.landscape else "WIDELY"  # OWPML's words: the paper stays upright in its size
        document.page.set_size(width=_units(A4_MM[0]), height=_units(A4_MM[1]), orientation=wide)
        document.page.set_margins(**dict.fromkeys(("left", "right", "top", "bottom"), _units(MARGIN_MM)))
        document.page.set_footer(text=sheet.note)
        width = _units(A4_MM[1 if sheet.landscape else 0] - 2 * MARGIN_MM)
        _line(document, sheet.title, size=18, bold=True, alignment="CENTER")
        _line(document, sheet.subtitle, size=9, alignment="CENTER")
        _line(document, f"※ {sheet.note}", size=9, alignment="CENTER")
        for table in sheet.tables:
            _line(document, table.title, size=12, bold=True, before=10)
            if table.note:
                _line(document, table.note, size=9)
            _table(document, table, width)
        return document.to_bytes()
    finally:
        document.close()


def _units(mm: float) -> int:
    return round(mm * UNITS_PER_MM)


def _line(document, text: str, *, size: int, bold: bool = False, alignment: str = "LEFT", before: int = 0) -> None:
    paragraph = document.add_paragraph("", style="바탕글")
    paragraph.add_run(clean(text), bold=bold, size=size, font=FACE)
    document.styles.apply_paragraph_format(
        paragraphs=[paragraph], alignment=alignment, spacing_before_pt=before, spacing_after_pt=2,
        keep_with_next=bold,
    )  # fmt: skip


def _table(document, table: Table, width: int) -> None:
    rows = table.cells()
    if not rows:
        return
    plain = document.styles.ensure_run(size=10, font=FACE, bold=False)
    strong = document.styles.ensure_run(size=10, font=FACE, bold=True)
    grid = document.add_table(len(rows), len(table.widths), width=width, style="바탕글")
    grid.set_treat_as_char(False)  # a long table goes on on the next page
    grid.set_column_widths(list(table.widths))
    for r, cells in enumerate(rows):
        for c, (text, span, is_label) in enumerate(cells):
            cell = grid.cell(r, c)
            cell.set_text(clean(text), split_paragraphs=True)
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.char_pr_id_ref = strong if is_label else plain
            if is_label:
                grid.set_cell_shading(r, c, SHADE)
            if span > 1 and len(rows) > 1:  # merging a whole table would leave one cell of the table's height
                grid.merge_cells(r, c, r, c + span - 1)
