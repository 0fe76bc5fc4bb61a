"""Plans one campaign for every resident and prints how long it took and how much memory it needed."""

import json
import resource
import time

from anbu import clock
from anbu.calling.campaigns.plan import parse
from anbu.calling.campaigns.rounds import plan_due
from anbu.calling.campaigns.service import create, move
from anbu.store.session import transaction

if __name__ == "__main__":
    now = clock.now()
    with transaction() as db:
        raw = {"name": "모두", "windows": ["매일 08:00-21:00"], "holidays": "call", "concurrent_calls": 1000,
               "calls_per_second": 100}  # fmt: skip
        campaign = create(db, parse(raw, now.date()), now)
        move(db, campaign, "start", now)
    started = time.perf_counter()
    planned = plan_due(now)
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - started, 1),
                "mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "attempts": sum(planned.values()),
            }
        )
    )
