"""Giving a list out, as CSV (UTF-8 with a mark, so that spreadsheets show Korean) or XLSX."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl
from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.calling.residents.phones import national
from anbu.calling.residents.sheet import columns
from anbu.calling.windows import windows
from anbu.errors import AnbuError
from anbu.store.models import Resident

CONSENT_KO = {"given": "예", "refused": "아니오"}


def residents(db: Session, town: str | None = None) -> Iterator[list[str]]:
    """Heading and rows, by the names an import understands."""
    yield [column["ko"] for column in columns().values()]
    query = select(Resident).order_by(Resident.town, Resident.id)
    if town:
        query = query.filter_by(town=town)
    for resident in db.scalars(query.execution_options(yield_per=1000)):
        yield [_cell(resident, key) for key in columns()]


def write(rows: Iterable[list[str]], path: Path) -> int:
    """Write to a file only its owner can read; → rows without the heading. Raises AnbuError on another kind of file."""
    path, lines = Path(path), 0
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise AnbuError("파일 이름을 .csv나 .xlsx로 끝내 주세요 (write .csv or .xlsx)")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if kind == ".csv":
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            for lines, row in enumerate(rows):  # noqa: B007
                writer.writerow([harmless(cell) for cell in row])
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("명단")
        for lines, row in enumerate(rows):  # noqa: B007
            sheet.append([harmless(cell) for cell in row])
        with os.fdopen(descriptor, "wb") as file:
            book.save(file)
    part.rename(path)
    return lines


def harmless(cell: object) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _cell(resident: Resident, key: str) -> str:
    if key == "phone":
        return national(resident.phone) if resident.phone else ""
    if key == "do_not_call":
        return "예" if resident.opted_out_at else ""
    value = getattr(resident, key)
    if key == "consent":
        return CONSENT_KO.get(value, "")
    if key == "preferred":
        return "; ".join(str(w) for w in windows(value))
    if isinstance(value, bool):
        return "예" if value else ""
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
