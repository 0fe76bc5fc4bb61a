"""The utterances that went wrong, by how much it matters. Of the held-out set only on demand: it is not for tuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.evaluation.gold import CLEAN, Heard, Pair, Utterance
from benchmarks.evaluation.metrics import asked, false_codes


def listing(runs: Mapping[str, Sequence[Pair]]) -> str:
    """Markdown: missed signals, false alarms, wrong levels, wrong acts; under noise only the signals lost to it."""
    clean = runs[CLEAN]
    groups = {
        "놓친 신호": [_line(g, h, _missed(g, h)) for g, h in clean if _missed(g, h)],
        "오경보": [_line(g, h, _raised(h)) for g, h in clean if false_codes(g, h)],
        **_levels(asked(clean)),
        "덧붙인 항목": [_line(g, h, told) for g, h in clean if (told := _volunteered(g, h))],
        "화행": [_line(g, h, f"{g.act} → {h.act}") for g, h in clean if not g.signals and h.act != g.act],
    }
    for kind, pairs in runs.items():
        lost = (
            (noisy, h, _missed(noisy, h))
            for (noisy, h), (g, before) in zip(pairs, clean, strict=True)
            if _missed(noisy, h) and not _missed(g, before)
        )
        groups[f"잡음({kind}) 때문에 놓친 신호"] = [_line(*found) for found in lost]
    return "\n".join("\n".join([f"## {t} ({len(lines)})", "", *lines, ""]) for t, lines in groups.items() if lines)


def _levels(pairs: Sequence[Pair]) -> dict[str, list[str]]:
    """Wrong levels of asked factors, the dangerous ones first."""
    groups: dict[str, list[str]] = {"낮춰 읽음": [], "높여 읽음": [], "판단 보류": [], "다른 단계": []}
    for gold, heard in pairs:
        wanted, level = gold.factors[gold.topic], heard.levels.get(gold.topic)
        if level in wanted:
            continue
        kind = "다른 단계"
        if level is None:
            kind = "판단 보류"
        elif level == 0 and min(wanted) >= 2:
            kind = "낮춰 읽음"
        elif level >= 2 and max(wanted) == 0:
            kind = "높여 읽음"
        groups[kind].append(_line(gold, heard, f"{gold.topic} {_either(wanted)} → {level}"))
    return groups


def _line(gold: Utterance, heard: Heard, what: str) -> str:
    asked_for = f" _({gold.topic}: {gold.question or '-'})_" if gold.topic else ""
    return f"- {what} — {gold.text}{asked_for}"


def _missed(gold: Utterance, heard: Heard) -> str:
    missed = sorted(gold.signals - heard.signals.keys())
    return f"{', '.join(missed)} (들은 것: {_raised(heard)})" if missed else ""


def _raised(heard: Heard) -> str:
    return ", ".join(code + "?" * confirm for code, confirm in heard.signals.items()) or "없음"


def _either(levels: frozenset[int]) -> str:
    return "/".join(map(str, sorted(levels)))


def _volunteered(gold: Utterance, heard: Heard) -> str:
    """Factors told unasked and read wrongly or not at all, or read without being told."""
    told = {f: levels for f, levels in gold.factors.items() if f != gold.topic}
    read = {f: level for f, level in heard.levels.items() if f != gold.topic}
    wrong = [
        f"{f} {_either(told[f]) if f in told else '없음'} → {read.get(f, '없음')}"
        for f in sorted(told.keys() | read.keys())
        if f not in told or read.get(f) not in told[f]
    ]
    return ", ".join(wrong)
