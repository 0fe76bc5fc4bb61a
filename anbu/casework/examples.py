"""Where people read something else than the machine: labelled examples in the form of data/answers and data/signals.

For the scriptwriter. Names and numbers are taken out; whoever takes a line over into data/ reads it first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anbu.assessment.vocabulary import vocabulary
from anbu.casework.board import Period
from anbu.casework.roles import in_towns
from anbu.store.models import Account, Call, Case, Correction, ReadingRow, Review, Sample, SignalRow, Turn

MOST = 2000
_NUMBER = re.compile(r"\d[\d\s-]{2,}\d")
_HEADING = """\
# 사람이 기계와 다르게 읽은 말 ({first} ~ {last}). 이름과 긴 번호는 지웠습니다.
# 문서마다 맨 위에 적힌 파일의 꼴입니다. 한 줄씩 읽어 보고 그 말만으로 단계를 알 수 있는 것만 옮겨 주세요.
"""


@dataclass(frozen=True)
class Example:
    """An utterance and what a person made of it. `level` for a factor; for a signal `stands`."""

    kind: str  # factor | signal
    code: str
    text: str
    level: int | None = None
    stands: bool | None = None


def examples(db: Session, account: Account, period: Period) -> list[Example]:
    """From corrections that a decision carries, and from blind second looks; each utterance once for a label."""
    found = dict.fromkeys([*_from_corrections(db, account, period), *_from_samples(db, account, period)])
    return list(found)[:MOST]


def as_yaml(found: Iterable[Example], period: Period) -> str:
    """One document for each file of data/ that the examples belong to."""
    levels: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    raised: dict[str, list[str]] = defaultdict(list)
    denied: list[dict] = []
    for e in found:
        if e.kind == "factor" and e.level is not None:
            levels[e.code][e.level].append(e.text)
        elif e.kind == "signal" and e.stands:
            raised[e.code].append(e.text)
        elif e.kind == "signal":
            denied.append({"text": e.text, "near": e.code, "why": "review"})
    documents = [
        (f"data/answers/{code}.yml", {"factor": code, "levels": {n: given[n] for n in sorted(given)}})
        for code, given in sorted(levels.items())
    ]
    documents += [
        (f"data/signals/{code}.yml", {"signal": code, "clear": texts}) for code, texts in sorted(raised.items())
    ]
    if denied:
        documents.append(("data/signals/hard_negatives.yml", {"hard_negatives": denied}))
    parts = [_HEADING.format(first=period.first, last=period.last)]
    for path, content in documents:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
        parts.append(f"---\n# {path}\n{text}")
    return "".join(parts)


def nameless(text: str, names: Iterable[str]) -> str:
    """Without these names (whole, and the given name of a Korean one) and without numbers of four digits or more."""
    for name in names:
        bare = "".join((name or "").split())
        for part in (bare, bare[1:] if len(bare) == 3 else ""):
            if len(part) > 1:
                text = text.replace(part, "○○")
    return _NUMBER.sub("○○○○", text)


def _from_corrections(db: Session, account: Account, period: Period) -> Iterator[Example]:
    query = (
        select(Correction, Case)
        .join(Case, Case.id == Correction.case_id)
        .join(Review, Review.id == Correction.review_id)
        .where(Correction.withdrawn_at.is_(None), Review.state.in_(("final", "confirmed", "overridden")))
        .where(or_(Review.state != "overridden", ~Correction.lowers))  # the manager did not go along with those
        .where(period.holds(Correction.at), in_towns(account, Case.town))
        .order_by(Correction.id.desc())
        .limit(MOST)
    )
    for correction, case in db.execute(query):
        factor = correction.kind == "factor"
        level = correction.after if factor else None
        stands = None if factor else bool(correction.after)
        if factor and level is None:
            continue
        for text in _utterances(db, case.call, correction.kind, correction.code):
            yield Example(correction.kind, correction.code, text, level, stands)


def _from_samples(db: Session, account: Account, period: Period) -> Iterator[Example]:
    query = select(Sample).where(
        Sample.state == "scored", period.holds(Sample.scored_at), in_towns(account, Sample.town)
    )
    for sample in db.scalars(query.order_by(Sample.scored_at.desc()).limit(MOST)):
        for factor in vocabulary().factors:
            machine, person = sample.machine_levels.get(factor), sample.levels.get(factor)
            if person is None or person == machine:
                continue
            for text in _utterances(db, sample.call, "factor", factor):
                yield Example("factor", factor, text, person)
        for code in set(sample.machine_signals) - set(sample.signals):
            for text in _utterances(db, sample.call, "signal", code):
                yield Example("signal", code, text, stands=False)


def _utterances(db: Session, call: Call, kind: str, code: str) -> list[str]:
    """What was said where the machine read it; for a factor it did not read, the answer to its question."""
    row = SignalRow if kind == "signal" else ReadingRow
    column = SignalRow.code if kind == "signal" else ReadingRow.factor
    read = select(Turn).join(row, row.turn_id == Turn.id).where(row.call_id == call.id, column == code)
    turns = list(db.scalars(read.order_by(Turn.n)))
    if not turns and kind == "factor":
        turns = list(db.scalars(select(Turn).where(Turn.call_id == call.id, Turn.topic == code).order_by(Turn.n)))
    name = call.resident.name if call.resident else ""
    return list(dict.fromkeys(nameless(t.heard, [name]) for t in turns if t.heard))
