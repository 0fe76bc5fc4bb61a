"""초기상담지: a case's file on paper. Facts, the resident's words and people's judgement stay apart."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import phonenumbers
import yaml
from phonenumbers import PhoneNumberFormat

from anbu.assessment.programmes import programmes
from anbu.assessment.vocabulary import BAND_KO, DATA, vocabulary
from anbu.casework.casefile import CaseFile
from anbu.clock import SEOUL
from anbu.settings import settings
from anbu.sheets.sheet import Sheet, Table
from anbu.store.models import Account, Correction, Resident

LABELLED = frozenset({0})
TWO_LABELS = frozenset({0, 2})
NONE = "정보 없음"


def intake(file: CaseFile, account: Account, now: datetime) -> Sheet:
    """The sheet of a case, for whoever goes on with it."""
    office = settings().office_name
    told = [part(file) for part in (_who, _call, _dangers, _factors, _unknown)]
    return Sheet(
        "초기상담지",
        f"{office} · 사례 {file.case.id[:8]} · {_when(now)} {account.name} 출력",
        [*told, *_judgement(file), _next(file), _sign()],
    )


def _who(file: CaseFile) -> Table:
    person: Resident | None = file.case.resident
    rows = [
        ["성명", person.name if person else NONE, "연락처", phone_ko(person.phone if person else None) or NONE],
        ["읍면동", file.case.town or NONE, "주소", getattr(person, "address", None) or NONE],
    ]
    return Table("1. 대상자", rows, [2, 5, 2, 7], labels=TWO_LABELS)


def _call(file: CaseFile) -> Table:
    case, call, band = file.case, file.call, BAND_KO[file.now.band]
    outcome = _words()["outcomes"].get(call.outcome, "진행 중")
    priority = f"{case.priority} {vocabulary().priorities[case.priority].ko}"
    known = f"{file.now.coverage:.0%} (평가표 {file.now.rubric_version}판)"
    rows = [
        ["통화한 때", _when(call.started_at or call.created_at), "통화 결과", outcome],
        ["사례 열림", _when(case.opened_at), "우선순위", priority],
        ["점수", f"{file.now.points}점 · {band}", "확인된 비율", known],
        ["열린 까닭", ", ".join(case.reasons)],
    ]
    if file.earlier:
        before, its, _ = file.earlier[0]
        rows.append(["지난 통화", _when(before.created_at), "지난 평가", f"{its.points}점 · {BAND_KO[its.band]}"])
    return Table("2. 확인된 사실 (통화 기록)", rows, [2, 5, 2, 5], labels=TWO_LABELS)


def _dangers(file: CaseFile) -> Table:
    rows = [
        [line.ko, line.priority, "\n".join(_quoted(r.quote) for r in line.rows if r.quote) or "통화 기록으로 확인"]
        for line in file.signals
        if line.stands
    ]
    rows = rows or [["들은 위험신호가 없습니다"]]
    return Table("3. 위험신호와 대상자의 말", rows, [4, 2, 10], ["위험신호", "우선순위", "하신 말씀"], LABELLED)


def _factors(file: CaseFile) -> Table:
    meanings = vocabulary().factors
    rows = []
    for line in file.factors:
        if line.level is None:
            continue
        level = _level(line.level) + (f" (기계 {_level(line.machine)})" if line.changed else "")
        quote = _quoted(line.reading.quote) if line.reading and line.reading.quote else ""
        rows.append([line.ko, level, meanings[line.key].levels[line.level], quote])
    rows = rows or [["확인된 항목이 없습니다"]]
    note = "0 걱정 없음 · 1 조금 · 2 뚜렷함 · 3 심함. 단계와 점수는 이 기관이 정한 안입니다."
    header = ["항목", "단계", "뜻", "하신 말씀"]
    return Table("4. 항목별 단계와 대상자의 말", rows, [3, 3, 6, 7], header, LABELLED, note)


def _unknown(file: CaseFile) -> Table:
    missing = ", ".join(line.ko for line in file.factors if line.level is None)
    note = "여쭙지 못했거나 알아듣지 못한 항목입니다. 괜찮다는 뜻이 아닙니다."
    return Table("5. 미확인", [["미확인 항목", missing or "없음"]], [3, 13], labels=LABELLED, note=note)


def _judgement(file: CaseFile) -> list[Table]:
    said, rows = _words(), []
    for review in sorted(file.reviews, key=lambda r: r.at):
        decision, state = said["decisions"][review.decision]["ko"], said["review_states"][review.state]
        rows.append([f"{_when(review.at)}\n{review.reviewer.name}", decision, review.reason or "", state])
        if review.note:
            rows.append(["", "메모", review.note])
        if check := file.checks.get(review.id):
            verdict = said["verdicts"][check.verdict]
            verdict += f" → {said['decisions'][check.decision]['ko']}" if check.decision else ""
            rows.append([f"{_when(check.at)}\n{check.checker.name}", "더블체크", check.reason or "", verdict])
    header = ["언제, 누가", "판단", "까닭", "상태"]
    tables = [Table("6. 담당자·관리자의 판단", rows or [["아직 없습니다"]], [4, 3, 8, 4], header, LABELLED)]
    if file.corrections:
        fixed = [
            [_name(c), f"{_value(c.kind, c.before)} → {_value(c.kind, c.after)}", c.reason or "", c.account.name]
            for c in file.corrections
        ]
        header = ["항목", "고침", "까닭", "누가"]
        tables.append(Table("기계의 판독을 고친 것", fixed, [4, 4, 8, 3], header, LABELLED))
    return tables


def _next(file: CaseFile) -> Table:
    said, known, rows = _words(), programmes(), []
    for r in file.referrals:
        name = known[r.programme].ko if r.programme in known else r.programme
        rows.append([f"연계: {name}", said["referral_states"][r.state], r.result or r.note or ""])
    for f in file.follow_ups:
        what = f"{said['follow_ups'][f.kind]} ({_when(f.due_at)[:10]}까지)"
        rows.append([what, said["follow_up_states"][f.state], f.result or f.note or ""])
    rows = rows or [["정해진 것이 없습니다"]]
    return Table("7. 연계와 다음 할 일", rows, [6, 3, 9], ["할 일", "상태", "내용"], LABELLED)


def _sign() -> Table:
    return Table("8. 확인", [["담당자", "(서명)", "관리자", "(서명)"]], [2, 6, 2, 6], labels=TWO_LABELS)


def phone_ko(number: str | None) -> str:
    """As it is dialled in Korea; what is no number stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number or "", "KR"), PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number or ""


def _quoted(words: str) -> str:
    return f"“{words}”"


def _name(correction: Correction) -> str:
    kinds = vocabulary().factors if correction.kind == "factor" else vocabulary().signals
    return kinds[correction.code].ko


def _level(level: int | None) -> str:
    return "미확인" if level is None else f"{level}단계"


def _value(kind: str, value: int | None) -> str:
    return _level(value) if kind == "factor" else ("있음" if value else "없음")


def _when(moment: datetime | None) -> str:
    return moment.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M") if moment else NONE


@lru_cache(maxsize=1)
def _words() -> dict:
    return yaml.load((DATA / "console" / "words.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
