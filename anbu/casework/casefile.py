"""The file of a case: what was said, what was read from it and why, what people made of it, and what went before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from anbu.assessment.scoring import Assessment, assess
from anbu.assessment.vocabulary import Vocabulary, vocabulary
from anbu.calling.record import levels_of
from anbu.calling.scripts import scripts
from anbu.casework.cases import PERSON_KO
from anbu.casework.roles import in_towns
from anbu.errors import NotFound
from anbu.store.models import (
    Account,
    AssessmentRow,
    Call,
    Case,
    Correction,
    DoubleCheck,
    FollowUp,
    Look,
    ReadingRow,
    Referral,
    Review,
    SignalRow,
    Turn,
)

EARLIER = 12  # calls of the same resident that are listed


@dataclass(frozen=True)
class FactorLine:
    """A factor as it stands. `machine`: level read by the machine; `level`: after corrections; None is unknown."""

    key: str
    ko: str
    machine: int | None
    level: int | None
    reading: ReadingRow | None
    correction: Correction | None
    points: int
    before: int | None  # in the last call

    @property
    def changed(self) -> bool:
        return self.machine != self.level


@dataclass(frozen=True)
class SignalLine:
    """A kind of danger signal as it stands, with the rows it was heard in. `stands`: after corrections."""

    code: str
    ko: str
    priority: str
    rows: list[SignalRow]
    stands: bool
    correction: Correction | None


@dataclass(frozen=True)
class CaseFile:
    """Everything the page of a case shows. `machine` is the stored assessment (None while the call goes on)."""

    case: Case
    call: Call
    turns: list[Turn]
    readings: list[ReadingRow]
    factors: list[FactorLine]
    signals: list[SignalLine]
    machine: AssessmentRow | None
    now: Assessment
    corrections: list[Correction]
    reviews: list[Review]
    checks: dict[str, DoubleCheck]
    looks: list[Look]
    follow_ups: list[FollowUp]
    referrals: list[Referral]
    earlier: list[tuple[Call, AssessmentRow, Case | None]]

    @property
    def levels(self) -> dict[str, int | None]:
        return {f.key: f.level for f in self.factors}

    @property
    def standing(self) -> list[str]:
        return [s.code for s in self.signals if s.stands]

    def waiting_review(self) -> Review | None:
        """The decision that waits for its double check."""
        return next((r for r in self.reviews if r.state == "waiting"), None)


def find_case(db: Session, account: Account, case_id: str) -> Case:
    """The case, if the account may see its town. Raises NotFound, also for a case of another town."""
    case = db.scalars(select(Case).where(Case.id == case_id, in_towns(account, Case.town))).first()
    if case is None:
        raise NotFound("그런 사례가 없거나, 맡은 동의 사례가 아니에요.")
    return case


def open_file(db: Session, case: Case) -> CaseFile:
    """Gather a case's file."""
    words, call = vocabulary(), db.get(Call, case.call_id)
    by_call = {"call_id": call.id}
    turns = list(db.scalars(select(Turn).filter_by(**by_call).order_by(Turn.at, Turn.n)))
    readings = list(db.scalars(select(ReadingRow).filter_by(**by_call).order_by(ReadingRow.id)))
    heard = list(db.scalars(select(SignalRow).filter_by(**by_call).order_by(SignalRow.id)))
    machine = db.get(AssessmentRow, call.id)
    corrections = standing_corrections(db, case)
    earlier = _earlier(db, case, call)
    levels, codes = machine_view(machine, readings, heard)
    corrected = {c.code: c for c in corrections if c.kind == "factor"}
    overturned = {c.code: c for c in corrections if c.kind == "signal"}
    last = earlier[0][1].levels if earlier else {}
    standing = levels_of(readings)
    factors = [
        _factor_line(words, key, levels.get(key), corrected.get(key), standing.get(key), last.get(key))
        for key in words.factors
    ]
    signals = [
        SignalLine(
            code, words.signals[code].ko, words.signals[code].priority, [s for s in heard if s.code == code],
            bool(overturned[code].after) if code in overturned else code in codes, overturned.get(code),
        )
        for code in dict.fromkeys([*(s.code for s in heard), *overturned])
    ]  # fmt: skip
    reviews = list(
        db.scalars(
            select(Review).filter_by(case_id=case.id).order_by(Review.at.desc()).options(selectinload(Review.reviewer))
        )
    )
    checks = db.scalars(
        select(DoubleCheck)
        .where(DoubleCheck.review_id.in_([r.id for r in reviews]))
        .options(selectinload(DoubleCheck.checker))
    )
    by_case = {"case_id": case.id}
    return CaseFile(
        case=case, call=call, turns=turns, readings=readings, factors=factors,
        signals=sorted(signals, key=lambda s: s.priority), machine=machine,
        now=reassess(call, {f.key: f.level for f in factors}, [s.code for s in signals if s.stands]),
        corrections=corrections, reviews=reviews, checks={c.review_id: c for c in checks},
        looks=list(db.scalars(select(Look).filter_by(**by_case))),
        follow_ups=list(db.scalars(select(FollowUp).filter_by(**by_case).order_by(FollowUp.due_at))),
        referrals=list(db.scalars(select(Referral).filter_by(**by_case).order_by(Referral.created_at))),
        earlier=earlier,
    )  # fmt: skip


def machine_view(
    machine: AssessmentRow | None, readings: list[ReadingRow], heard: list[SignalRow]
) -> tuple[dict[str, int | None], list[str]]:
    """Levels and standing signal codes as the machine has them; from the readings while the call goes on."""
    levels = machine.levels if machine else {key: row.level for key, row in levels_of(readings).items()}
    return levels, list(dict.fromkeys(s.code for s in heard if s.state != "denied"))


def reassess(call: Call, levels: dict[str, int | None], signals: list[str]) -> Assessment:
    """The rubric over a call's levels and signals as a person leaves them."""
    asked = scripts()[call.script].factors if call.script in scripts() else None
    return assess(levels, signals, asked=asked, person=PERSON_KO.get(call.needs_person))


def standing_corrections(db: Session, case: Case) -> list[Correction]:
    """The last correction of each level and signal that was not withdrawn or returned by a double check."""
    rows = db.scalars(
        select(Correction)
        .outerjoin(Review, Correction.review_id == Review.id)
        .where(Correction.case_id == case.id, Correction.withdrawn_at.is_(None))
        .order_by(Correction.id)
        .options(selectinload(Correction.account))
    )
    return list({(c.kind, c.code): c for c in rows}.values())


def note_look(db: Session, case: Case, account: Account, what: str, now: datetime) -> Look:
    """Remember that the account opened the page or the transcript of a case."""
    look = db.scalars(select(Look).filter_by(case_id=case.id, account_id=account.id, what=what)).first()
    if look is None:
        look = Look(case_id=case.id, account_id=account.id, what=what, times=0, first_at=now)
        db.add(look)
    look.times, look.last_at = look.times + 1, now
    return look


def transcript_opened(db: Session, case: Case, account: Account) -> datetime | None:
    """When this account first opened what was said."""
    look = db.scalars(select(Look).filter_by(case_id=case.id, account_id=account.id, what="transcript")).first()
    return look.first_at if look else None


def _factor_line(words: Vocabulary, key, machine, correction, reading, before) -> FactorLine:
    level = correction.after if correction else machine
    points = words.factors[key].points.get(level, 0) if level is not None else 0
    return FactorLine(key, words.factors[key].ko, machine, level, reading, correction, points, before)


def _earlier(db: Session, case: Case, call: Call) -> list[tuple[Call, AssessmentRow, Case | None]]:
    """The resident's earlier assessed calls, the last one first."""
    if case.resident_id is None:
        return []
    query = (
        select(Call, AssessmentRow, Case)
        .join(AssessmentRow, AssessmentRow.call_id == Call.id)
        .outerjoin(Case, Case.call_id == Call.id)
        .where(Call.resident_id == case.resident_id, Call.id != call.id, Call.created_at <= call.created_at)
        .order_by(Call.created_at.desc())
        .limit(EARLIER)
    )
    return [tuple(row) for row in db.execute(query)]
