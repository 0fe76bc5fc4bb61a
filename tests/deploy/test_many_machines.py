"""The topology of deploy/ on one machine: PostgreSQL, Redis, nginx, two engines and three workers run a campaign."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import func, select

from anbu.calling.campaigns.plan import parse
from anbu.calling.campaigns.service import create, move
from anbu.calling.record import add_resident
from anbu.calling.windows import next_span, windows
from anbu.clock import now
from anbu.rehearsal.engine import free_port, running_engine
from anbu.settings import ROOT
from anbu.store.campaigns import Attempt
from anbu.store.models import AssessmentRow, Call
from anbu.store.session import transaction

RESIDENTS = 10
WITHIN_S = 240
DAY = "매일 08:00-21:00"

pytestmark = [
    pytest.mark.endurance,
    pytest.mark.engine,
    pytest.mark.postgres,
    pytest.mark.skipif(next_span(windows(DAY), now(), on_holidays=True).opens > now(), reason="no calls at night"),
]


def installed(*programs: str) -> None:
    """Debian's programs, installed where that is possible."""
    if missing := [p for p in programs if not shutil.which(p)]:
        packages = {"redis-server": "redis-server", "nginx": "nginx-light"}
        if os.geteuid() == 0 and shutil.which("apt-get"):
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
            subprocess.run(["apt-get", "update", "-q"], **quiet)
            subprocess.run(
                ["apt-get", "install", "-yq", "--no-install-recommends", *map(packages.get, missing)], **quiet
            )
    if missing := [p for p in programs if not shutil.which(p)]:
        pytest.skip(f"{', '.join(missing)}이(가) 없습니다: apt-get install redis-server nginx-light")


def nginx_conf(tmp_path, port: int, engines: list[int]) -> str:
    """deploy/nginx.conf with this test's addresses, without TLS."""
    conf = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for n, engine in enumerate(engines, 1):
        conf = conf.replace(f"engine-{n}:5005", f"127.0.0.1:{engine}")
    conf = conf.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    lines = [line for line in conf.splitlines() if "ssl_certificate" not in line]
    conf = "\n".join(lines).replace("/dev/stdout", str(tmp_path / "access.log"))
    conf = f"daemon off;\npid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\n" + conf
    (tmp_path / "nginx.conf").write_text(conf, encoding="utf-8")
    return str(tmp_path / "nginx.conf")


@pytest.fixture
def together(postgres_database, configure, tmp_path):
    """Everything running; yields the ports of the two engines."""
    from anbu.training import train_if_changed

    installed("redis-server", "nginx")
    train_if_changed()
    door, redis, ports = free_port(), free_port(), [free_port(), free_port()]
    configure(PUBLIC_URL=f"http://127.0.0.1:{door}", GATEWAY="rehearsal", CALLS_PER_SECOND=20, LEASE_S=5)
    with ExitStack() as stack:
        log = stack.enter_context(open(tmp_path / "log", "wb"))

        def start(*command: str) -> None:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ})
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("redis-server", "--port", str(redis), "--save", "", "--dir", str(tmp_path))
        start("nginx", "-c", nginx_conf(tmp_path, door, ports))
        shared = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis), "ANBU_PUBLIC_URL": os.environ["ANBU_PUBLIC_URL"]}
        engines = [
            running_engine(shared, port=p, rehearsal=False, log=tmp_path / f"{p}.log", endpoints="deploy/endpoints.yml")
            for p in ports
        ]
        with ThreadPoolExecutor(2) as pool:  # both load at the same time
            list(pool.map(stack.enter_context, engines))
        for _ in range(3):
            start(sys.executable, "-m", "anbu.cli", "worker", "--threads", "4")
        yield ports, tmp_path


def test_a_campaign_runs_through_two_engines_and_three_workers(together):
    ports, folder = together
    with transaction() as db:
        ids = [add_resident(db, f"주민{n}", f"+82100{8_000_000 + n}", now(), "weekly").id for n in range(RESIDENTS)]
    with transaction() as db:
        raw = {"name": "안부", "script": "weekly", "windows": [DAY], "holidays": "call", "concurrent_calls": 10,
               "calls_per_second": 20, "residents": {"ids": ids}}  # fmt: skip
        move(db, create(db, parse(raw, now().date()), now()), "start", now())
    deadline, done = time.monotonic() + WITHIN_S, 0
    while done < RESIDENTS and time.monotonic() < deadline:
        time.sleep(0.5)
        with transaction() as db:
            done = db.scalar(select(func.count(func.distinct(Attempt.resident_id))).where(Attempt.state == "done"))
    assert done == RESIDENTS, (folder / "log").read_text(errors="replace")[-3000:]
    with transaction() as db:
        calls = db.scalars(select(Call).where(Call.direction == "outbound")).all()
        assert len(calls) == len({call.resident_id for call in calls}) == RESIDENTS
        assert db.scalar(select(func.count()).select_from(AssessmentRow)) == RESIDENTS
    for port in ports:  # both had work
        assert "call closed" in (folder / f"{port}.log").read_text(errors="replace")
