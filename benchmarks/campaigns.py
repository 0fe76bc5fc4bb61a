"""`make bench-campaigns`: planning a campaign for 100,000 residents, and claiming while history grows to 5,000,000.

On PostgreSQL (Debian's package, a server of its own); the table goes to benchmarks/results/campaigns.md.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import typer
from rich.console import Console
from sqlalchemy import text

from anbu.settings import settings

RESULTS = Path(__file__).parent / "results"
RESIDENTS = 100_000
HISTORY = (0, 500_000, 5_000_000)
CLAIMS = 200
LIMITS = {"plan_s": 60, "plan_mb": 500}


def main(quick: bool = typer.Option(False, "--quick", help="a hundredth of it; nothing is written")) -> None:
    """Measure, print the table, and write it."""
    console = Console(stderr=True)
    share = 100 if quick else 1
    with _server():
        from anbu import clock
        from anbu.store.session import engine, migrate

        migrate()
        with console.status("주민을 만듭니다…"):
            _residents(RESIDENTS // share)
        with console.status("캠페인을 계획합니다…"):
            planned = _in_a_process_of_its_own()
        rows, made = [], 0
        for size in HISTORY:
            with console.status(f"지난 시도 {size // share:,}건…"):
                _history(size // share - made)
                made = size // share
                with engine().connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
            rows.append({"history": made, **_claiming(clock.now() + timedelta(hours=1))})
    found = {"residents": RESIDENTS // share, **planned, "claiming": rows}
    Console().print_json(data=found)
    if not quick:
        _write(found)
        console.print("▸ benchmarks/results/campaigns.md")
    raise typer.Exit(0 if planned["seconds"] < LIMITS["plan_s"] and planned["mb"] < LIMITS["plan_mb"] else 1)


@contextmanager
def _server():
    """A PostgreSQL server of this run; settings point at it."""
    from tests.postgres import running

    with running() as cluster:
        os.environ.update(
            ANBU_DATABASE_URL=cluster.url(cluster.create()), ANBU_TWILIO_AUTH_TOKEN="x",
            ANBU_DATA_KEY=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(), ANBU_CALLS_PER_SECOND="200",
        )  # fmt: skip
        settings.cache_clear()
        yield


def _residents(count: int) -> None:
    """Residents made in the database: their names are one sealed name, their numbers differ."""
    from anbu.store.crypto import seal
    from anbu.store.session import transaction

    make = text(
        """INSERT INTO residents (id, name, phone, phone_hash, script, town, birth_year, consent, preferred, flags,
                                  language, hard_of_hearing, phone_state, created_at)
           SELECT md5(n::text), :name, :name, md5('p' || n), 'weekly', '동' || n % 20, 1930 + n % 60, 'given',
                  (CASE WHEN n % 5 = 0 THEN '[{"days": [0,2,4], "from": "10:00", "to": "12:00"}]' ELSE '[]' END)::json,
                  (CASE WHEN n % 7 = 0 THEN '["단전"]' ELSE '[]' END)::json, 'ko', false, 'ok', now()
           FROM generate_series(1, :count) n"""
    )
    with transaction() as db:
        db.execute(make, {"name": seal("+821000000000"), "count": count})


def _in_a_process_of_its_own() -> dict:
    """Plan the campaign in a fresh process, so that its memory is its own; → seconds, mb, attempts."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.campaigns_child"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _history(count: int) -> None:
    """Done attempts of past rounds, as many calls came before."""
    from anbu.store.session import transaction

    make = text(
        """INSERT INTO attempts (id, campaign_id, round, resident_id, n, "by", rank, state, result, due_at, not_after,
                                 created_at, done_at)
           SELECT md5(gen_random_uuid()::text), c.id, date '2020-01-01' + (random() * 2000)::int, r.id,
                  100 + (random() * 1000000)::int, 'machine', 5, 'done', 'reached', now() - interval '1 year',
                  now() - interval '1 year', now() - interval '1 year', now() - interval '1 year'
           FROM (SELECT id FROM campaigns LIMIT 1) c, residents r,
                generate_series(1, GREATEST(1, :count / (SELECT count(*) FROM residents))) n
           LIMIT :count ON CONFLICT DO NOTHING"""
    )
    if count > 0:
        with transaction() as db:
            db.execute(make, {"count": count})


def _claiming(now) -> dict:
    """Claim one at a time, and put each back; → milliseconds p50 and p95."""
    from anbu.calling.campaigns.rounds import plan_of
    from anbu.calling.dispatch.claiming import claim
    from anbu.store.campaigns import Attempt, Campaign
    from anbu.store.session import transaction

    with transaction() as db:
        campaign = db.query(Campaign).one()
        first = plan_of(campaign).span(plan_of(campaign).starts, now)
    at, took = first.opens + timedelta(seconds=1), []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        claimed = claim("bench", at, 1, timedelta(minutes=5))
        took.append((time.perf_counter() - started) * 1000)
        with transaction() as db:
            attempt = db.get(Attempt, claimed[0])
            attempt.state, attempt.result = "done", "reached"
    return {"p50_ms": round(statistics.median(took), 2), "p95_ms": round(statistics.quantiles(took, n=20)[18], 2)}


def _write(found: dict) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "campaigns.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    base = found["claiming"][0]["p50_ms"]
    lines = [
        "# 캠페인의 빠르기 (PostgreSQL)", "",
        f"주민 {found['residents']:,}명의 한 차례를 계획하는 데 **{found['seconds']:.1f}초, {found['mb']:.0f}MB** "
        f"(한도 {LIMITS['plan_s']}초, {LIMITS['plan_mb']}MB).", "",
        "| 지난 시도 | 하나를 맡는 데 p50 | p95 | 처음과 견주어 |", "|---|---|---|---|",
        *(
            f"| {row['history']:,} | {row['p50_ms']} ms | {row['p95_ms']} ms | {row['p50_ms'] / base:.2f}배 |"
            for row in found["claiming"]
        ),
        "", "`make bench-campaigns`로 다시 잽니다. 다른 일이 함께 도는 기계에서는 느려지니 견주는 값을 보세요.",
    ]  # fmt: skip
    (RESULTS / "campaigns.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
