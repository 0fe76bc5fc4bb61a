"""Lists going out and coming in: CSV in UTF-8 or CP949, XLSX. Nothing read or written here is ever a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from anbu.errors import AnbuError

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024  # a small XLSX can hold a very large sheet
MOST_ROWS = 100_000
MOST_COLUMNS = 60
LONGEST_CELL = 2000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BadFile(AnbuError):
    """The file as a whole cannot be used. Plain Korean, says how to mend it."""


@dataclass(frozen=True)
class Problem:
    """What is wrong in one place of a file; rows are counted as a spreadsheet does, columns by their heading."""

    row: int
    column: str
    says: str

    def __str__(self) -> str:
        return f"{self.row}행 ‘{self.column}’: {self.says}"


@dataclass(frozen=True)
class Row:
    """One row by heading; `number` as a spreadsheet counts."""

    number: int
    cells: dict[str, str]


def safe(value: object) -> str:
    """Text that no spreadsheet takes for a formula and that XML can hold."""
    text = "" if value is None else ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return "'" + text if text.startswith(_FORMULA) else text


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a mark, so that spreadsheets show Korean."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe(h) for h in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> bytes:
    """One worksheet with a frozen heading; `note` goes under the list."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", safe(title))[:31]
    widths = [len(h) for h in header]
    for row in [header, *rows]:
        texts = [safe(cell) for cell in row]
        sheet.append(texts)
        for n, text in enumerate(texts):
            widths[n] = max(widths[n], min(len(text), 30))
    for n, width in enumerate(widths, 1):
        first = sheet.cell(1, n)
        first.font = openpyxl.styles.Font(bold=True)
        sheet.column_dimensions[first.column_letter].width = width * 2 + 2
    sheet.freeze_panes = "A2"
    if note:
        sheet.append([])
        sheet.append([safe(note)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, required: Iterable[str]) -> list[Row]:
    """The rows under the heading, by the heading's names; blank rows are left out. Raises BadFile.

    What kind of file it is is told by its content, never by its name.
    """
    if len(data) > MOST_BYTES:
        size, most = len(data) / 1024**2, MOST_BYTES // 1024**2
        raise BadFile(f"파일이 {size:.0f}MB입니다. {most}MB까지 올릴 수 있어요. 나누어 올려 주세요.")
    if not data.strip():
        raise BadFile("빈 파일이에요. 첫 줄에 열 이름이 있는 CSV나 엑셀(.xlsx) 파일을 올려 주세요.")
    lines = enumerate(_xlsx(data) if data.startswith(b"PK") else _csv(data), 1)
    heading: list[str] | None = None
    rows: list[Row] = []
    for number, cells in lines:
        if not any(cells):
            continue
        if heading is None:
            heading = _heading(cells, required)
            continue
        if len(rows) == MOST_ROWS:
            raise BadFile(f"{MOST_ROWS:,}줄까지 올릴 수 있어요. 나누어 올려 주세요.")
        if any(cells[len(heading) :]):
            raise BadFile(f"{number}행에 열 이름보다 많은 칸이 있어요. 쉼표나 줄바꿈이 든 칸은 큰따옴표로 감싸 주세요.")
        for name, cell in zip(heading, cells, strict=False):
            if len(cell) > LONGEST_CELL:
                raise BadFile(f"{number}행 ‘{name}’ 칸이 너무 길어요. {LONGEST_CELL:,}자까지 적어 주세요.")
        rows.append(Row(number, {name: cell for name, cell in zip(heading, cells, strict=False) if name}))
    if heading is None or not rows:
        raise BadFile("열 이름만 있고 내용이 없어요. 내용을 채워 올려 주세요.")
    return rows


def _heading(cells: list[str], required: Iterable[str]) -> list[str]:
    if len(cells) > MOST_COLUMNS:
        raise BadFile(f"열이 {len(cells)}개예요. {MOST_COLUMNS}개까지 받습니다. 안 쓰는 열을 지워 주세요.")
    named = [c for c in cells if c]
    if missing := [name for name in required if name not in named]:
        there = ", ".join(named)[:200]
        raise BadFile(f"첫 줄에 ‘{'’, ‘'.join(missing)}’ 열이 없어요. 지금 있는 열: {there}")
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise BadFile(f"‘{twice}’ 열이 둘이에요. 하나만 남겨 주세요.")
    return cells


def _csv(data: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadFile("글자를 읽을 수 없어요. 엑셀에서 ‘CSV UTF-8’이나 ‘.xlsx’로 다시 저장해 올려 주세요.")
    if "\0" in text:
        raise BadFile("CSV나 엑셀(.xlsx) 파일이 아니에요. 옛 엑셀(.xls)이면 .xlsx로 다시 저장해 주세요.")
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [_plain(cell) for cell in cells]
    except csv.Error as error:
        raise BadFile("CSV로 읽을 수 없는 줄이 있어요. 큰따옴표의 짝이 맞는지 봐 주세요.") from error


def _xlsx(data: bytes) -> Iterator[list[str]]:
    bad = "엑셀 파일(.xlsx)로 열 수 없어요. 암호를 풀고 다시 저장해 올려 주세요."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise BadFile("엑셀 파일이 너무 커요. 목록만 남기고 나누어 올려 주세요.")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except BadFile:
        raise
    except Exception as error:  # the library raises many kinds over a broken file
        raise BadFile(bad) from error
    try:
        for number, cells in enumerate(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS + 1), 1):
            for cell in cells:
                if cell.data_type == "f":
                    raise BadFile(f"{number}행에 수식(=…)이 있어요. 값만 붙여 넣어 다시 올려 주세요.")
            yield _trimmed([_text(cell.value) for cell in cells])
    except BadFile:
        raise
    except Exception as error:
        raise BadFile(bad) from error
    finally:
        book.close()


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return _plain(str(value))


def _plain(text: str) -> str:
    """Without the quotation mark that `safe` set before what looks like a formula, and without surrounding blanks."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
