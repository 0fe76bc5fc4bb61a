"""`anbu campaign …`: plan, start and watch campaigns, and what they leave for people to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from anbu.errors import AnbuError

app = typer.Typer(no_args_is_help=True, help="캠페인: 명단에 전화하기")
out, err = Console(), Console(stderr=True)
BY_KO = {"machine": "안부(AI)", "person": "담당자", "visit": "방문", "post": "우편"}
WHAT_KO = {
    "planned": "예약", "claimed": "준비", "dialing": "거는 중", "placed": "울림", "unknown": "확인 중",
    "reached": "통화함", "busy": "통화 중", "no_answer": "안 받음", "machine": "자동응답", "failed": "연결 실패",
    "permanent": "없는 번호", "not_rung": "걸지 못함", "cancelled": "취소", "done": "마침",
}  # fmt: skip


@app.command()
def check(file: Path = typer.Argument(..., help="캠페인 YAML")) -> None:
    """걸지 않고 미리 봅니다: 몇 분께, 언제부터 언제까지, 몇 분, 얼마."""
    from anbu import clock
    from anbu.calling.campaigns import plan as plans
    from anbu.cli import prepare

    prepare()
    _print_forecast(plans.load(file, clock.now().date()))


@app.command()
def create(
    file: Path = typer.Argument(..., help="캠페인 YAML"),
    start: bool = typer.Option(False, help="바로 시작합니다"),
) -> None:
    """캠페인을 만듭니다. 시작하기 전에는 아무에게도 걸지 않습니다."""
    from anbu import clock
    from anbu.calling.campaigns import plan as plans
    from anbu.cli import prepare

    prepare()
    _create(plans.load(file, clock.now().date()), start)


@app.command()
def urgent(
    kind: str = typer.Argument(..., help="폭염, 한파, 재난"),
    town: list[str] = typer.Option([], help="읍면동. 여러 번 쓸 수 있습니다"),
    flag: list[str] = typer.Option([], help="위기정보"),
    min_age: int | None = typer.Option(None, help="이 나이부터"),
    start: bool = typer.Option(False, help="바로 시작합니다"),
) -> None:
    """오늘 바로 거는 긴급 캠페인을 만듭니다."""
    from anbu import clock
    from anbu.calling.campaigns import plan as plans
    from anbu.cli import prepare

    prepare()
    chosen = {"towns": town, "flags": flag, "min_age": min_age}
    residents = {key: value for key, value in chosen.items() if value}
    _create(plans.urgent(kind, residents, clock.now().date()), start)


def _move(to: str, says: str):
    def command(campaign: str = typer.Argument(..., help="번호나 이름의 앞부분")) -> None:
        from anbu import clock
        from anbu.calling.campaigns import service
        from anbu.cli import prepare
        from anbu.store.session import transaction

        prepare()
        with transaction() as db:
            found = service.find(db, campaign)
            service.move(db, found, to, clock.now())
            out.print(f"'{found.name}' {says}")

    return command


for _name, _to, _help, _says in (
    ("start", "start", "캠페인을 시작합니다.", "캠페인을 시작했습니다."),
    ("pause", "pause", "잠시 멈춥니다. 지금 하는 통화는 그대로 마칩니다.", "캠페인을 멈추었습니다."),
    ("resume", "resume", "다시 이어 겁니다.", "캠페인을 이어 갑니다."),
    ("stop", "stop", "그만둡니다. 남은 예약을 모두 거둡니다.", "캠페인을 그만두었습니다."),
):
    app.command(_name, help=_help)(_move(_to, _says))


@app.command("list")
def show_all() -> None:
    """캠페인을 새것부터 보여 줍니다."""
    from sqlalchemy import select

    from anbu.calling.campaigns import service
    from anbu.cli import prepare
    from anbu.store.campaigns import Campaign
    from anbu.store.session import transaction

    prepare()
    table = Table("번호", "이름", "상태", "통화함", "남음", "담당자·방문·우편")
    with transaction() as db:
        for campaign in db.scalars(select(Campaign).order_by(Campaign.created_at.desc()).limit(50)):
            counts = service.summary(db, campaign.id)
            machine = counts.get("machine", {})
            people = sum(n.get("planned", 0) for by, n in counts.items() if by != "machine")
            state = service.STATES_KO.get(campaign.state, "늘 열림")
            table.add_row(campaign.id[:8], campaign.name, state, str(machine.get("reached", 0)),
                          str(machine.get("planned", 0)), str(people))  # fmt: skip
    out.print(table)


@app.command()
def show(campaign: str = typer.Argument(..., help="번호나 이름의 앞부분")) -> None:
    """캠페인 하나의 형편."""
    from anbu.calling.campaigns import service
    from anbu.cli import prepare
    from anbu.store.session import transaction

    prepare()
    with transaction() as db:
        found = service.find(db, campaign)
        out.print(f"[bold]{found.name}[/bold] · {service.STATES_KO.get(found.state, found.state)} · {found.id[:8]}")
        out.print(summary_table(service.summary(db, found.id)))


@app.command()
def todo(
    by: str = typer.Option("person", help="person 담당자가 걸 분, visit 방문할 분, post 우편을 보낼 분"),
    file: Path | None = typer.Option(None, help="파일(.csv, .xlsx)로 내보냅니다"),
    town: list[str] = typer.Option([], help="읍면동"),
) -> None:
    """사람이 할 일의 목록: 급한 분부터."""
    from anbu.calling.campaigns.handlists import HEADING, tasks
    from anbu.calling.residents import exporting
    from anbu.cli import prepare
    from anbu.store.session import transaction

    if by not in ("person", "visit", "post"):
        raise AnbuError("--by는 person, visit, post 가운데 하나입니다")
    prepare()
    with transaction() as db:
        rows = [HEADING, *(task.cells() for task in tasks(db, by, town))]
    if file:
        count = exporting.write(rows, file)
        out.print(f"{count}명을 {file}에 적었습니다. 개인정보가 들어 있으니 조심해서 다루세요.")
        return
    table = Table(*HEADING, title=f"{BY_KO[by]}: {len(rows) - 1}명", title_justify="left")
    for row in rows[1:]:
        table.add_row(*row)
    out.print(table)


@app.command()
def tell(
    task: str = typer.Argument(..., help="`anbu campaign todo`의 번호"),
    result: str = typer.Argument(..., help="reached 만남·통화함, no_answer 닿지 않음"),
) -> None:
    """사람이 건 전화·방문·우편의 결과를 알립니다."""
    from anbu import clock
    from anbu.calling.campaigns.handlists import find_task
    from anbu.calling.dispatch.aftermath import record_person
    from anbu.cli import prepare
    from anbu.store.session import transaction

    if result not in ("reached", "no_answer"):
        raise AnbuError("결과는 reached나 no_answer로 적으세요")
    prepare()
    with transaction() as db:
        record_person(db, find_task(db, task), result, clock.now())
    out.print("적었습니다.")


def summary_table(counts: dict[str, dict[str, int]]) -> Table:
    """Attempts by who makes them and how they went."""
    table = Table("누가", "어떻게", "몇 번")
    for by, results in counts.items():
        for what, n in sorted(results.items(), key=lambda item: -item[1]):
            table.add_row(BY_KO[by], WHAT_KO.get(what, what), str(n))
    return table


def _create(plan, start: bool) -> None:
    from anbu import clock
    from anbu.calling.campaigns import service
    from anbu.store.session import transaction

    _print_forecast(plan)
    with transaction() as db:
        campaign = service.create(db, plan, clock.now())
        if start:
            service.move(db, campaign, "start", clock.now())
        out.print(
            f"캠페인 번호 [bold]{campaign.id[:8]}[/bold]" + (" 시작했습니다." if start else " (아직 시작하지 않음)")
        )


def _print_forecast(plan) -> None:
    from anbu import clock
    from anbu.calling.campaigns.forecast import forecast
    from anbu.calling.residents.standing import WHY_KO
    from anbu.calling.scripts import script

    f = forecast(plan, clock.now())
    table = Table(title=f"{plan.name} — 미리 보기 (걸지 않았습니다)", title_justify="left", show_header=False)
    left_out = ", ".join(f"{WHY_KO[why]} {n}명" for why, n in f.left_out.items()) or "없음"
    rows = [
        ("대본", script(plan.script).ko),
        ("시간대", ", ".join(str(w) for w in plan.windows) + ("" if plan.on_holidays else " (공휴일 제외)")),
        ("첫 차례", f"{f.first:%Y-%m-%d}"),
        ("전화할 분", f"{f.callable:,}명"),
        ("번호가 없어 담당자가 살필 분", f"{f.to_person:,}명"),
        ("걸지 않을 분", left_out),
        ("거는 횟수", f"약 {f.calls:,}번, 받으실 통화 약 {f.answered:,}번"),
        ("통화 시간", f"약 {f.minutes:,}분"),
        ("사전 문자", f"{f.texts:,}건" if plan.text_before else "보내지 않음"),
        ("비용", f"약 {f.won:,}원"),
        ("걸리는 때", _span(f)),
    ]
    for key, value in rows:
        table.add_row(key, value)
    out.print(table)
    out.print("어림셈입니다. 가정은 data/calling/campaign.yml의 assumptions에서 고칩니다.", style="dim")


def _span(f) -> str:
    if f.begins is None:
        return "시간대가 열리지 않음"
    begins = f"{f.begins:%m-%d %H:%M}부터 "
    if f.ends is None:
        return begins + f"기한까지 약 {f.leftover:,}번을 다 걸지 못함 → 동시 통화나 시간대를 늘리세요"
    return begins + f"{f.ends + timedelta(seconds=30):%m-%d %H:%M}까지"
