"""Where an utterance waits, encrypted, while the database cannot take it; the sweeper brings it in."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import structlog

from anbu.calling.record import find_call, find_turn, hear
from anbu.language.screening import dangers
from anbu.settings import settings
from anbu.store.crypto import seal, unseal
from anbu.store.models import new_id
from anbu.store.session import transaction

log = structlog.get_logger()
LATE = 1000  # turn numbers from here on are of utterances that came in after their number was taken


def keep(call_id: str, n: int, heard: str | None, digits: str | None, now: datetime) -> None:
    """Write what was heard to a file of its own, durably."""
    settings().spool_dir.mkdir(parents=True, exist_ok=True)
    path = settings().spool_dir / f"{new_id()}.sealed"
    facts = {"call": call_id, "n": n, "heard": heard, "digits": digits, "at": now.isoformat()}
    with open(path.with_suffix(".part"), "wb") as out:
        out.write(seal(json.dumps(facts, ensure_ascii=False)))
        out.flush()
        os.fsync(out.fileno())
    path.with_suffix(".part").rename(path)
    log.error("utterance spooled", call=call_id, n=n)


def bring_in() -> int:
    """Record what waits, with its signals; → how many. A file goes only after its utterance is committed."""
    done = 0
    for path in sorted(Path(settings().spool_dir).glob("*.sealed")):
        try:
            _record(json.loads(unseal(path.read_bytes())))
        except Exception as error:  # it stays for the next time, and does not hold up the others
            log.error("spooled utterance not recorded", file=path.name, error=type(error).__name__)
            continue
        path.unlink()
        done += 1
    return done


def _record(facts: dict) -> None:
    at, heard, n = datetime.fromisoformat(facts["at"]), facts["heard"], facts["n"]
    with transaction() as db:
        call = find_call(db, facts["call"])
        while find_turn(db, call, n, None) is not None:  # the number was used again: keep both
            n += LATE
        hear(db, call, n, at, heard=heard, digits=facts["digits"], signals=dangers(heard) if heard else ())
        call.started_at = call.started_at or at
