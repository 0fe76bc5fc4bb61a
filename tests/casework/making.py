"""People, calls and cases for tests of what is counted or put on paper."""

from __future__ import annotations

from datetime import timedelta

from anbu.assessment.vocabulary import vocabulary
from anbu.casework.accounts import make_account
from anbu.store.models import AssessmentRow, Call, Case, ReadingRow, Resident, SignalRow, Turn, new_id
from tests.conftest import NOON


def account(db, login, role="officer", towns=("안부동",), all_towns=False, name=None):
    return make_account(db, login, name or login, role, NOON, towns=towns, all_towns=all_towns)


def resident(db, name="김순자", phone=None, town="안부동", **more):
    person = Resident(id=new_id(), name=name, phone=phone, town=town, created_at=NOON, **more)
    db.add(person)
    db.flush()
    return person


def call(
    db, who=None, at=NOON, *, town="안부동", outcome="completed", answered=True, levels=None, signals=(),
    priority="P3", band="none", said=(), reasons=("일반 (0점)",),
):  # fmt: skip
    """A closed call with its assessment; `said`: (topic, words, factor, level) a turn; `signals`: (code, quote)."""
    row = Call(
        id=new_id(), resident_id=who.id if who else None, town=town, direction="outbound", script="initial",
        created_at=at, started_at=at if answered else None, closed_at=at, ended_at=at, outcome=outcome, answered=[],
        status="completed" if answered else "no-answer",
    )  # fmt: skip
    db.add(row)
    db.flush()
    for n, (topic, words, factor, level) in enumerate(said):
        turn = Turn(call_id=row.id, n=n, topic=topic, heard=words, at=at + timedelta(seconds=n))
        db.add(turn)
        db.flush()
        if factor:
            db.add(
                ReadingRow(
                    call_id=row.id, turn_id=turn.id, factor=factor, level=level, quote=words, start=0, end=len(words),
                    asked=True, source="rule:test", model="test", at=at,
                )
            )  # fmt: skip
    for code, quote in signals:
        db.add(SignalRow(call_id=row.id, code=code, quote=quote, source="rule:test", at=at, state="raised"))
    known = {key: None for key in vocabulary().factors} | dict(levels or {})
    db.add(
        AssessmentRow(
            call_id=row.id, rubric_version="1", levels=known, points=0, band=band, coverage=1.0, priority=priority,
            reasons=list(reasons), at=at,
        )
    )  # fmt: skip
    db.flush()
    return row


def case(db, its_call, priority="P1", at=NOON, taken_after=None, decided_after=None, holder=None, state="open", **more):
    """A case of the call; the times are seconds after it was opened."""

    def later(seconds):
        return None if seconds is None else at + timedelta(seconds=seconds)

    row = Case(
        id=new_id(), call_id=its_call.id, resident_id=its_call.resident_id, town=its_call.town, priority=priority,
        state=state, reasons=["위험신호: 결식"], opened_at=at, changed_at=at, acknowledge_by=later(3600),
        acknowledged_at=later(taken_after), taken_at=later(taken_after), holder_id=holder.id if holder else None,
        decide_by=later(7200), decided_at=later(decided_after), due_at=later(3600),
    )  # fmt: skip
    for name, value in more.items():
        setattr(row, name, value)
    db.add(row)
    db.flush()
    return row
