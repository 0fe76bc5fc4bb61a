"""The dry run: who would be called and who not, how long it takes, how many minutes and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anbu.calling.campaigns.plan import Plan, defaults
from anbu.calling.campaigns.rounds import NOT_CALLED, audience_counts, due_rounds
from anbu.clock import SEOUL
from anbu.errors import ContentError
from anbu.settings import settings

MOST_DAYS = 400


@dataclass(frozen=True)
class Forecast:
    """Estimates for one round, from the assumptions in data/calling/campaign.yml."""

    first: date
    callable: int
    to_person: int  # no usable number: a person takes over at once
    left_out: Mapping[str, int]  # why → how many
    calls: int
    answered: int
    minutes: int
    texts: int
    won: int
    begins: datetime | None
    ends: datetime | None  # None: does not fit into the round
    leftover: int  # calls that do not fit


def forecast(plan: Plan, now: datetime) -> Forecast:
    """What the next round would be. Raises ContentError when nobody could be called at all."""
    upcoming = due_rounds(plan, now) or plan.rounds(
        now.astimezone(SEOUL).date(), now.date() + timedelta(days=MOST_DAYS)
    )
    if not upcoming:
        raise ContentError("앞으로 남은 차례가 없습니다. starts, ends, repeat을 확인하세요 (no round is left)")
    counts = audience_counts(plan, upcoming[0])
    if not counts:
        raise ContentError("이 조건에 맞는 주민이 없습니다. residents를 확인하세요 (nobody matches)")
    people = counts.pop(None, 0)
    if not people:
        reasons = ", ".join(f"{why} {n}명" for why, n in counts.items())
        raise ContentError(f"전화할 수 있는 주민이 없습니다 ({reasons}) (nobody can be called)")
    guess = defaults()["assumptions"]
    unanswered = [(1 - guess["answered"]) ** k for k in range(plan.retry.tries)]
    calls = round(people * sum(unanswered))
    answered = round(people * (1 - (1 - guess["answered"]) ** plan.retry.tries))
    talk = guess["minutes"].get(plan.script, 5)
    texts = people if plan.text_before else 0
    held = calls * guess["ring_s"] + answered * talk * 60
    needed = timedelta(seconds=max(calls / plan.calls_per_second, held / plan.concurrent_calls))
    begins, ends, left = _through(plan, upcoming[0], now, needed)
    return Forecast(
        first=upcoming[0], callable=people, to_person=sum(n for why, n in counts.items() if why not in NOT_CALLED),
        left_out={why: n for why, n in counts.items() if why in NOT_CALLED}, calls=calls, answered=answered,
        minutes=round(answered * talk), texts=texts, begins=begins, ends=ends,
        won=round(answered * talk * guess["won_per_minute"] + texts * guess["won_per_text"]),
        leftover=round(calls * (left / needed)) if needed else 0,
    )  # fmt: skip


def _through(plan: Plan, day: date, now: datetime, needed: timedelta):
    """Lay the needed time into the round's windows; → begin, end (None if it does not fit), what is left over."""
    begins, at, left = None, now, needed
    while span := plan.span(day, at):
        begins = begins or span.opens
        if span.closes - span.opens >= left:
            return begins, span.opens + left, timedelta()
        left -= span.closes - span.opens
        at = span.closes
    return begins, None, left


def obstacles(plan: Plan) -> list[str]:
    """Why a real campaign could not dial from this installation, in plain sentences; empty when it can."""
    s, found = settings(), []
    if s.gateway == "twilio":
        if not s.phone_number:
            found.append("ANBU_PHONE_NUMBER(발신 번호)가 없습니다 (no caller number)")
        if not s.twilio_account_sid:
            found.append("ANBU_TWILIO_ACCOUNT_SID가 없습니다 (no account)")
        if not s.public_url.startswith("https://"):
            found.append("ANBU_PUBLIC_URL이 https 주소가 아닙니다 (the public address must be https)")
    return found
