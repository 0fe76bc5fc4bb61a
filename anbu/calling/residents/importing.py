"""Taking in a list: every row checked, the same number merged, and a report of what became of what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.calling.residents.phones import BadNumber, normalise
from anbu.calling.residents.sheet import Row, columns, read
from anbu.calling.residents.standing import OFFICE, forbid
from anbu.calling.scripts import scripts
from anbu.calling.windows import windows
from anbu.errors import ContentError
from anbu.store.campaigns import DoNotCall, Import, ImportRow
from anbu.store.crypto import fingerprint
from anbu.store.models import Resident, new_id

YES = {"예", "네", "y", "yes", "o", "ㅇ", "true", "1", "동의", "있음", "해당"}
NO = {"아니오", "아니요", "n", "no", "x", "false", "0", "미동의", "비동의", "거부", "없음", "해당없음"}
LONGEST = {"name": 40, "town": 40, "address": 200, "consent_basis": 80, "note": 500}
MANY = 500  # values in one IN (…)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell, in plain words."""

    row: int
    column: str
    says: str

    def __str__(self) -> str:
        return f"{self.row}번째 줄 · {self.column}: {self.says}"


@dataclass
class Checked:
    """A list after checking: residents by number, in the order of the file."""

    file: str
    rows: int
    people: dict[str, dict] = field(default_factory=dict)  # E.164 → values
    merged: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)  # headings that are not ours


def check(path: Path, mapping: Mapping[str, str] | None = None) -> Checked:
    """Read and check a list without touching the database. Raises BadSheet when it cannot be read at all."""
    rows, strange = read(path, mapping)
    checked = Checked(Path(path).name, len(rows), ignored=strange)
    first_row: dict[str, int] = {}
    for row in rows:
        values, problems = _values(row)
        if problems:
            checked.refused += problems
            continue
        phone = values.pop("phone")
        if phone in checked.people:
            same = checked.people[phone]["name"] == values["name"]
            says = f"{first_row[phone]}번째 줄과 전화번호가 같아 합쳤습니다" + (
                "" if same else ". 이름이 달라 확인이 필요합니다"
            )
            checked.merged.append(Problem(row.number, "전화번호", says))
            _fill(checked.people[phone], values)
        else:
            checked.people[phone], first_row[phone] = values, row.number
    return checked


def take_in(db: Session, checked: Checked, now: datetime) -> Import:
    """Add the checked residents, update those already known; → the record of it. Blank cells change nothing."""
    hashes = {fingerprint(phone): phone for phone in checked.people}
    known = {r.phone_hash: r for r in _found(db, Resident.phone_hash, hashes)}
    forbidden = {d.phone_hash: d for d in _found(db, DoNotCall.phone_hash, hashes)}
    record = Import(
        id=new_id(), at=now, file=checked.file, rows=checked.rows, added=0, updated=0, merged=len(checked.merged),
        refused=len({p.row for p in checked.refused}), report=[],
    )  # fmt: skip
    db.add(record)
    named = []
    for key, phone in hashes.items():
        values = dict(checked.people[phone])
        leave_alone = values.pop("do_not_call", False)
        resident = known.get(key)
        if resident is None:
            resident = Resident(id=new_id(), phone=phone, phone_hash=key, created_at=now, script="initial")
            db.add(resident)
            record.added += 1
            if key in forbidden:
                resident.opted_out_at = forbidden[key].at
        else:
            record.updated += 1
        for name, value in values.items():
            setattr(resident, name, value)
        if leave_alone:
            db.flush()
            forbid(db, resident, OFFICE, now)
        named.append(resident.id)
    db.flush()
    db.add_all(ImportRow(import_id=record.id, resident_id=resident_id) for resident_id in named)
    record.report = [vars(p) for p in [*checked.refused, *checked.merged]]
    db.flush()
    return record


def _found(db: Session, column: Any, values: Iterable[str]) -> list:
    values, found = list(values), []
    for i in range(0, len(values), MANY):
        found += db.scalars(select(column.class_).where(column.in_(values[i : i + MANY]))).all()
    return found


def _fill(into: dict, values: dict) -> None:
    for key, value in values.items():
        if key == "flags":
            into[key] = list(dict.fromkeys([*into.get(key, []), *value]))
        elif into.get(key) in (None, "", []):
            into[key] = value


def _values(row: Row) -> tuple[dict[str, Any], list[Problem]]:
    """The typed values of a row's cells that say something, and what is wrong with it."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, cell in row.cells.items():
        required = columns()[key].get("required")
        if not cell and not required:
            continue
        try:
            values[key] = _value(key, cell)
        except (ContentError, BadNumber, ValueError) as wrong:
            problems.append(Problem(row.number, columns()[key]["ko"], str(wrong)))
    return values, problems


def _value(key: str, cell: str) -> Any:
    if cell[:1] in ("=", "@", "\t") or (cell[:1] in "+-" and key != "phone" and len(cell) > 1):
        raise ValueError("수식으로 보이는 글은 받지 않습니다 (looks like a formula)")
    if key == "phone":
        return normalise(cell)
    if key == "name" and not re.search(r"\w", cell):
        raise ValueError("이름이 없습니다 (no name)")
    if key == "birth_year":
        return _year(cell)
    if key == "preferred":
        return [w.stored() for w in windows(cell)]
    if key == "flags":
        return [flag.strip()[:40] for flag in re.split(r"[,;/|]", cell) if flag.strip()]
    if key == "consent":
        return "given" if _yes(cell) else "refused"
    if key == "do_not_call":
        return cell == "거부" or _yes(cell)
    if key == "hard_of_hearing":
        return _yes(cell)
    if key == "script" and cell not in scripts():
        raise ValueError(f"'{cell[:20]}'이라는 대본은 없습니다. 있는 대본: {', '.join(scripts())} (no such script)")
    if len(cell) > LONGEST.get(key, 40):
        raise ValueError(f"{LONGEST.get(key, 40)}자까지 적을 수 있습니다 (too long)")
    return cell


def _yes(cell: str) -> bool:
    said = cell.replace(" ", "").lower()
    if said not in YES | NO:
        raise ValueError("예 또는 아니오로 적으세요 (write 예 or 아니오)")
    return said in YES


def _year(cell: str) -> int:
    digits = re.sub(r"\D", "", cell)
    year = int(digits[:4]) if len(digits) in (4, 8) else 0
    if not 1900 <= year <= 2100:
        raise ValueError("출생연도를 네 자리로 적으세요. 예: 1948 (write the year of birth in four digits)")
    return year
