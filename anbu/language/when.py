"""When a busy resident asks to be called back: 내일 오전에, 저녁 먹고, 이따 세 시에 → a time within calling hours.

Words are in data/lexicon/when.yml. Nothing is guessed from a text without any word of time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import yaml

from anbu.language import korean

SEOUL = ZoneInfo("Asia/Seoul")
OPENS, CLOSES = time(9), time(20, 30)  # the widest a call may begin; a campaign narrows it


@lru_cache(maxsize=1)
def _lexicon() -> dict:
    raw = yaml.safe_load((korean.LEXICON / "when.yml").read_text(encoding="utf-8"))
    number = rf"(\d+|{_any(raw['numbers'])})"
    raw["in"] = re.compile(rf"{number}(시간|분|일|날|주일|주)?(반)?(?:쯤|정도|만)?(?:있다|이따|뒤|후|지나)")
    raw["at"] = re.compile(rf"{number}시(?!간)(?:{number}분|(반))?(?:쯤|경)?(전)?")
    raw["weekday"] = re.compile(rf"([{''.join(raw['weekdays'])}])요일")
    raw["of_month"] = re.compile(r"(\d+)일(?:날|에)")
    for name in ("days", "parts", "soon"):
        raw[name + "_pattern"] = re.compile(_any(raw[name]))
    for name in ("next_week", "next_month", "weekend"):
        raw[name] = re.compile(_any(raw[name]))
    return raw


def _any(words: object) -> str:
    return "|".join(sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


def _number(text: str) -> int:
    return int(text[:3]) if text.isdigit() else _lexicon()["numbers"][text]


def parse(text: str, now: datetime) -> datetime | None:
    """The moment meant, in Seoul time and within calling hours; None if no time is said."""
    now = now.astimezone(SEOUL) if now.tzinfo else now.replace(tzinfo=SEOUL)
    said = korean.squeeze(korean.clean(text))[0]
    if later := _after(said, now):
        return _within_hours(later, now)
    day, hour = _day(said, now), _hour(said)
    if day is None and hour is None:
        soon = _lexicon()["soon_pattern"].search(said)
        return _within_hours(now + timedelta(minutes=_lexicon()["soon"][soon[0]]), now) if soon else None
    base = day or now.date()
    moment = datetime.combine(base, hour or _usual(now, day is not None), SEOUL)
    if moment <= now and day is None:  # "세 시에" said at four
        afternoon = moment + timedelta(hours=12)
        stated = _lexicon()["parts_pattern"].search(said)
        moment = afternoon if moment.hour < 12 and not stated and afternoon > now else moment + timedelta(days=1)
    return _within_hours(moment, now)


def _after(said: str, now: datetime) -> datetime | None:
    """한 시간 있다가, 삼십 분 뒤에, 이틀 뒤."""
    found = _lexicon()["in"].search(said)
    if not found:
        return None
    count, unit, half = _number(found[1]), found[2], found[3]
    if unit == "분":
        return now + timedelta(minutes=count)
    if unit == "시간":
        return now + timedelta(hours=count, minutes=30 if half else 0)
    days = count * (7 if unit in ("주", "주일") else 1)
    if unit is None and found[1] not in ("하루", "이틀", "사흘", "나흘", "닷새", "열흘", "보름"):
        return None
    return datetime.combine(now.date() + timedelta(days=days), _hour(said) or _usual(now, True), SEOUL)


def _day(said: str, now: datetime) -> date | None:
    words = _lexicon()
    today = now.date()
    if named := words["weekday"].search(said):
        ahead = (words["weekdays"].index(named[1]) - today.weekday()) % 7
        if words["next_week"].search(said):
            return today + timedelta(days=7 - today.weekday() + words["weekdays"].index(named[1]))
        return today + timedelta(days=ahead or 7)
    if words["next_week"].search(said):
        return today + timedelta(days=7 - today.weekday())
    if words["next_month"].search(said):
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if words["weekend"].search(said):
        past = "지나" in said or "끝나" in said
        return today + timedelta(days=(5 - today.weekday()) % 7 + (2 if past else 0))
    if named := words["days_pattern"].search(said):
        return today + timedelta(days=words["days"][named[0]])
    return None


def _hour(said: str) -> time | None:
    words = _lexicon()
    part = words["parts_pattern"].search(said)
    named = [at for at in words["at"].finditer(said) if not at[4]]  # "아홉 시 전에는 안 되고 열 시 넘어서"
    if named:
        at = named[-1]
        hour = _number(at[1])
        minute = _number(at[2]) if at[2] else 30 if at[3] else 0
        evening = part and words["parts"][part[0]] >= 12
        if hour < 12 and (evening or (not part and hour < 8)):  # 세 시 without more is the afternoon
            hour += 12
        return time(hour % 24, minute % 60)
    return time(words["parts"][part[0]]) if part else None


def _usual(now: datetime, other_day: bool) -> time:
    """Another day at no given hour: mid-morning; today: as soon as is decent."""
    return time(10) if other_day else (now + timedelta(hours=1)).time().replace(microsecond=0)


def _within_hours(moment: datetime, now: datetime) -> datetime:
    if moment.time() < OPENS:
        moment = datetime.combine(moment.date(), OPENS, SEOUL)
    elif moment.time() > CLOSES:
        moment = datetime.combine(moment.date() + timedelta(days=1), OPENS, SEOUL)
    return max(moment, now).replace(second=0, microsecond=0)
