"""안부살핌·복지등기우편: the list for the postman, and taking in what was found. All rows or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from anbu.assessment.vocabulary import DATA, PRIORITIES, most_urgent
from anbu.calling.campaigns.handlists import REASONS_KO
from anbu.casework.audit import record
from anbu.casework.cases import raise_case
from anbu.casework.roles import in_towns
from anbu.clock import SEOUL
from anbu.errors import ContentError
from anbu.sheets.intake import phone_ko
from anbu.sheets.tables import BadFile, Problem, Row, read
from anbu.store.campaigns import Attempt
from anbu.store.models import Account, Call, Resident
from anbu.store.postal import PostalFinding

FILE = DATA / "assessment" / "postal.yml"
NUMBER, VISITED, RESULT, NOTE = "번호", "방문일", "결과", "비고"
TOLD = (NUMBER, "성명", "전화번호", "주소", "읍면동", "까닭", "기한")
YES, NO = {"O", "o", "0", "○", "예", "유", "V", "v", "√"}, {"", "X", "x", "×", "아니오", "무"}
SHOWN = 20  # problems that are named; the rest is counted
MOST = 5000
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Sign:
    code: str
    ko: str
    priority: str


@dataclass(frozen=True)
class Finding:
    """One row that can be taken in."""

    attempt: Attempt
    visited_on: date
    result: str
    signs: tuple[str, ...]
    note: str


@lru_cache(maxsize=1)
def vocabulary() -> tuple[dict[str, str], dict[str, Sign]]:
    """(word → result, code → sign). Raises ContentError."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    try:
        signs = {code: Sign(code, s["ko"], s["priority"]) for code, s in raw["signs"].items()}
        results = dict(raw["results"])
        known = {"reached", "no_answer"}
        if not set(results.values()) <= known or any(s.priority not in PRIORITIES for s in signs.values()):
            raise ValueError("result or priority")
        return results, signs
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"{FILE.name}: {type(error).__name__} {error}. 파일 위쪽의 설명과 견주어 보세요") from error


def header() -> list[str]:
    """The columns of the list: what is told, then what the postman fills in."""
    return [*TOLD, VISITED, RESULT, *(sign.ko for sign in vocabulary()[1].values()), NOTE]


def waiting(db: Session, account: Account) -> list[Attempt]:
    """The postal tasks of the towns the account sees, the nearest deadline first."""
    query = (
        select(Attempt)
        .join(Resident, Resident.id == Attempt.resident_id)
        .where(Attempt.by == "post", Attempt.state == "planned", in_towns(account, Resident.town))
        .order_by(Attempt.not_after, Attempt.id)
        .limit(MOST)
    )
    return list(db.scalars(query.options(selectinload(Attempt.resident))))


def delivery_list(db: Session, account: Account) -> Iterator[list[str]]:
    """Rows under `header`: whom to bring a letter, with the columns to fill in left empty."""
    blank = [""] * (len(header()) - len(TOLD))
    for attempt in waiting(db, account):
        who, until = attempt.resident, attempt.not_after.astimezone(SEOUL)
        why = REASONS_KO.get(attempt.reason, "연락이 닿지 않음")
        told = [attempt.id[:12], who.name, phone_ko(who.phone), who.address or "", who.town or "", why]
        yield [*told, f"{until:%Y-%m-%d}", *blank]


def take_in(db: Session, account: Account, data: bytes, now: datetime) -> list[PostalFinding]:
    """Take in the filled list; rows without a result are left for later.

    Raises BadFile naming every wrong cell; then nothing at all was taken in.
    """
    findings, problems = check(db, account, read(data, [NUMBER, VISITED, RESULT]), now)
    if problems:
        more = f"\n그 밖에 {len(problems) - SHOWN}곳" if len(problems) > SHOWN else ""
        shown = "\n".join(str(p) for p in problems[:SHOWN])
        raise BadFile(f"고칠 곳이 {len(problems)}군데 있어 하나도 들여오지 않았어요.\n{shown}{more}")
    if not findings:
        raise BadFile("결과를 적은 줄이 없어요. ‘방문일’과 ‘결과’ 칸을 채워 올려 주세요.")
    rows = [_store(db, account, finding, now) for finding in findings]
    record(db, account, "postal.imported", now, "postal", None, rows=len(rows))
    return rows


def check(db: Session, account: Account, rows: list[Row], now: datetime) -> tuple[list[Finding], list[Problem]]:
    """What the rows say, and every wrong cell by row and column."""
    open_tasks = {a.id[:12]: a for a in waiting(db, account)}
    results, _ = vocabulary()
    findings: list[Finding] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for row in rows:
        wrong: list[Problem] = []
        if not row.cells.get(RESULT) and not row.cells.get(VISITED):
            continue
        number = row.cells.get(NUMBER, "").lower()
        if number in seen:
            wrong.append(Problem(row.number, NUMBER, f"{seen[number]}행과 같은 번호예요. 한 줄만 남겨 주세요"))
        elif number not in open_tasks:
            says = "지금 기다리는 목록에 없는 번호예요. 이미 적었거나 잘못 옮겼을 수 있어요"
            wrong.append(Problem(row.number, NUMBER, says))
        seen.setdefault(number, row.number)
        visited = _day(row, now, wrong)
        result = results.get(row.cells.get(RESULT, ""))
        if result is None:
            wrong.append(Problem(row.number, RESULT, f"{', '.join(results)} 가운데 하나로 적어 주세요"))
        signs = _signs(row, wrong)
        note = row.cells.get(NOTE, "")
        if len(note) > LONGEST_NOTE:
            wrong.append(Problem(row.number, NOTE, f"{LONGEST_NOTE}자까지 적어 주세요"))
        problems += wrong
        if not wrong:
            findings.append(Finding(open_tasks[number], visited, result, signs, note))
    return findings, problems


def _day(row: Row, now: datetime, wrong: list[Problem]) -> date | None:
    text = row.cells.get(VISITED, "").replace(".", "-").replace("/", "-").replace(" ", "").strip("-")
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        wrong.append(Problem(row.number, VISITED, "2026-11-23처럼 적어 주세요"))
        return None
    if day > now.astimezone(SEOUL).date():
        wrong.append(Problem(row.number, VISITED, "아직 오지 않은 날이에요"))
    return day


def _signs(row: Row, wrong: list[Problem]) -> tuple[str, ...]:
    found = []
    for sign in vocabulary()[1].values():
        mark = row.cells.get(sign.ko, "")
        if mark in YES:
            found.append(sign.code)
        elif mark not in NO:
            wrong.append(Problem(row.number, sign.ko, "있으면 O, 없으면 비워 두세요"))
    return tuple(found)


def _store(db: Session, account: Account, finding: Finding, now: datetime) -> PostalFinding:
    """Keep the finding, end the task, and raise the resident's case when something worrying was seen."""
    attempt, signs = finding.attempt, [vocabulary()[1][code] for code in finding.signs]
    row = PostalFinding(
        attempt_id=attempt.id, resident_id=attempt.resident_id, town=attempt.resident.town,
        visited_on=finding.visited_on, result=finding.result, signs=list(finding.signs), note=finding.note or None,
        recorded_by=account.id, at=now,
    )  # fmt: skip
    db.add(row)
    # Not through the dispatcher: a letter is the last of the ways, and nothing is dialled after it.
    attempt.state, attempt.result, attempt.done_at = "done", finding.result, now
    if signs:
        latest = select(Call).filter_by(resident_id=attempt.resident_id).order_by(Call.created_at.desc()).limit(1)
        call = db.scalars(latest).first()
        if call is not None:
            seen = "집배원이 봄: " + ", ".join(sign.ko for sign in signs)
            raise_case(db, call, most_urgent(sign.priority for sign in signs), [seen], now)
    return row
