"""What an answer means in its place in the call: keys, silence, and dangers that follow from the question asked."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.assessment.vocabulary import vocabulary
from anbu.calling.record import resolve_pending
from anbu.calling.scripts import follow_ups
from anbu.language import replies
from anbu.language.korean import clean
from anbu.language.understand import TOLD_BY_SELF_HARM
from anbu.store.models import Call, SignalRow, Turn


def nothing() -> dict:
    """An understanding in which nothing was read."""
    return {"act": "unclear", "factors": {}, "signals": [], "when": None}


def silent() -> dict:
    """No words came."""
    return {**nothing(), "act": "silence"}


def from_keypad(act: str, digits: str, ask: dict | None) -> dict:
    """A pressed key: 1 yes, 2 no, 0 a person; the question says which level yes and no are."""
    understood = {**nothing(), "act": act, "keypad": True}
    level = (ask or {}).get({"affirm": "yes", "deny": "no"}.get(act))
    if isinstance(level, int) and ask["topic"] in vocabulary().factors:
        understood["factors"][ask["topic"]] = {
            "level": level, "quote": f"{digits}번 누름", "start": 0, "end": 0, "source": "keypad", "confidence": 0.95,
        }  # fmt: skip
    return understood


def from_bare_answer(understood: dict, heard: str, ask: dict) -> dict:
    """A mere yes or no ("네", "없어요", "네 괜찮아요") is the level the question itself names for it, if it does."""
    heard = clean(heard)
    bare = _bare(heard)
    level = ask.get({"affirm": "yes", "have": "yes", "deny": "no", "have_not": "no"}.get(bare, ""))
    topic = ask.get("topic")
    if bare and isinstance(level, int) and topic in vocabulary().factors:
        understood["factors"][topic] = {
            "level": level, "quote": heard, "start": 0, "end": len(heard), "source": "question", "confidence": 0.95,
        }  # fmt: skip
    return understood


def _bare(heard: str) -> str | None:
    """affirm, deny, have or have_not; a "괜찮아요" after the yes or no adds nothing to it."""
    first, _, rest = heard.strip().partition(" ")
    said = replies.kind(heard)
    if said is None and rest and re.fullmatch(r"(그냥 |뭐 |다 )*괜찮\S*", rest):
        said = replies.kind(first)
    return said


def infer_signals(
    db: Session, call: Call, turn: Turn, understood: dict, topic: str | None, now: datetime
) -> list[dict]:
    """Add the signals that follow from the answer's place and settle an open confirming question.

    → the signals that are new to the call.

    A "yes" to a confirming question raises what it asked about; a "no" denies it. A "yes" to a follow-up may raise
    another signal (data/assessment/follow_ups.yml). self_harm 1 and 2 are suicide_ideation, 3 is suicide_imminent.
    """
    rows = db.scalars(select(SignalRow).filter(SignalRow.call_id == call.id, SignalRow.turn_id != turn.id)).all()
    pending = [row for row in rows if row.state == "pending"]
    clear, asked = {row.code for row in rows if row.state == "raised"}, {row.code for row in rows}
    act, found = understood["act"], {s["code"]: s for s in understood["signals"]}
    quote = (turn.heard or f"{turn.digits}번 누름").strip()

    def add(code: str, why: str) -> None:
        if code not in found or found[code]["confirm"]:
            found[code] = {
                "code": code, "quote": quote, "start": 0, "end": len(quote), "confirm": False, "source": f"rule:{why}",
            }  # fmt: skip

    if topic == "danger_check" and pending:
        code = pending[-1].code
        if act == "affirm":
            add(code, "confirmed")
        if act in ("affirm", "deny"):
            resolve_pending(db, call, code, act == "affirm", now)
    if act == "affirm":
        for rules in follow_ups().values():
            if topic in rules.get("raise", {}):
                add(rules["raise"][topic], topic)
    told = TOLD_BY_SELF_HARM.get(understood["factors"].get("self_harm", {}).get("level", 0))
    if told and topic == "self_harm" and "suicide_imminent" not in found:
        add(told, "self_harm")
    understood["signals"] = list(found.values())
    return [s for s in found.values() if s["code"] not in (asked if s["confirm"] else clear)]
