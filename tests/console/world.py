"""A town in a test: accounts, residents, and calls that went as told, through the same functions a call uses."""

from __future__ import annotations

from datetime import datetime, timedelta

from anbu.assessment.programmes import questions
from anbu.calling.closing import close_call
from anbu.calling.record import add_resident, hear, note_understanding, open_call
from anbu.casework.accounts import make_account
from anbu.language.types import Signal
from anbu.store.models import Account, Call, Case
from anbu.store.session import transaction
from tests.conftest import NOON

PASSWORD = "바람이 불어도 따뜻한 집"
WELL = {
    "contact": "딸하고 매일 통화해요", "support": "아들이 가까이 살아요", "loneliness": "외롭지는 않아요",
    "meals": "세 끼 다 먹어요", "outing": "매일 나가요", "health": "아픈 데는 없어요", "care_access": "약은 잘 챙겨요",
    "mood": "잠도 잘 자요", "finances": "그럭저럭 괜찮아요",
}  # fmt: skip


def account(login: str, role: str, towns=(), all_towns: bool = False, name: str | None = None) -> str:
    """An account that need not change its password; → id."""
    with transaction() as db:
        return make_account(
            db, login, name or login, role, NOON, password=PASSWORD, towns=towns, all_towns=all_towns,
            must_change=False,
        ).id  # fmt: skip


def call(
    db,
    name: str,
    said: list[tuple[str, str, str, dict, list[tuple[str, str]]]],
    *,
    town: str | None = "안부1동",
    phone: str | None = None,
    at: datetime = NOON,
    outcome: str | None = "completed",
    filled: bool = True,
) -> Call:
    """A call. said: (question, topic, words, {factor: (level, quote)}, [(signal, quote)]) a turn.

    filled: every other pointed factor was answered and is fine. outcome None: the call still goes on.
    """
    resident = add_resident(db, name, phone, at)
    resident.town = town
    call = open_call(db, resident, "outbound", "initial", at)
    call.started_at, call.status = at, "in-progress"
    lines = list(said)
    if filled:
        told = {f for _, _, _, factors, _ in said for f in factors}
        lines += [(questions()[f][0], f, words, {f: (0, words)}, []) for f, words in WELL.items() if f not in told]
    before = None
    for n, (question, topic, words, factors, signals) in enumerate(lines):
        moment = at + timedelta(seconds=15 * n)
        heard = [
            Signal(code, quote, words.find(quote), words.find(quote) + len(quote), False, "rule:test")
            for code, quote in signals
        ]
        if before is None:
            opening = hear(db, call, 0, moment)
            opening.said = {"lines": [question]}
        else:
            before.said = {"lines": [question]}
        turn = hear(db, call, n + 1, moment, topic=topic, heard=words, signals=heard)
        read = {
            f: {
                "level": level, "quote": quote, "start": words.find(quote), "end": words.find(quote) + len(quote),
                "source": "rule:test", "confidence": 0.9,
            }
            for f, (level, quote) in factors.items()
        }  # fmt: skip
        note_understanding(db, call, turn, {"act": "inform", "factors": read, "signals": []}, "m1", moment)
        before = turn
    before.said = {"lines": ["말씀 고맙습니다. 담당자에게 전할게요."]}
    if outcome is not None:
        close_call(db, call, outcome, at + timedelta(seconds=15 * len(lines)))
    db.flush()
    return call


def case_of(db, call: Call) -> Case:
    return db.query(Case).filter_by(call_id=call.id).one()


CHEST = [
    ("요즘 몸에 불편하신 데가 있으세요?", "health", "아침부터 가슴이 쥐어짜듯이 아프고 숨이 차요",
     {"health": (3, "가슴이 쥐어짜듯이 아프고")}, [("medical_emergency", "가슴이 쥐어짜듯이 아프고 숨이 차요")]),
]  # fmt: skip
HUNGRY = [
    ("식사는 하루에 몇 끼나 드세요?", "meals", "쌀이 떨어져서 이틀째 아무것도 못 먹었어요",
     {"meals": (3, "이틀째 아무것도 못 먹었어요"), "finances": (2, "쌀이 떨어져서")},
     [("starvation", "이틀째 아무것도 못 먹었어요")]),
    ("급할 때 부탁할 분이 있으세요?", "support", "아무도 없어요", {"support": (2, "아무도 없어요")}, []),
]  # fmt: skip
LONELY = [
    ("가까운 분들과 얼마나 자주 연락하세요?", "contact", "전화 올 데가 없어 몇 달째 아무하고도", 
     {"contact": (3, "몇 달째 아무하고도")}, []),
    ("외로울 때가 있으세요?", "loneliness", "늘 외롭지 뭐", {"loneliness": (3, "늘 외롭지")}, []),
    ("바깥에는 자주 나가세요?", "outing", "한 번도 안 나가", {"outing": (2, "한 번도 안 나가")}, []),
    ("요즘 기분은 어떠세요?", "mood", "의욕이 없고 잠도 안 와", {"mood": (2, "의욕이 없고 잠도 안 와")}, []),
]  # fmt: skip


def officer_account(db, account_id: str) -> Account:
    return db.get(Account, account_id)
