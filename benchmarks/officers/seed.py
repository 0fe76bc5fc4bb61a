"""Two years of a city: residents, calls with their turns and readings, cases, reviews, samples. Written by SQL.

Names and words are sealed once each from a small stock and used again: rows are as large as real ones, and nobody waits
for five million encryptions.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from anbu.assessment.vocabulary import vocabulary
from anbu.casework.accounts import make_account
from anbu.casework.signin import sign_in
from anbu.store.crypto import seal
from anbu.store.models import name_key, number_key
from anbu.store.session import transaction

PASSWORD = "seed-바람이-부는-언덕"
FAMILIES = "김이박최정강조윤장임"
GIVEN = ("순자", "영희", "정숙", "철수", "복순", "말자", "영호", "은희", "상철", "미경")
SAID = (
    "쌀이 떨어져서 이틀째 아무것도 못 먹었어요", "그냥저냥 지내요", "무릎이 아파서 나가기가 힘들어요",
    "하루 한 끼 정도 먹지", "잠이 통 안 와요", "병원은 다니고 있어요", "외로울 때가 많지", "관리비가 석 달 밀렸어요",
    "아들은 멀리 살아요", "괜찮아요",
)  # fmt: skip
ASKED = "네, 그러시군요. 바깥에는 얼마나 자주 나가세요?"
REPLY = "<Response><Gather input='dtmf speech' language='ko-KR'><Say voice='Polly.Seoyeon'>{}</Say></Gather></Response>"
CHUNK = 25_000  # calls a statement


@dataclass(frozen=True)
class Size:
    """How much there is. Two in five calls have a case."""

    residents: int = 50_000
    calls: int = 250_000
    turns: int = 20  # a call
    towns: int = 37
    officers: int = 40
    managers: int = 6

    @property
    def cases(self) -> int:
        return self.calls * 2 // 5


def seed(engine: Engine, size: Size, now: datetime, told: Callable[[str], None] = lambda text: None) -> dict[str, str]:
    """Fill a migrated database; → login → session token of the officers and managers."""
    rng = random.Random(4)
    people = _people(size, now)
    with engine.begin() as db:
        db.exec_driver_sql("SET LOCAL synchronous_commit TO off")
        _stock(db, rng)
        told("주민")
        db.exec_driver_sql(_RESIDENTS, _given(size, now))
        for first in range(0, size.calls, CHUNK):
            told(f"통화 {first:,} / {size.calls:,}")
            given = _given(size, now) | {"first": first, "last": min(first + CHUNK, size.calls) - 1}
            for statement in (_CALLS, _ASSESSMENTS, _TURNS, _READINGS, _CASES, _SIGNALS):
                db.exec_driver_sql(statement, given)
        told("검토")
        for statement in (_REVIEWS, _CHECKS, _LOOKS, _SAMPLES, _REFERRALS):
            db.exec_driver_sql(statement, _given(size, now))
        db.exec_driver_sql("DROP TABLE seed_words; DROP TABLE seed_people; DROP TABLE seed_levels")
        db.exec_driver_sql("DROP TABLE seed_accounts")
    told("통계")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("VACUUM ANALYZE")
    return people


def _given(size: Size, now: datetime) -> dict:
    return {
        "now": now, "residents": size.residents, "calls": size.calls, "towns": size.towns, "turns": size.turns,
        "officers": size.officers, "words": len(SAID), "people": len(FAMILIES) * len(GIVEN), "levels": 50,
    }  # fmt: skip


def _people(size: Size, now: datetime) -> dict[str, str]:
    """Officers of one town each and managers of all, each signed in."""
    tokens = {}
    for n in range(size.officers + size.managers):
        manager = n >= size.officers
        login = f"seed{n:03}"
        with transaction() as db:
            make_account(
                db, login, f"담당{n:02}", "manager" if manager else "officer", now, password=PASSWORD,
                all_towns=manager, towns=() if manager else [f"{n % size.towns:02}동"], must_change=False,
            )  # fmt: skip
        with transaction() as db:
            tokens[login] = sign_in(db, login, PASSWORD, now).token
    return tokens


def _stock(db: Connection, rng: random.Random) -> None:
    db.exec_driver_sql("CREATE UNLOGGED TABLE seed_words (n int PRIMARY KEY, heard bytea, said bytea, reply bytea)")
    for n, text in enumerate(SAID):
        row = (n, seal(text), seal(json.dumps({"lines": [ASKED]}, ensure_ascii=False)), seal(REPLY.format(ASKED)))
        db.exec_driver_sql("INSERT INTO seed_words VALUES (%s, %s, %s, %s)", row)
    db.exec_driver_sql(
        "CREATE UNLOGGED TABLE seed_people (n int PRIMARY KEY, name bytea, name_hash text, phone bytea, tail_hash text)"
    )
    names = [family + given for family in FAMILIES for given in GIVEN]
    for n, name in enumerate(names):
        phone = f"+82100000{n:04}"
        row = (n, seal(name), name_key(name), seal(phone), number_key(phone))
        db.exec_driver_sql("INSERT INTO seed_people VALUES (%s, %s, %s, %s, %s)", row)
    db.exec_driver_sql("CREATE UNLOGGED TABLE seed_levels (n int PRIMARY KEY, levels json)")
    for n in range(50):
        levels = {key: rng.choice((None, 0, 0, 0, 1, 1, 2, 3)) for key in vocabulary().factors}
        db.exec_driver_sql("INSERT INTO seed_levels VALUES (%s, %s)", (n, json.dumps(levels)))
    db.exec_driver_sql(
        "CREATE UNLOGGED TABLE seed_accounts AS SELECT row_number() OVER (ORDER BY login) - 1 AS n, id FROM accounts"
    )


_NUMBERS = "generate_series(%(first)s, %(last)s) AS i"
_AT = "(%(now)s - (%(calls)s - i) * (interval '730 days' / %(calls)s))"

_RESIDENTS = """
INSERT INTO residents (id, name, phone, phone_hash, name_hash, tail_hash, town, script, created_at)
SELECT md5('r' || i), p.name, p.phone, md5('phone' || i), p.name_hash, p.tail_hash,
       to_char(i %% %(towns)s, 'FM00') || '동', 'initial', %(now)s - interval '731 days'
FROM generate_series(0, %(residents)s - 1) AS i JOIN seed_people p ON p.n = i %% %(people)s
"""
_CALLS = f"""
INSERT INTO calls (id, resident_id, town, direction, script, status, sequence, created_at, started_at, last_heard_at,
                   ended_at, closed_at, outcome, answered)
SELECT md5('c' || i), md5('r' || i %% %(residents)s), to_char(i %% %(residents)s %% %(towns)s, 'FM00') || '동',
       'outbound', 'initial', CASE WHEN i %% 7 = 0 THEN 'no-answer' ELSE 'completed' END, 4, {_AT},
       CASE WHEN i %% 7 = 0 THEN NULL ELSE {_AT} END, {_AT} + interval '4 minutes', {_AT} + interval '4 minutes',
       {_AT} + interval '5 minutes', CASE WHEN i %% 7 = 0 OR i %% 11 = 0 THEN 'hung_up' ELSE 'completed' END, '[]'
FROM {_NUMBERS}
"""
_ASSESSMENTS = f"""
INSERT INTO assessments (call_id, rubric_version, levels, points, band, coverage, priority, reasons, at)
SELECT md5('c' || i), '1', l.levels, i %% 12,
       CASE WHEN i %% 5 > 1 THEN CASE WHEN i %% 2 = 0 THEN 'low' ELSE 'none' END
            WHEN i %% 20 = 0 THEN 'high' WHEN i %% 3 = 0 THEN 'held' ELSE 'medium' END, 0.8,
       CASE WHEN i %% 5 > 1 THEN 'P3' WHEN i %% 100 = 0 THEN 'P0' WHEN i %% 20 = 0 THEN 'P1' ELSE 'P2' END,
       '["위험신호: 결식"]', {_AT}
FROM {_NUMBERS} JOIN seed_levels l ON l.n = i %% %(levels)s
"""
_TURNS = f"""
INSERT INTO turns (call_id, n, topic, heard, act, said, next_topic, reply, at, ms)
SELECT md5('c' || i), k, 'meals', CASE WHEN k = 0 THEN NULL ELSE w.heard END, 'inform', w.said, 'outing', w.reply,
       {_AT} + k * interval '12 seconds', 14.2
FROM {_NUMBERS}, generate_series(0, %(turns)s - 1) AS k, seed_words w WHERE w.n = (i + k) %% %(words)s
"""
_READINGS = f"""
INSERT INTO readings (call_id, turn_id, factor, level, quote, start, "end", asked, corrects, source, model, at)
SELECT t.call_id, t.id, f.factor, (i + f.k) %% 4, t.heard, 0, 8, true, false, 'rule:seed', 'seed', t.at
FROM {_NUMBERS}
JOIN (VALUES (1, 'contact'), (2, 'support'), (3, 'meals'), (4, 'outing'), (5, 'health'), (6, 'care_access'),
             (7, 'mood'), (8, 'finances')) AS f(k, factor) ON true
JOIN turns t ON t.call_id = md5('c' || i) AND t.n = f.k
"""
# Two in five calls have a case; those of the last three weeks are open, the rest is closed.
_CASES = f"""
INSERT INTO cases (id, call_id, resident_id, town, priority, state, reasons, opened_at, acknowledge_by, acknowledged_at,
                   holder_id, taken_at, decide_by, decided_at, closed_at, due_at, escalated, version, changed_at)
SELECT md5('k' || i), md5('c' || i), md5('r' || i %% %(residents)s),
       to_char(i %% %(residents)s %% %(towns)s, 'FM00') || '동', c.priority,
       CASE WHEN c.old THEN 'closed' WHEN i %% 3 = 0 THEN 'checking' ELSE 'open' END, '["위험신호: 결식"]', c.at,
       c.at + interval '4 hours', CASE WHEN c.old OR i %% 3 < 2 THEN c.at + (i %% 400) * interval '1 minute' END,
       CASE WHEN c.old OR i %% 3 < 2 THEN a.id END, CASE WHEN c.old OR i %% 3 < 2 THEN c.at + interval '1 hour' END,
       c.at + interval '1 day', CASE WHEN c.old THEN c.at + (i %% 2000) * interval '1 minute' END,
       CASE WHEN c.old THEN c.at + interval '2 days' END, c.at + interval '1 day', 1, 3, c.at
FROM (SELECT i, {_AT} AS at, i < %(calls)s * 0.97 AS old,
             CASE WHEN i %% 100 = 0 THEN 'P0' WHEN i %% 20 = 0 THEN 'P1' ELSE 'P2' END AS priority
      FROM {_NUMBERS} WHERE i %% 5 < 2) AS c
JOIN seed_accounts a ON a.n = i %% %(residents)s %% %(towns)s %% %(officers)s
"""
_SIGNALS = f"""
INSERT INTO signals (call_id, turn_id, code, quote, start, "end", confirm, state, source, at)
SELECT t.call_id, t.id, CASE WHEN i %% 100 = 0 THEN 'medical_emergency' ELSE 'starvation' END, t.heard, 0, 8, false,
       'raised', 'rule:seed', t.at
FROM {_NUMBERS} JOIN turns t ON t.call_id = md5('c' || i) AND t.n = 3 WHERE i %% 20 = 0
"""
_REVIEWS = """
INSERT INTO reviews (id, case_id, call_id, town, reviewer_id, decision, reason, rubric_version, machine_priority,
                     machine_levels, machine_signals, levels, signals, points, band, priority, state, needs_check,
                     transcript_opened_at, at)
SELECT md5('v' || c.id), c.id, c.call_id, c.town, c.holder_id, 'call_back',
       (SELECT heard FROM seed_words WHERE n = 0), '1', c.priority, l.levels, '[]', l.levels, '[]', 4, 'medium',
       c.priority,
       CASE WHEN c.state = 'checking' THEN 'waiting' WHEN c.priority < 'P2' THEN 'confirmed' ELSE 'final' END,
       c.priority < 'P2', c.opened_at, c.opened_at + interval '2 hours'
FROM cases c JOIN seed_levels l ON l.n = abs(hashtext(c.id)) %% %(levels)s
WHERE c.state <> 'open' AND c.holder_id IS NOT NULL
"""
_CHECKS = """
INSERT INTO double_checks (review_id, checker_id, verdict, levels, signals, transcript_opened_at, at)
SELECT r.id, (SELECT id FROM seed_accounts ORDER BY n DESC LIMIT 1), 'confirmed', r.levels, r.signals, r.at,
       r.at + interval '3 hours'
FROM reviews r WHERE r.state = 'confirmed'
"""
_LOOKS = """
INSERT INTO looks (case_id, account_id, what, times, first_at, last_at)
SELECT c.id, c.holder_id, w.what, 2, c.opened_at, c.opened_at
FROM cases c, (VALUES ('page'), ('transcript')) AS w(what) WHERE c.holder_id IS NOT NULL
"""
_SAMPLES = """
INSERT INTO samples (id, call_id, town, share, machine_priority, machine_levels, machine_signals, state, scorer_id,
                     levels, signals, points, band, priority, missed, drawn_at, scored_at)
SELECT md5('s' || c.id), c.id, c.town, 0.05, 'P3', a.levels, '[]', 'scored',
       (SELECT id FROM seed_accounts WHERE n = 0), a.levels, '[]', 1, 'low', 'P3',
       abs(hashtext(c.id)) %% 97 = 0, c.closed_at, c.closed_at + interval '1 day'
FROM calls c JOIN assessments a ON a.call_id = c.id WHERE a.priority = 'P3' AND abs(hashtext(c.id)) %% 20 = 0
"""
_REFERRALS = """
INSERT INTO referrals (id, case_id, resident_id, review_id, town, programme, state, created_by, created_at, due_at,
                       closed_at)
SELECT md5('f' || r.id), r.case_id, c.resident_id, r.id, r.town, 'foodbank',
       CASE WHEN c.state = 'closed' THEN 'helped' ELSE 'asked' END, r.reviewer_id, r.at, r.at + interval '3 days',
       CASE WHEN c.state = 'closed' THEN r.at + interval '2 days' END
FROM reviews r JOIN cases c ON c.id = r.case_id WHERE abs(hashtext(r.id)) %% 10 = 0
"""
