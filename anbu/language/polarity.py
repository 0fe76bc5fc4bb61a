"""What a bare yes or no means: read off the question's own words, for questions nobody has labelled as well.

The level reader is shown the question as a statement (끼니를 거르실 때가 많으세요? → 2); yes asserts that, no
denies it. Negative suggestions (거르지는 않으세요?) can be answered both ways with either word, so they say nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import yaml

from anbu.language import korean
from anbu.language.model import LanguageModel

_SURE = 0.4  # least probability of the level a question asserts


@dataclass(frozen=True, slots=True)
class Polarity:
    """Levels that "yes", "no", "there is" and "there is none" stand for; None where they settle nothing."""

    affirm: int | None = None
    deny: int | None = None
    have: int | None = None
    have_not: int | None = None


@lru_cache(maxsize=1)
def _lexicon() -> dict:
    raw = yaml.safe_load((korean.LEXICON / "polarity.yml").read_text(encoding="utf-8"))
    for name in ("open", "negative", "specific"):
        raw[name] = re.compile("|".join(raw[name]))
    raw["people_asked"] = re.compile("|".join(raw["people"]["asked"]))
    raw["existence"] = re.compile("(?:" + "|".join(raw["existence"]) + ")$")
    return raw


def _bare(question: str) -> str:
    return re.sub(r"[^가-힣0-9]", "", korean.clean(question))


@lru_cache(maxsize=1024)
def polarity(question: str, topic: str, model: LanguageModel) -> Polarity:
    """The meaning of bare replies to `question` about the factor `topic`."""
    bare = _bare(question)
    existence = bool(_lexicon()["existence"].search(bare))
    for known in model.questions:
        if known.topic == topic and _bare(known.text) == bare:
            return _labelled(known.yes, known.no, bare, existence)
    # Of several sentences the last one asks: "조심스럽게 여쭤볼게요. …"
    last = [part for part in re.split(r"[.?!\n]", korean.clean(question)) if part.strip()][-1:] or [""]
    asked = _bare(last[0])
    if not asked or _lexicon()["open"].search(asked):
        return Polarity()
    return _inferred(last[0].strip(), asked, existence, topic, model)


def _labelled(yes: int | None, no: int | None, bare: str, existence: bool) -> Polarity:
    if not existence:
        return Polarity(yes, no)
    if "없" in bare[-6:] and yes and no == 0:  # 사람이 아무도 없으세요? 네 → 없어요
        good = not _soft(bare)
        return Polarity(yes, no, no if good else yes, yes if good else no)
    return Polarity(yes, no, yes, no)


def _soft(bare: str) -> bool:
    """데는 없으세요, 적은 없으세요: a suggestion that something bad might be there."""
    return bool(re.search(r"(데|곳|적|일|점|때|것|건|게|어려움|불편)(이|은|는|도)?없", bare))


def _statement(sentence: str) -> str:
    """도와줄 분이 있나요 → 도와줄 분이 있어요: a level reader takes the question for a complaint."""
    found = re.search(r"(\S*?)([있계없]\S*)$", sentence)
    if found and _lexicon()["existence"].search(_bare(sentence)):
        return sentence[: found.start(2)] + ("없어요" if found[2].startswith("없") else "있어요")
    return re.sub(r"([은는])요$", r"\1 있어요", sentence)


def _inferred(sentence: str, bare: str, existence: bool, topic: str, model: LanguageModel) -> Polarity:
    words = _lexicon()
    people = words["people"]["levels"].get(topic)
    if people and existence and "없" not in bare[-6:] and words["people_asked"].search(bare):
        some, none = people
        return Polarity(some, none, some, none)
    chances = model.head("levels:" + topic, model.hear(_statement(sentence)).whole)
    chances = chances / chances.sum()
    level = int(chances.argmax())
    trouble = 1 - chances[0] / chances.sum()
    if chances[level] < _SURE or 0.35 < trouble < 0.5:
        return Polarity()
    negative = bool(words["negative"].search(bare[-9:]))
    specific = bool(words["specific"].search(bare))
    worse = int(np.argmax(chances[1:])) + 1
    if negative and (level == 0 or _soft(bare)):
        return Polarity(have=worse, have_not=0) if existence else Polarity()
    if level == 0:
        deny = None if specific else words["no_to_good"].get(topic)
        return Polarity(0, deny, 0 if existence else None, deny if existence else None)
    deny = None if specific or (level == 3 and topic not in words["no_to_severe"]) else 0
    if not existence:
        return Polarity(level, deny)
    return Polarity(level, deny, deny, level) if negative else Polarity(level, deny, level, deny)
