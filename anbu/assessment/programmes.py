"""Programmes that answer what was heard, and questions for what is still unknown; from data/assessment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from anbu.assessment.vocabulary import DATA, PRIORITIES, Vocabulary, vocabulary
from anbu.errors import ContentError

PROGRAMMES = DATA / "assessment" / "programmes.yml"
QUESTIONS = DATA / "assessment" / "questions.yml"
SOURCES = ("guide", "agency", "none")


@dataclass(frozen=True)
class Contact:
    """Whom to call; `number` as it is dialled in Korea."""

    who: str
    number: str


@dataclass(frozen=True)
class Programme:
    """A public or private resource; `factors` holds from which level (1–3) it is proposed."""

    key: str
    ko: str
    gives: str
    factors: dict[str, int]
    signals: tuple[str, ...]
    call: tuple[Contact, ...]
    office: bool
    source: str
    area: str | None


@dataclass(frozen=True)
class Match:
    """A programme with the reasons, in Korean, for which it is proposed."""

    programme: Programme
    because: tuple[str, ...]


def parse_programmes(raw: dict, words: Vocabulary, where: str = "programmes.yml") -> dict[str, Programme]:
    """Check and type the programmes. Raises ContentError that names the entry and what to mend."""
    found = {}
    for key, p in ((raw or {}).get("programmes") or {}).items():
        place = f"{where}: {key}"
        if not isinstance(p, dict) or not p.get("ko") or not p.get("gives"):
            raise ContentError(f"{place} 에 ko(이름)와 gives(무엇을 돕는지)를 적어 주세요")
        factors, signals = p.get("factors") or {}, p.get("signals") or []
        if unknown := [f for f in factors if f not in words.factors] + [s for s in signals if s not in words.signals]:
            raise ContentError(f"{place} 의 {', '.join(unknown)} 은(는) factors.yml 에 없는 항목이나 신호입니다")
        if wrong := [f for f, level in factors.items() if level not in (1, 2, 3)]:
            raise ContentError(f"{place} 의 factors.{wrong[0]} 에는 1, 2, 3 가운데 하나를 적어 주세요")
        if not factors and not signals:
            raise ContentError(f"{place} 를 언제 권할지 factors 나 signals 를 하나 이상 적어 주세요")
        call = p.get("call") or []
        if any(not isinstance(c, dict) or not isinstance(c.get("number"), str) or "who" not in c for c in call):
            raise ContentError(f'{place} 의 call 은 {{who: 어디, number: "번호"}} 꼴이고, 번호는 따옴표로 감쌉니다')
        if not call and not p.get("office"):
            raise ContentError(
                f"{place} 에 전화할 곳(call)을 적거나, 행정복지센터에 신청하면 office: true 를 적어 주세요"
            )
        if p.get("source") not in SOURCES:
            raise ContentError(f"{place} 의 source 에는 {', '.join(SOURCES)} 가운데 하나를 적어 주세요")
        contacts = tuple(Contact(str(c["who"]), c["number"]) for c in call)
        found[key] = Programme(
            key, p["ko"], p["gives"], dict(factors), tuple(signals), contacts,
            bool(p.get("office")), p["source"], p.get("area"),
        )  # fmt: skip
    if not found:
        raise ContentError(f"{where}: programmes 아래에 하나도 없습니다")
    return found


def parse_questions(raw: dict, words: Vocabulary, where: str = "questions.yml") -> dict[str, list[str]]:
    """Check the suggested questions. Raises ContentError."""
    raw = raw or {}
    if unknown := [k for k in raw if k not in words.factors]:
        raise ContentError(f"{where}: {', '.join(unknown)} 은(는) factors.yml 에 없는 항목입니다")
    for key in words.factors:
        asked = raw.get(key)
        if not isinstance(asked, list) or not asked or not all(isinstance(q, str) and q.strip() for q in asked):
            raise ContentError(f"{where}: {key} 에 여쭐 말을 하나 이상 적어 주세요")
    return raw


@lru_cache(maxsize=1)
def programmes() -> dict[str, Programme]:
    """The project's programmes by key, in the order of the file."""
    return parse_programmes(yaml.safe_load(PROGRAMMES.read_text(encoding="utf-8")), vocabulary(), PROGRAMMES.name)


@lru_cache(maxsize=1)
def questions() -> dict[str, list[str]]:
    """What an officer may ask, by factor."""
    return parse_questions(yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")), vocabulary(), QUESTIONS.name)


def matching(levels: Mapping[str, int | None], signals: Collection[str], area: str = "") -> list[Match]:
    """Programmes that answer these levels (None is unknown and matches nothing) and signals, most fitting first.

    Those for a signal come first, the most urgent signal leading; then by how many factors and how severe they are.
    A programme of another `area` comes last.
    """
    words = vocabulary()
    ranked = []
    for order, programme in enumerate(programmes().values()):
        heard = [s for s in programme.signals if s in signals]
        risky = [f for f, least in programme.factors.items() if (levels.get(f) or 0) >= least]
        if not heard and not risky:
            continue
        because = [words.signals[s].ko for s in heard] + [f"{words.factors[f].ko} {levels[f]}단계" for f in risky]
        urgency = min((PRIORITIES.index(words.signals[s].priority) for s in heard), default=len(PRIORITIES))
        elsewhere = programme.area is not None and programme.area not in area
        rank = (elsewhere, urgency, -sum(levels[f] for f in risky), order)
        ranked.append((rank, Match(programme, tuple(because))))
    return [match for _, match in sorted(ranked, key=lambda pair: pair[0])]


def to_ask(levels: Mapping[str, int | None]) -> list[tuple[str, list[str]]]:
    """(factor, questions) for each factor that is unknown: those worth points first, self-harm leading."""
    words = vocabulary()
    unknown = [key for key in words.factors if levels.get(key) is None]
    unknown.sort(key=lambda key: -max(words.factors[key].points.values(), default=0) - (key == "self_harm"))
    return [(key, questions()[key]) for key in unknown]
