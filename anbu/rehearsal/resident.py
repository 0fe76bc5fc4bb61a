"""The simulated resident: what a persona says, presses or does when a topic is asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from anbu.rehearsal.persona import Persona

# What a resident says where the persona gives neither an answer nor a default.
YES_BY_DEFAULT = ("identity", "consent")
NO_BY_DEFAULT = (
    "danger_check", "suicide_plan", "food_today", "scam_sent", "home_check", "proxy_concern", "needs", "closing",
)  # fmt: skip
UNSURE_BY_DEFAULT = ("utilities_since", "third_party_where", "callback_time")


@dataclass(frozen=True)
class Act:
    """One thing done on the telephone: speech, keys, hanging up, or nothing at all (silence)."""

    speech: str = ""
    digits: str = ""
    hangs_up: bool = False

    def __str__(self) -> str:
        """As a transcript shows it."""
        if self.hangs_up:
            return "(전화를 끊음)"
        return self.speech or (f"{self.digits}번 누름" if self.digits else "(말없음)")


class Resident:
    """Follows a persona.

    At a topic, in this order: each interrupt of that topic once; then silence (once if the topic has an answer or
    digits, else every time); then hanging up; then digits; then the answers, the last of which repeats.
    """

    def __init__(self, persona: Persona):
        self._persona = persona
        self._interrupts = list(persona.interrupts)
        self._given: Counter[str] = Counter()  # answers given, by topic
        self._silences: set[str] = set()  # topics once met with silence

    def hangs_up_at(self, topic: str) -> bool:
        """Whether the resident puts the telephone down there without being asked anything."""
        return self._persona.hang_up_at == topic

    def answer(self, topic: str | None) -> Act:
        """What the resident does when asked about `topic`; None is a question whose topic is not known."""
        persona = self._persona
        for interrupt in self._interrupts:
            if interrupt[0] == topic:
                self._interrupts.remove(interrupt)
                return Act(speech=interrupt[1])
        has_more = topic in persona.answers or topic in persona.digits_at or topic == persona.hang_up_at
        if topic in persona.silent_at and not (has_more and topic in self._silences):
            self._silences.add(topic)
            return Act()
        if topic is not None and topic == persona.hang_up_at:
            return Act(hangs_up=True)
        if topic in persona.digits_at:
            return Act(digits=persona.digits_at[topic])
        if topic in persona.answers:
            said = persona.answers[topic]
            nth = min(self._given[topic], len(said) - 1)
            self._given[topic] += 1
            return Act(speech=said[nth])
        return Act(speech=_unprepared(topic) if persona.default is None else persona.default)


def _unprepared(topic: str | None) -> str:
    if topic in YES_BY_DEFAULT:
        return "네"
    if topic in NO_BY_DEFAULT:
        return "아니요"
    if topic in UNSURE_BY_DEFAULT:
        return "잘 모르겠어요"
    return "글쎄요 그냥 그래요"
