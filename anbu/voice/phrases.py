"""The fixed phrases: every line the call can say that carries nothing personal. Anything else is personal."""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from anbu.calling.scripts import follow_ups, script
from anbu.handover.script import handover_script
from anbu.language.speech import number_aloud
from anbu.settings import ROOT, settings

PLACEHOLDER = re.compile(r"\{(\w+)\}")
OURS = ("office", "verify_number")  # what a phrase may be filled with and still be said to everyone
ASK = "utter_ask_"
ASIDES = ("identity", "consent", "danger_check", "callback_time", "home_check", "proxy_concern")


@lru_cache(maxsize=1)
def _responses() -> dict[str, list[dict]]:
    return yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]


def fill(text: str) -> str:
    """The office's own values put into a line."""
    s = settings()
    return text.replace("{office}", s.office_name).replace("{verify_number}", number_aloud(s.verify_number))


def fixed_phrases(name: str | None = None) -> list[str]:
    """Every fixed phrase, or those a script can say, in the order of domain.yml, each once."""
    asked = None
    if name is not None:
        topics = {t.key for t in script(name).topics} | set(ASIDES)
        topics |= {topic for rules in follow_ups().values() for topic in rules.get("ask", [])}
        asked = {ASK + topic for topic in topics}
    texts = []
    for response, variants in _responses().items():
        if asked is None or not response.startswith(ASK) or response in asked:
            texts += [v["text"] for v in variants if v.get("text")]
    texts += handover_script().all_lines()
    fixed = (t for t in texts if set(PLACEHOLDER.findall(t)) <= set(OURS))
    return list(dict.fromkeys(fill(t) for t in fixed))


@lru_cache(maxsize=1)
def _known(office: str, verify_number: str) -> frozenset[str]:
    return frozenset(fixed_phrases())


def is_fixed(line: str) -> bool:
    """Whether a line is a fixed phrase, to be kept under a name anyone could compute."""
    return line in _known(settings().office_name, settings().verify_number)
