"""Times and words of a hand-over (data/voice/handover.yml)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from anbu.assessment.vocabulary import vocabulary
from anbu.errors import ContentError
from anbu.language.speech import DIGITS
from anbu.settings import ROOT, settings

FILE = ROOT / "data" / "voice" / "handover.yml"
TIMES = {"ring_s": (5, 60), "key_s": (10, 60), "room_s": (15, 300), "least_talk_s": (0, 300), "listen_s": (2, 20)}
LINES = tuple(
    """hold_1 hold_2 hold_3 hold_quiet joining still_joining next_1 next_2 next_3 next_quiet dropped noted_1 noted_2
    noted_3 ringing choice choice_again choice_one choice_one_again choice_quiet choice_quiet_again calling_line
    line_not_here wait again again_unclear again_no""".split()  # noqa: SIM905
)
OFFICER = tuple(
    """press whisper_danger whisper_asked whisper_quiet whisper_line waiting taken gone declined no_key left closed
    kept""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class HandoverScript:
    ring_s: int
    key_s: int
    room_s: int
    least_talk_s: int
    listen_s: int
    rounds: int
    choices: Mapping[str, Sequence[str]]  # signal → lines offered
    line_names: Mapping[str, str]
    quiet_for: frozenset[str]
    no_redial_for: frozenset[str]
    lines: Mapping[str, str]
    officer: Mapping[str, str]

    def offered(self, signals: Sequence[str]) -> Sequence[str]:
        """The lines to offer, for the first of the signals that has its own."""
        return next((self.choices[s] for s in signals if s in self.choices), self.choices["default"])

    def line(self, name: str, choices: Sequence[str] = (), chosen: str | None = None) -> str:
        """A line for the resident, filled in."""
        names = [self.line_names[c] for c in choices] + [""] * 2
        spelled = ", ".join(DIGITS[c] for c in chosen or "")
        return self.lines[name].replace("{first}", names[0]).replace("{second}", names[1]).replace("{spelled}", spelled)

    def choice(self, offered: Sequence[str], quiet: bool, again: bool = False) -> str:
        """The question which emergency line to ring."""
        name = "choice_quiet" if quiet else "choice" if len(offered) > 1 else "choice_one"
        return self.line(f"{name}_again" if again else name, offered)

    def all_lines(self) -> list[str]:
        """Every line a resident can hear, so that it can be rendered ahead."""
        found = [t for t in self.lines.values() if "{" not in t]
        for choices in self.choices.values():
            asked = ("choice", "choice_again") if len(choices) > 1 else ("choice_one", "choice_one_again")
            found += [self.line(name, choices) for name in asked]
            found += [self.line("line_not_here", chosen=c) for c in choices]
        return list(dict.fromkeys(found))


def number_of(line: str) -> str | None:
    """The telephone number the settings give for 109, 112 or 119."""
    return getattr(settings(), f"line_{line}", None) or None


def parse(raw: dict) -> HandoverScript:
    """Check and type the file. Raises ContentError that names the place."""
    where = "data/voice/handover.yml"
    for key, (low, high) in TIMES.items():
        if not isinstance(raw.get(key), int) or not low <= raw[key] <= high:
            raise ContentError(f"{where}: {key}는 {low}~{high}초 사이의 정수로 적으세요")
    if raw.get("rounds") not in (1, 2, 3):
        raise ContentError(f"{where}: rounds는 1, 2, 3 가운데 하나입니다")
    for part, names in (("lines", LINES), ("officer", OFFICER)):
        missing = [n for n in names if not str((raw.get(part) or {}).get(n) or "").strip()]
        if missing:
            raise ContentError(f"{where}: {part}에 {', '.join(missing)} 말을 적어 주세요")
    choices, names = raw.get("choices") or {}, raw.get("line_names") or {}
    strange = (set(choices) - {"default"} | set(raw.get("quiet_for", [])) | set(raw.get("no_redial_for", []))) - set(
        vocabulary().signals
    )
    if strange:
        raise ContentError(f"{where}: {sorted(strange)}은 위험신호가 아닙니다")
    unnamed = {line for lines in choices.values() for line in lines} - set(names)
    if "default" not in choices or unnamed or any(not 1 <= len(lines) <= 2 for lines in choices.values()):
        raise ContentError(f"{where}: choices에는 default가 있어야 하고, 위험마다 line_names에 있는 곳 한둘을 적습니다")
    for part in ("press", "taken", "gone", "declined", "no_key"):
        if re.search(r"\{|위험|자살|폭력", raw["officer"][part]):
            raise ContentError(f"{where}: officer.{part}는 자동응답기가 들을 수 있으니 사정을 담지 않습니다")
    return HandoverScript(
        **{key: raw[key] for key in TIMES}, rounds=raw["rounds"], choices=choices, line_names=names,
        quiet_for=frozenset(raw["quiet_for"]), no_redial_for=frozenset(raw["no_redial_for"]),
        lines=raw["lines"], officer=raw["officer"],
    )  # fmt: skip


@lru_cache(maxsize=1)
def handover_script() -> HandoverScript:
    """The script in use."""
    return parse(yaml.safe_load(FILE.read_text(encoding="utf-8")))
