"""`anbu accounts …`, `anbu audit …`, `anbu residents …`, `anbu console`: the console's part of the command line."""

from __future__ import annotations

import sys

import typer
from click import IntRange
from rich.console import Console
from rich.table import Table

from anbu.commands.residents import app as residents_app
from anbu.errors import AnbuError, Refused

out = Console()
accounts_app = typer.Typer(no_args_is_help=True, help="검토 화면의 계정")
audit_app = typer.Typer(no_args_is_help=True, help="감사 기록")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(accounts_app, name="accounts")
    app.add_typer(audit_app, name="audit")
    app.command()(console)


def console(port: int | None = typer.Option(None, help="포트 (기본: ANBU_CONSOLE_URL의 포트)")) -> None:
    """검토 화면만 띄워 Ctrl-C까지 돌립니다."""
    _prepare()
    first_account()
    from anbu.console.server import default_port, server

    out.print(f"▸ 검토 화면: http://127.0.0.1:{port or default_port()}  (Ctrl-C로 멈춥니다)")
    server(port).run()


@accounts_app.command("add")
def accounts_add(
    login: str | None = typer.Option(None, help="아이디"),
    name: str | None = typer.Option(None, help="이름"),
    role: str | None = typer.Option(None, help="officer | manager | writer | auditor | operator"),
    towns: str = typer.Option("", help="맡은 동, 쉼표로 나눠서"),
    all_towns: bool = typer.Option(False, help="모든 동을 봅니다"),
) -> None:
    """계정을 만듭니다. 비밀번호는 화면에 보이지 않게 물어봅니다 (표준 입력으로 줄 수도 있습니다)."""
    from anbu import clock
    from anbu.casework.accounts import make_account
    from anbu.casework.roles import ROLES
    from anbu.console.render import words
    from anbu.store.session import transaction

    _prepare()
    if role is None:
        for number, code in enumerate(ROLES, 1):
            out.print(f"  {number}. {words()['roles'][code]['ko']} — {words()['roles'][code]['does']}")
        role = ROLES[typer.prompt("어떤 역할인가요?", type=IntRange(1, len(ROLES))) - 1]
    login = login or typer.prompt("아이디 (영문 소문자와 숫자)")
    name = name or typer.prompt("이름")
    if role in ("officer", "manager") and not all_towns and not towns and sys.stdin.isatty():
        towns = typer.prompt("맡은 동 (쉼표로 나눠서. 모든 동이면 그냥 Enter)", default="", show_default=False)
        all_towns = not towns.strip()
    with transaction() as db:
        make_account(
            db, login, name, role, clock.now(), password=_password(), towns=towns.split(","),
            all_towns=all_towns or role not in ("officer", "manager"), must_change=False,
        )  # fmt: skip
    out.print(f"계정을 만들었습니다: {login} ({words()['roles'][role]['ko']})")


@accounts_app.command("list")
def accounts_list() -> None:
    """계정을 보여 줍니다."""
    from sqlalchemy import select

    from anbu.console.render import words
    from anbu.store.models import Account
    from anbu.store.session import transaction

    _prepare()
    table = Table("아이디", "이름", "역할", "맡은 동", "상태")
    with transaction() as db:
        for a in db.scalars(select(Account).order_by(Account.login)):
            towns = "모든 동" if a.all_towns else ", ".join(a.town_names)
            table.add_row(
                a.login, a.name, words()["roles"][a.role]["ko"], towns, "쓰는 중" if a.active else "쓰지 않음"
            )
    out.print(table)


@audit_app.command("verify")
def audit_verify(expect: str | None = typer.Option(None, help="전에 적어 둔 확인값")) -> None:
    """감사 기록이 처음부터 끝까지 바뀌지 않았는지 검사합니다."""
    from anbu.casework.audit import verify
    from anbu.store.session import transaction

    _prepare()
    with transaction() as db:
        verdict = verify(db, expect)
    if verdict.problem:
        raise AnbuError(f"감사 기록이 온전하지 않습니다: {verdict.problem} (앞의 {verdict.entries:,}건은 온전합니다)")
    out.print(f"감사 기록 {verdict.entries:,}건이 온전합니다.")
    out.print(f"마지막 확인값: {verdict.head or '없음'}")
    out.print("다른 곳에 적어 두었다가 --expect로 넣으면, 통째로 바꾼 것도 찾습니다.")


@residents_app.command("erase")
def residents_erase(
    resident: str = typer.Argument(help="주민 번호 (검토 화면의 주소에 있습니다)"),
    reason: str = typer.Option(..., help="언제 어떻게 요청하셨는지"),
) -> None:
    """주민의 이름, 번호, 하신 말씀을 지웁니다. 통계는 남습니다."""
    from anbu import clock
    from anbu.casework.retention import erase_resident
    from anbu.store.session import transaction

    _prepare()
    with transaction() as db:
        erase_resident(db, resident, None, reason, clock.now())
    out.print("이름, 번호, 하신 말씀을 지웠습니다. 숫자로 된 통계만 남습니다.")


@residents_app.command("expire")
def residents_expire() -> None:
    """보관 기간(ANBU_KEEP_WORDS_DAYS)이 지난 통화의 말을 지웁니다. 검토 화면이 떠 있으면 한 시간마다 스스로 합니다."""
    from anbu.casework.retention import expire_all

    _prepare()
    out.print(f"통화 {expire_all()}건의 말을 지웠습니다.")


def first_account() -> None:
    """On the first start make the accounts somebody can sign in with: from settings, or by asking at the terminal."""
    from anbu import clock
    from anbu.casework.accounts import make_account, no_accounts_yet
    from anbu.settings import settings
    from anbu.store.session import transaction

    with transaction() as db:
        if not no_accounts_yet(db):
            return
    given = settings()
    if given.first_login and given.first_password:
        with transaction() as db:
            make_account(
                db, given.first_login, given.first_login, "operator", clock.now(),
                password=given.first_password.get_secret_value(), all_towns=True,
            )  # fmt: skip
        out.print(f"▸ 첫 계정 {given.first_login} (운영)을 만들었습니다. 처음 로그인할 때 비밀번호를 바꿉니다.")
    elif sys.stdin.isatty():
        out.print("▸ 아직 계정이 없습니다. 사례를 볼 [b]관리자[/b] 계정을 먼저 만듭니다.")
        _ask_for("manager")
        if typer.confirm("다른 사람의 계정을 만들고 돌볼 운영 계정도 만들까요?", default=True):
            _ask_for("operator")
    else:
        out.print("▸ 아직 계정이 없습니다. 만들기: [b].tools/bin/uv run anbu accounts add[/b]")


def _ask_for(role: str) -> None:
    """Ask until an account was made."""
    from anbu import clock
    from anbu.casework.accounts import make_account
    from anbu.store.session import transaction

    while True:
        login, name = typer.prompt("아이디 (영문 소문자와 숫자)"), typer.prompt("이름")
        try:
            with transaction() as db:
                make_account(
                    db, login, name, role, clock.now(), password=_password(), all_towns=True, must_change=False
                )
            return
        except Refused as error:
            out.print(f"[red]{error}[/red]")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return typer.prompt("비밀번호 (10자 이상)", hide_input=True, confirmation_prompt="한 번 더")


def _prepare() -> None:
    from anbu.cli import prepare

    prepare()
