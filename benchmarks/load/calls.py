"""The scripted calls that both engines take: the same words in the same order.

The words come from the project's own phrases, another set for each call, so that neither engine can answer from what
it remembers of the call before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from anbu.settings import ROOT

# In the order in which data/scripts/initial.yml asks. Nobody here is unwell, so no question is added.
TALK = {
    "identity": ("네 김순자예요", "예 접니다", "네 맞아요", "그래요 나예요"),
    "consent": ("네 괜찮아요", "그러세요", "예 말씀하세요", "네 하세요"),
    "wellbeing": ("그럭저럭 지내지요", "잘 지내고 있어요", "별일 없이 지내요", "늘 그렇지요 뭐"),
}
FACTORS = (
    "meals", "health", "care_access", "outing", "contact", "support", "loneliness", "mood", "loss", "selfcare",
    "alcohol", "cognition", "finances", "housing",
)  # fmt: skip
LAST = {
    "needs": ("필요한 거 없어요", "없어요 괜찮아요", "딱히 없네요", "지금은 없습니다"),
    "closing": ("없어요", "없습니다", "네 없어요", "아니요 없어요"),
}
INTERRUPTIONS = ("repeat", "who", "slower", "is_human")
INTERRUPTED = ("health", "support", "alcohol")  # in an ordinary call
EARLY, LATE = 5, 60  # the turns of a long call that are compared: both answer a question
LONG_UNTIL = 65
PHRASES = 12  # of each kind, the plain ones at the head of a file


@dataclass(frozen=True)
class Book:
    """What can be said: answers by topic, in the order they are asked, and interruptions by act."""

    answers: dict[str, Sequence[str]]
    acts: dict[str, Sequence[str]]


@lru_cache(maxsize=1)
def book() -> Book:
    """The phrases of data/answers (all is well) and data/nlu/acts."""
    well = {factor: _load(f"answers/{factor}.yml")["levels"][0][:PHRASES] for factor in FACTORS}
    acts = {act: _phrases(_load(f"nlu/acts/{act}.yml")["nlu"][0]["examples"])[:PHRASES] for act in INTERRUPTIONS}
    return Book(TALK | well | LAST, acts)


def ordinary(call: int) -> list[str]:
    """A call with one interruption at each of a few questions."""
    said = []
    for topic, answers in book().answers.items():
        if topic in INTERRUPTED:
            said.append(_pick(book().acts[INTERRUPTIONS[INTERRUPTED.index(topic)]], call))
        said.append(_pick(answers, call))
    return said


def long(call: int) -> list[str]:
    """A call in which nearly every question is interrupted four times, so that it lasts beyond turn `LATE`.

    From turn 5 on every fifth turn is an answer and the four before it are interruptions: turns 5 and 60 (and 4 and
    59) are of one kind.
    """
    topics = list(book().answers)
    said = [_pick(book().answers[topic], call) for topic in topics[:3]] + [_pick(book().acts["repeat"], call)]
    for at, topic in enumerate(topics[3:]):
        if at:
            said += [_pick(book().acts[act], call + at) for act in (*INTERRUPTIONS[1:], INTERRUPTIONS[0])]
        said.append(_pick(book().answers[topic], call))
    return said[:LONG_UNTIL]


def _pick(phrases: Sequence[str], n: int) -> str:
    return phrases[n % len(phrases)]


def _load(path: str) -> dict:
    return yaml.safe_load((ROOT / "data" / path).read_text(encoding="utf-8"))


def _phrases(examples: str) -> list[str]:
    return re.findall(r"^\s*-\s+(.*\S)\s*$", examples, re.MULTILINE)
