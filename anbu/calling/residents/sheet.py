"""Reading a list as offices keep it: CSV in UTF-8 or CP949, or XLSX; → rows of text under our names of columns."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import openpyxl
import yaml

from anbu.errors import AnbuError
from anbu.settings import ROOT

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
COLUMNS = ROOT / "data" / "calling" / "columns.yml"


class BadSheet(AnbuError):
    """The list as a whole cannot be read; says what to mend."""


@dataclass(frozen=True)
class Row:
    """One row; `number` as a spreadsheet counts."""

    number: int
    cells: Mapping[str, str]


@lru_cache(maxsize=1)
def columns() -> dict[str, dict]:
    """What a list may say of a resident: ko, required, names."""
    return yaml.safe_load(COLUMNS.read_text(encoding="utf-8"))


def read(path: Path, mapping: Mapping[str, str] | None = None) -> tuple[list[Row], list[str]]:
    """The rows of a file, and the headings that were not understood. `mapping`: heading → our column.

    Raises BadSheet.
    """
    path = Path(path)
    if not path.is_file():
        raise BadSheet(f"{path}: 파일이 없습니다 (no such file)")
    if path.stat().st_size > MAX_BYTES:
        size = path.stat().st_size / 1024**2
        raise BadSheet(f"{size:.0f}MB입니다. {MAX_BYTES // 1024**2}MB까지 받습니다. 나누어 올려 주세요 (too large)")
    lines = enumerate(_xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path), 1)
    heading = next((cells for _, cells in lines if any(cells)), None)
    if heading is None:
        raise BadSheet("빈 파일입니다. 첫 줄에 열 이름을 적어 주세요 (the file is empty)")
    keys, strange = _keys(heading, mapping or {})
    rows = []
    for number, cells in lines:
        if not any(cells):
            continue
        if len(rows) == MAX_ROWS:
            raise BadSheet(f"{MAX_ROWS:,}줄까지 받습니다. 나누어 올려 주세요 (too many rows)")
        rows.append(Row(number, {key: cells[i] for i, key in keys.items() if i < len(cells)}))
    if not rows:
        raise BadSheet("열 이름만 있고 주민이 없습니다 (no rows)")
    return rows, strange


def _keys(heading: list[str], mapping: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """Which column of the file is which of ours."""
    wrong = [ours for ours in mapping.values() if ours not in columns()]
    absent = [theirs for theirs in mapping if theirs not in heading]
    if wrong:
        raise BadSheet(f"'{wrong[0]}'이라는 항목은 없습니다. 쓸 수 있는 항목: {', '.join(columns())} (no such column)")
    if absent:
        raise BadSheet(f"명단에 '{absent[0]}' 열이 없습니다. 있는 열: {', '.join(filter(None, heading))}")
    known = {_bare(name): key for key, column in columns().items() for name in column["names"]}
    keys: dict[int, str] = {}
    for i, title in enumerate(heading):
        key = mapping.get(title) or known.get(_bare(title))
        if key in keys.values():
            if title in mapping:
                raise BadSheet(f"'{columns()[key]['ko']}' 열이 둘입니다. --map으로 하나만 정해 주세요 (named twice)")
            key = None
        if key:
            keys[i] = key
    for key, column in columns().items():
        if column.get("required") and key not in keys.values():
            raise BadSheet(
                f"'{column['ko']}' 열을 찾지 못했습니다. 있는 열: {', '.join(filter(None, heading))}. "
                f"--map '열 이름={key}'으로 알려 주세요 (no column for {key})"
            )
    return keys, [title for i, title in enumerate(heading) if title and i not in keys]


def _bare(title: str) -> str:
    return re.sub(r"[\s_·()（）*]", "", title).lower()


def _csv(path: Path) -> Iterator[list[str]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadSheet("글자를 읽을 수 없습니다. UTF-8이나 CP949로 저장한 CSV, 또는 XLSX를 올려 주세요 (encoding)")
    if "\0" in text:
        raise BadSheet("CSV가 아닙니다. 엑셀 파일이면 이름을 .xlsx로 바꾸어 주세요 (not a CSV file)")
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadSheet(f"CSV로 읽을 수 없습니다: {error}") from error


def _xlsx(path: Path) -> Iterator[list[str]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadSheet("엑셀 파일(.xlsx)로 열 수 없습니다. 다시 저장해 주세요 (not a readable XLSX)") from error
    try:
        for cells in book.worksheets[0].iter_rows(values_only=True):
            yield [_text(cell) for cell in cells]
    finally:
        book.close()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell).strip()
