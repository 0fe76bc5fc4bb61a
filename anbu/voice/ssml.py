"""A line as SSML: pauses where people breathe, numbers in words, telephone numbers slowly."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from anbu.voice.reading import SLOW, reading

ENDS = re.compile(r"([.!?]+)\s+|([,:])\s+")
SLOW_PART = re.compile(f"{SLOW[0]}(.*?){SLOW[1]}")


def ssml(line: str) -> str:
    """One <speak> document. The words are escaped; nothing of the line can become markup."""
    rules = reading()
    pauses = rules.pauses

    def rest(match: re.Match) -> str:
        mark = match.group(1) or match.group(2)
        kind = "comma" if match.group(2) else "question" if "?" in mark else "sentence"
        return f'{mark}<break time="{pauses[kind]}ms"/> '

    def slowly(match: re.Match) -> str:
        spaced = f'<break time="{pauses["digits"]}ms"/>'.join(match.group(1))
        return f'<prosody rate="slow">{spaced}</prosody>'

    text = ENDS.sub(rest, escape(rules.marked(line)))
    return f"<speak>{SLOW_PART.sub(slowly, text)}</speak>"
