"""Clauses of an utterance, from the one morpheme analysis."""

from __future__ import annotations

from collections.abc import Sequence

from anbu.language.features import content
from anbu.language.korean import Morpheme

# Connective endings after which something new is said; -어, -지, -게 and the like only lean on the next verb.
_JOINTS = (
    "는데", "은데", "ᆫ데", "던데", "는디", "은디", "ᆫ디", "지만", "니까", "으니까", "니께", "ᆼ께", "응께", "은께",
    "고", "며", "면서", "어서", "아서", "라서", "더니", "다가", "거든", "길래", "어도", "아도", "라도", "는데도",
    "지마는", "구", "느라고", "느라", "으니", "니",
)  # fmt: skip
_OWN = 2  # a clause with fewer words of meaning is joined to the next


def clauses(morphemes: Sequence[Morpheme]) -> list[Sequence[Morpheme]]:
    """Consecutive runs of morphemes, each about one statement. One run for a simple utterance."""
    runs, start = [], 0
    for i, m in enumerate(morphemes):
        after = morphemes[i + 1] if i + 1 < len(morphemes) else None
        if after is None:
            break
        ends = m.tag == "EF" and after.tag != "JX"
        joins = m.tag == "EC" and m.form in _JOINTS and after.tag not in ("VX", "JX") and after.lemma != "있다"
        softened = m.tag == "JX" and i > 0 and morphemes[i - 1].tag == "EF"  # 먹어 + 요, 먹었 + 어 + 예
        if (ends or joins or softened) and sum(map(content, morphemes[start : i + 1])) >= _OWN:
            runs.append(morphemes[start : i + 1])
            start = i + 1
    rest = morphemes[start:]
    if runs and sum(map(content, rest)) < _OWN:
        runs[-1] = [*runs[-1], *rest]
    elif rest:
        runs.append(rest)
    return runs


def bounds(run: Sequence[Morpheme]) -> tuple[int, int]:
    """Offsets of a run in its text."""
    return run[0].start, max(m.end for m in run)
