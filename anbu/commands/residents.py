"""`anbu residents …`: lists in and out, who may be called."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from anbu.errors import AnbuError

app = typer.Typer(no_args_is_help=True, help="주민 명단")
out, err = Console(), Console(stderr=True)
SHOWN = 30  # problems printed; the rest are counted


@app.command("import")
def take_in(
    file: Path = typer.Argument(..., help="CSV(UTF-8, CP949) 또는 XLSX"),
    columns: list[str] = typer.Option([], "--map", help="'명단의 열=항목'. 여러 번 쓸 수 있습니다"),
    keep_good: bool = typer.Option(False, help="잘못된 줄은 빼고 나머지를 들여옵니다"),
    dry_run: bool = typer.Option(False, help="검사만 하고 들여오지 않습니다"),
) -> None:
    """명단을 검사해 들여옵니다. 잘못된 줄이 있으면 아무것도 들여오지 않고 줄과 까닭을 보여 줍니다."""
    from anbu import clock
    from anbu.calling.residents import importing
    from anbu.cli import prepare
    from anbu.store.session import transaction

    prepare()
    checked = importing.check(file, dict(_pair(text) for text in columns))
    _show("들여올 수 없는 줄", checked.refused, "red")
    _show("합친 줄", checked.merged, "yellow")
    if checked.ignored:
        out.print(f"쓰지 않은 열: {', '.join(checked.ignored)}", style="dim")
    refused = len({problem.row for problem in checked.refused})
    if dry_run or (refused and not keep_good):
        out.print(f"{checked.rows}줄 가운데 주민 {len(checked.people)}명, 잘못된 줄 {refused}개. 들여오지 않았습니다.")
        raise typer.Exit(1 if refused else 0)
    with transaction() as db:
        record = importing.take_in(db, checked, clock.now())
        out.print(
            f"새로 {record.added}명, 고침 {record.updated}명, 합침 {record.merged}줄, 뺌 {record.refused}줄. "
            f"명단 번호 [bold]{record.id[:8]}[/bold]"
        )  # fmt: skip


@app.command("export")
def give_out(
    file: Path = typer.Argument(..., help="만들 파일 (.csv, .xlsx)"),
    town: str | None = typer.Option(None, help="이 읍면동만"),
) -> None:
    """명단을 파일로 내보냅니다. 개인정보가 들어 있으니 조심해서 다루세요."""
    from anbu.calling.residents import exporting
    from anbu.cli import prepare
    from anbu.store.session import transaction

    prepare()
    with transaction() as db:
        count = exporting.write(exporting.residents(db, town), file)
    out.print(f"{count}명을 {file}에 적었습니다.")


@app.command("do-not-call")
def do_not_call(phone: str, undo: bool = typer.Option(False, help="다시 전화해도 됩니다")) -> None:
    """이 번호로는 전화하지 않습니다. 예약된 전화도 바로 거둡니다."""
    from anbu import clock
    from anbu.calling.record import find_resident
    from anbu.calling.residents.phones import normalise
    from anbu.calling.residents.standing import OFFICE, allow, forbid
    from anbu.cli import prepare
    from anbu.store.session import transaction

    prepare()
    with transaction() as db:
        resident = find_resident(db, normalise(phone))
        if resident is None:
            raise AnbuError("그 번호의 주민이 없습니다 (no resident with this number)")
        allow(db, resident) if undo else forbid(db, resident, OFFICE, clock.now())
    out.print("다시 전화할 수 있습니다." if undo else "이제 전화하지 않습니다.")


def _pair(text: str) -> tuple[str, str]:
    theirs, found, ours = text.partition("=")
    if not found:
        raise AnbuError(f"--map '{text}': '명단의 열=항목'으로 적으세요. 예: --map '보호자 연락처=phone'")
    return theirs.strip(), ours.strip()


def _show(title: str, problems: list, style: str) -> None:
    if not problems:
        return
    table = Table("줄", "열", "까닭", title=f"{title} {len(problems)}건", title_justify="left", style=style)
    for problem in problems[:SHOWN]:
        table.add_row(str(problem.row), problem.column, problem.says)
    if len(problems) > SHOWN:
        table.add_row("…", "", f"그 밖에 {len(problems) - SHOWN}건")
    out.print(table)
