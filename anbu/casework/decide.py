"""The first review: corrections with a reason, and a decision that rests on having read what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from anbu.assessment.deadlines import deadlines
from anbu.assessment.programmes import programmes
from anbu.assessment.vocabulary import LEVELS, most_urgent, vocabulary
from anbu.casework.audit import record
from anbu.casework.casefile import CaseFile, machine_view, open_file, transcript_opened
from anbu.casework.take import claim_version
from anbu.clock import SEOUL
from anbu.errors import Refused
from anbu.store.models import Account, Case, Correction, FollowUp, Referral, Review, SignalRow, new_id

DECISIONS = ("none", "watch", "call_back", "visit", "refer", "emergency")
FOLLOW_UP_KINDS = {"watch": "watch", "call_back": "call", "visit": "visit"}
SHORTEST_REASON = 5
LONGEST_TEXT = 4000
CHECKED = ("P0", "P1")  # every decision at these goes to a second person
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Decision:
    """What a reviewer decides. `follow_up_on`: the day something is to be done again; `programme` goes with refer."""

    decision: str
    reason: str
    note: str = ""
    follow_up_on: date | None = None
    programme: str = ""


def reason_of(text: str, what: str = "까닭") -> str:
    """A written reason. Raises Refused when there is none."""
    text = text.strip()
    if len(text) < SHORTEST_REASON:
        raise Refused(f"{what}을 한 문장으로 적어 주세요. 나중에 보는 사람이 알 수 있어야 해요.")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"글은 {LONGEST_TEXT:,}자까지 적을 수 있어요. 지금 {len(text):,}자예요.")
    return text


def correct_level(
    db: Session, case: Case, account: Account, factor: str, after: int | None, reason: str, now: datetime
) -> Correction:
    """Overturn a factor's level (None: unknown) with a reason. Raises Refused."""
    _must_hold(case, account)
    words = vocabulary()
    if factor not in words.factors or (after is not None and after not in LEVELS):
        raise Refused("항목과 단계를 다시 골라 주세요.")
    line = next(f for f in open_file(db, case).factors if f.key == factor)
    if after == line.level:
        raise Refused(f"{line.ko}은(는) 이미 그 단계예요.")
    lowers = (line.machine or 0) > (after or 0)
    quote = line.reading.quote if line.reading else None
    return _correct(db, case, account, "factor", factor, line.machine, after, lowers, quote, reason, now)


def correct_signal(
    db: Session, case: Case, account: Account, code: str, stands: bool, reason: str, now: datetime, quote: str = ""
) -> Correction:
    """Overturn a danger signal, or add one the machine did not hear. Raises Refused."""
    _must_hold(case, account)
    if code not in vocabulary().signals:
        raise Refused("위험신호를 다시 골라 주세요.")
    line = next((s for s in open_file(db, case).signals if s.code == code), None)
    if (line is not None and line.stands) == stands:
        raise Refused("이미 그렇게 되어 있어요.")
    heard = next((r.quote for r in line.rows if r.quote), None) if line else None
    before = int(bool(line and any(r.state != "denied" for r in line.rows)))
    return _correct(
        db, case, account, "signal", code, before, int(stands), not stands, quote.strip()[:500] or heard, reason, now
    )


def withdraw(db: Session, case: Case, account: Account, correction: Correction, now: datetime) -> None:
    """Take back a correction that has not been decided upon yet. Raises Refused."""
    _must_hold(case, account)
    if correction.case_id != case.id or correction.review_id is not None or correction.withdrawn_at is not None:
        raise Refused("이미 결정에 담긴 것은 되돌릴 수 없어요. 새로 고쳐 주세요.")
    correction.withdrawn_at = now
    record(db, account, "case.correction_withdrawn", now, "case", case.id, kind=correction.kind, code=correction.code)


def decide(db: Session, case: Case, account: Account, given: Decision, version: int, now: datetime) -> Review:
    """Decide a case. Raises Stale when it changed since the form was made, Refused when something is missing.

    P0 and P1, and whatever lowers a level or the priority, waits for another person's double check. What is to be
    done for the resident starts at once.
    """
    _must_hold(case, account)
    claim_version(db, case, version, now)
    _must_hold(case, account)
    opened = transcript_opened(db, case, account)
    if opened is None:
        raise Refused("결정하기 전에 통화 내용을 펼쳐 읽어 주세요.")
    _check(given, now)
    file = open_file(db, case)
    review = _review(file, account, given, opened, now)
    db.add(review)
    db.flush()
    for correction in file.corrections:
        if correction.review_id is None:
            correction.review_id = review.id
    _plan(db, case, account, review, given, now)
    case.decided_at = now
    case.priority = most_urgent((case.priority, review.priority))  # a lower one counts when it is confirmed
    if review.needs_check:
        case.state, case.due_at = "checking", deadlines().decide_by(case.priority, now)
    else:
        case.state, case.closed_at, case.priority = "closed", now, review.priority
    record(
        db, account, "case.decided", now, "case", case.id, decision=given.decision, review=review.id,
        priority=review.priority, machine_priority=review.machine_priority, needs_check=review.needs_check,
        corrected=[c.code for c in file.corrections],
    )  # fmt: skip
    return review


def _must_hold(case: Case, account: Account) -> None:
    if case.state != "open":
        raise Refused("이미 결정된 사례예요. 다시 살피려면 관리자가 되돌려야 해요.")
    if case.holder_id is None:
        raise Refused("먼저 ‘담당하기’를 눌러 사례를 맡아 주세요.")
    if case.holder_id != account.id:
        raise Refused(f"{case.holder.name} 님이 맡은 사례예요.")


def _correct(db, case, account, kind, code, before, after, lowers, quote, reason, now) -> Correction:
    row = Correction(
        case_id=case.id, account_id=account.id, kind=kind, code=code, before=before, after=after, lowers=lowers,
        quote=quote, reason=reason_of(reason, "고치는 까닭"), at=now,
    )  # fmt: skip
    db.add(row)
    db.flush()
    record(db, account, "case.corrected", now, "case", case.id, kind=kind, code=code, before=before, after=after)
    return row


def _check(given: Decision, now: datetime) -> None:
    if given.decision not in DECISIONS:
        raise Refused("어떻게 하실지 하나를 골라 주세요.")
    reason_of(given.reason)
    if len(given.note) > LONGEST_TEXT:
        raise Refused(f"메모는 {LONGEST_TEXT:,}자까지 적을 수 있어요.")
    today = now.astimezone(SEOUL).date()
    if given.decision in FOLLOW_UP_KINDS and given.follow_up_on is None:
        raise Refused("언제 하실지 날짜를 적어 주세요.")
    if given.follow_up_on is not None and not today <= given.follow_up_on <= today + FURTHEST:
        raise Refused("날짜는 오늘부터 1년 안으로 적어 주세요.")
    if given.decision == "refer" and given.programme not in programmes():
        raise Refused("어디로 연계할지 골라 주세요.")


def _review(file: CaseFile, account: Account, given: Decision, opened: datetime, now: datetime) -> Review:
    heard: list[SignalRow] = [row for line in file.signals for row in line.rows]
    levels, codes = machine_view(file.machine, file.readings, heard)
    machine_priority = file.machine.priority if file.machine else file.case.priority
    lowers = any(c.lowers for c in file.corrections if c.review_id is None)
    lowers = lowers or most_urgent((file.case.priority, file.now.priority)) != file.now.priority
    needs_check = lowers or file.case.priority in CHECKED or file.now.priority in CHECKED
    return Review(
        id=new_id(), case_id=file.case.id, call_id=file.call.id, town=file.case.town, reviewer_id=account.id,
        decision=given.decision, reason=given.reason.strip(), note=given.note.strip() or None,
        rubric_version=file.now.rubric_version, machine_priority=machine_priority,
        machine_levels={f.key: levels.get(f.key) for f in file.factors}, machine_signals=codes, levels=file.levels,
        signals=file.standing, points=file.now.points, band=file.now.band, priority=file.now.priority,
        state="waiting" if needs_check else "final", needs_check=needs_check, transcript_opened_at=opened, at=now,
    )  # fmt: skip


def _plan(db: Session, case: Case, account: Account, review: Review, given: Decision, now: datetime) -> None:
    """What is to be done next, for whoever looks at the day's work."""
    if given.follow_up_on is not None:
        due = datetime.combine(given.follow_up_on, time(18, 0), SEOUL)
        db.add(
            FollowUp(
                case_id=case.id, resident_id=case.resident_id, review_id=review.id, account_id=account.id,
                town=case.town, kind=FOLLOW_UP_KINDS.get(given.decision, "watch"), due_at=due,
                note=given.note.strip() or None, created_at=now,
            )
        )  # fmt: skip
    if given.decision == "refer":
        db.add(
            Referral(
                id=new_id(), case_id=case.id, resident_id=case.resident_id, review_id=review.id, town=case.town,
                programme=given.programme, note=given.note.strip() or None, created_by=account.id, created_at=now,
                due_at=now + timedelta(days=3),
            )
        )  # fmt: skip
