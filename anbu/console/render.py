"""Templates and the few filters they use. Words for people are in the templates and in data/console/words.yml."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anbu.assessment.vocabulary import BAND_KO, DATA, vocabulary
from anbu.clock import SEOUL
from anbu.settings import settings

HERE = Path(__file__).parent
WEEKDAYS = "월화수목금토일"


@lru_cache(maxsize=1)
def words() -> dict:
    """The console's names for things."""
    return yaml.safe_load((DATA / "console" / "words.yml").read_text(encoding="utf-8"))


def render(template: str, **context) -> str:
    """An HTML page; a name the template misses is an error, not a blank."""
    return _environment().get_template(template).render(office=settings().office_name, **context)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    env.filters.update(
        day=day, moment=moment, iso=iso, left=left, ago=ago, span=span, urlencode_query=query_string, why=why, told=told
    )
    env.globals.update(words=words(), vocabulary=vocabulary(), band_ko=BAND_KO, static=static, late=late)
    return env


@lru_cache(maxsize=32)
def static(name: str) -> str:
    """The address of a static file, new when its content is."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def day(value: datetime | date | None) -> str:
    """11월 23일 (월)"""
    if value is None:
        return ""
    local = value.astimezone(SEOUL) if isinstance(value, datetime) else value
    return f"{local.month}월 {local.day}일 ({WEEKDAYS[local.weekday()]})"


def moment(value: datetime | None) -> str:
    """11월 23일 (월) 14:05"""
    return "" if value is None else f"{day(value)} {value.astimezone(SEOUL):%H:%M}"


def iso(value: datetime) -> str:
    return value.isoformat()


def span(seconds: float) -> str:
    """A length of time in words: 45초, 12분, 3시간 20분, 2일 4시간."""
    seconds = int(abs(seconds))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days}일 {hours % 24}시간" if hours % 24 else f"{days}일"
    if hours:
        return f"{hours}시간 {minutes % 60}분" if minutes % 60 else f"{hours}시간"
    return f"{minutes}분" if minutes else f"{seconds}초"


def left(due: datetime, now: datetime) -> str:
    """How long until a deadline, or past it."""
    return (
        f"{span((now - due).total_seconds())} 지남" if late(due, now) else f"{span((due - now).total_seconds())} 남음"
    )


def why(reasons: list[str]) -> str:
    """A case's reasons in one line."""
    return ", ".join(r.replace("위험신호: ", "") for r in reasons)


def told(detail: dict) -> str:
    """The detail of an audit entry in words."""
    names, said = words()["details"], []
    for key, value in detail.items():
        if value in (None, "", []):
            continue
        value = (
            ", ".join(map(str, value)) if isinstance(value, list) else {True: "예", False: "아니요"}.get(value, value)
        )
        said.append(f"{names.get(key, key)} {value}")
    return " · ".join(said)


def query_string(values: dict) -> str:
    """Parameters of a link; lists are repeated, what is empty is left out."""
    return urlencode({k: v for k, v in values.items() if v not in (None, "")}, doseq=True)


def late(due: datetime, now: datetime) -> bool:
    return due < now


def ago(value: datetime, now: datetime) -> str:
    return f"{span((now - value).total_seconds())} 전"
