"""`anbu demo-campaign`: a town of made-up residents is called, from the list to a filled review queue."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import func, select

from anbu import clock
from anbu.calling.campaigns.plan import parse
from anbu.calling.campaigns.service import create, move, summary
from anbu.calling.dispatch.dispatcher import Dispatcher
from anbu.calling.record import add_resident
from anbu.calling.windows import next_span, windows
from anbu.errors import ContentError
from anbu.log import configure_logging
from anbu.rehearsal.engine import running_engine
from anbu.rehearsal.line import UNANSWERED, Fate, RehearsalLine
from anbu.rehearsal.persona import Persona, load
from anbu.settings import ROOT, settings
from anbu.store.campaigns import LIVE, Attempt
from anbu.store.models import AssessmentRow, Call, Case
from anbu.store.session import transaction

CAST = ROOT / "data" / "rehearsal" / "cast.yml"
RETRY = {"tries": 2, "busy": "3s", "no_answer": "5s", "failed": "3s", "machine": "5s",
         "person": {"tries": 2, "within": "1d"}, "then": ["visit", "post"]}  # fmt: skip
PLAN = {"script": "weekly", "windows": ["매일 08:00-21:00"], "holidays": "call", "retry": RETRY,
        "calls_per_second": 20, "concurrent_calls": 24}  # fmt: skip
PACE_S = 0.3  # how long a telephone rings; nobody pauses for breath
MOST_S = 900


@lru_cache(maxsize=1)
def _cast() -> dict:
    raw = yaml.safe_load(CAST.read_text(encoding="utf-8"))
    if sum(fate["share"] for fate in raw["fates"]) != 100:
        raise ContentError(f"{CAST.name}: share를 모두 더하면 100이어야 합니다 (shares must add up to 100)")
    return raw


def town(count: int) -> Iterator[tuple[dict, Fate, str]]:
    """Made-up residents: (values, what happens when they are called, that in words). The same ones every time."""
    cast, chance = _cast(), random.Random(_cast()["seed"])
    kinds = [fate for fate in cast["fates"] for _ in range(fate["share"])]
    chance.shuffle(kinds)
    used: Counter = Counter()
    for n in range(count):
        fate = kinds[n % len(kinds)]
        person = {
            "name": chance.choice(cast["surnames"]) + chance.choice(cast["given"]), "phone": f"+82100{7_000_000 + n}",
            "town": chance.choice(cast["towns"]), "birth_year": chance.randint(1934, 1986),
            "flags": chance.sample(cast["flags"], 1) if chance.random() < 0.2 else [],
        }  # fmt: skip
        if "never" in fate:
            endings: list[str | Persona] = [fate["never"]]
        else:
            name = fate["personas"][used[fate["ko"]] % len(fate["personas"])]
            used[fate["ko"]] += 1
            endings = [*fate.get("first", []), replace(_persona(name), name=person["name"], direction="outbound")]
        if strange := [e for e in endings if isinstance(e, str) and e not in UNANSWERED]:
            raise ContentError(f"{CAST.name}: '{strange[0]}'는 모르는 일입니다. {', '.join(UNANSWERED)}")
        yield person, Fate(endings), fate["ko"]


@lru_cache(maxsize=64)
def _persona(name: str) -> Persona:
    path = ROOT / "data" / "personas" / f"{name}.yml"
    return load(path if path.exists() else path.parent / "unsolved" / path.name)


def run(out: Console, count: int | None = None) -> bool:
    """Call the whole town and show what came of it; → whether everything went well."""
    configure_logging(logging.ERROR)  # the progress bar tells enough
    count = count or _cast()["residents"]
    people = list(town(count))
    fates = {person["phone"]: fate for person, fate, _ in people}
    now = _daytime(out)
    with running_engine() as engine:
        line = RehearsalLine(engine.url, fates.__getitem__, ring_s=PACE_S, speak_s=0.0)
        with transaction() as db:
            ids = []
            for values, _, _ in people:
                resident = add_resident(db, values["name"], values["phone"], now(), "weekly")
                resident.town, resident.birth_year, resident.flags = (
                    values["town"],
                    values["birth_year"],
                    values["flags"],
                )
                resident.opted_out_at, resident.phone_state = None, "ok"
                ids.append(resident.id)
        with transaction() as db:
            plan = parse({"name": "연습 캠페인", **PLAN, "residents": {"ids": ids}}, now().date())
            campaign = create(db, plan, now())
            move(db, campaign, "start", now())
            campaign_id = campaign.id
        started = time.monotonic()
        with _working(line, now):
            finished = _watch(out, campaign_id, count)
        took = time.monotonic() - started
    _summary(out, campaign_id, Counter(ko for _, _, ko in people), took)
    for problem in dict.fromkeys(line.problems):
        out.print(f"[red]{problem}[/red]")
    return finished and not line.problems


def _daytime(out: Console):
    """The clock; at night one that is ahead, so that the rehearsal keeps to calling hours too."""
    span = next_span(windows(PLAN["windows"]), clock.now(), on_holidays=True)
    ahead = span.opens - clock.now()
    if ahead.total_seconds() <= 1:
        return clock.now
    out.print("▸ 지금은 전화하지 않는 시간이라 연습 시계를 아침으로 맞춥니다")
    return lambda: clock.now() + ahead


@contextmanager
def _working(line: RehearsalLine, now):
    stop = threading.Event()
    configured = settings().calls_per_second
    settings().calls_per_second = max(configured, PLAN["calls_per_second"])
    worker = Dispatcher(line, threads=8, now=now)
    thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        settings().calls_per_second = configured


def _watch(out: Console, campaign_id: str, count: int) -> bool:
    """Show progress until nobody is left for the machine to call; → whether that came about."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    deadline = time.monotonic() + MOST_S
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("주민께 전화하는 중", total=count)
        while time.monotonic() < deadline:
            with transaction() as db:
                mine = select(func.count(func.distinct(Attempt.resident_id))).where(
                    Attempt.campaign_id == campaign_id,
                    Attempt.by == "machine",
                    Attempt.reason.is_distinct_from("promised"),
                )
                waiting = db.scalar(mine.where(Attempt.state.in_(("planned", *LIVE))))
                known = db.scalar(mine)
            progress.update(bar, completed=known - waiting)
            if known >= count and not waiting:
                return True
            time.sleep(0.3)
    out.print(f"[red]{MOST_S}초 안에 끝나지 않았습니다. `anbu calls stuck`을 보세요[/red]")
    return False


def _summary(out: Console, campaign_id: str, kinds: Counter, took: float) -> None:
    from anbu.commands.campaigns import summary_table

    made = Table("주민", "명", title="누구에게 걸었나 (지어낸 주민)", title_justify="left")
    for ko, n in kinds.most_common():
        made.add_row(ko, str(n))
    with transaction() as db:
        calls = select(Call.id).join(Attempt, Attempt.call_id == Call.id).where(Attempt.campaign_id == campaign_id)
        attempts = summary(db, campaign_id)
        urgent = select(AssessmentRow.priority, func.count()).where(AssessmentRow.call_id.in_(calls))
        found = dict(db.execute(urgent.group_by(AssessmentRow.priority)).all())
        cases = db.scalar(select(func.count()).select_from(Case).where(Case.call_id.in_(calls)))
    out.print(made)
    out.print(summary_table(attempts))
    levels = " · ".join(f"{p} {found[p]}건" for p in sorted(found))
    rung = sum(n for result, n in attempts.get("machine", {}).items() if result != "planned")
    out.print(f"\n{took:.0f}초 동안 {rung}번 걸었습니다. 평가한 통화: {levels}. 검토할 사례 {cases}건.")
