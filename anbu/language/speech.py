"""How numbers and times are said aloud."""

from __future__ import annotations

from datetime import datetime

DIGITS = dict(zip("0123456789", "공일이삼사오육칠팔구", strict=True))
HOURS = ("열두", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한")
WEEKDAYS = "월화수목금토일"


def number_aloud(number: str) -> str:
    """A telephone number digit by digit: 02-120 → 공이에 일이공."""
    groups = ["".join(DIGITS[c] for c in part if c in DIGITS) for part in number.replace(" ", "-").split("-")]
    return "에 ".join(g for g in groups if g)


def time_aloud(moment: datetime, now: datetime) -> str:
    """A call-back time as people say it: 내일 오전 열 시에. Both moments carry the same time zone."""
    days = (moment.date() - now.date()).days
    weekday = f"{WEEKDAYS[moment.weekday()]}요일"
    if days in (0, 1, 2):
        day = ("오늘", "내일", "모레")[days]
    elif days < 7:
        day = f"이번 {weekday}" if moment.weekday() > now.weekday() else f"다음 주 {weekday}"
    else:
        day = f"{moment.month}월 {moment.day}일"
    half = "오전" if moment.hour < 12 else "오후"
    minute = " 반" if moment.minute == 30 else f" {moment.minute}분" if moment.minute else ""
    return f"{day} {half} {HOURS[moment.hour % 12]} 시{minute}에"
