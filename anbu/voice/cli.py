"""`anbu voice …`: render phrases ahead, hear how they sound."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from anbu.errors import AnbuError, NotFound
from anbu.settings import ROOT

app = typer.Typer(no_args_is_help=True, help="목소리: 미리 만들기, 들어 보기, 고르기")
out = Console()


@app.callback()
def prepare() -> None:
    """목소리: 미리 만들기, 들어 보기, 고르기"""
    from anbu.cli import ensure_development_env

    ensure_development_env()


@app.command("list")
def list_voices() -> None:
    """고를 수 있는 목소리를 보여 줍니다."""
    from anbu.settings import settings
    from anbu.voice.styles import voices

    table = Table("이름", "목소리", "Google 이름", "백만 글자 값(어림)", box=None, padding=(0, 2))
    for kind in voices().kinds.values():
        mark = " ← 사무실" if kind.key == (settings().voice or voices().default) else ""
        table.add_row(kind.key, kind.ko + mark, kind.name, f"${kind.usd_per_million:g}")
    out.print(table)


@app.command()
def render(
    script: str | None = typer.Argument(None, help="대본 이름. 없으면 모든 말"),
    voice: list[str] = typer.Option([], help="목소리 (여러 번 적을 수 있음). 없으면 사무실의 목소리"),
    plain: bool = typer.Option(False, "--plain", help="천천히·크게는 만들지 않습니다"),
    dry_run: bool = typer.Option(False, "--dry-run", help="만들지 않고 무엇을 만들지와 값만 봅니다"),
) -> None:
    """대본의 정해진 말을 미리 소리로 만들어 둡니다. 이미 있는 것은 다시 만들지 않습니다."""
    from anbu.voice.cloud import configured
    from anbu.voice.render import plan
    from anbu.voice.render import render as make
    from anbu.voice.store import open_store
    from anbu.voice.styles import voices

    choices = [voices().kind(v).key for v in voice] or [None]
    store = open_store()
    todo = plan(store, script, choices, variants=not plain)
    out.print(
        f"만들 소리 {len(todo.pieces)}개 · 이미 있는 소리 {todo.there}개 · "
        f"{todo.characters:,}글자 · 어림값 ${todo.usd:.2f} (값은 data/voice/voices.yml)"
    )
    if dry_run or not todo.pieces:
        return
    if not configured():
        raise AnbuError(
            "ANBU_TTS_CREDENTIALS에 Google Cloud 서비스 계정 파일을 적어 주세요. 없으면 통화는 Twilio의 목소리로 합니다"
        )
    problems: dict[str, str] = {}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("소리를 만듭니다", total=len(todo.pieces))

        def done(piece, error):
            progress.advance(bar)
            if error:
                problems[piece.line] = str(error)

        failed = asyncio.run(make(todo, store, done))
    out.print(f"만든 소리 {len(todo.pieces) - failed}개 · 못 만든 소리 {failed}개")
    for line, why in list(problems.items())[:10]:
        out.print(f"[red]✗[/red] “{line}”: {why}")
    if failed:
        out.print("다시 하면 못 만든 것만 만듭니다.")
    raise typer.Exit(1 if failed else 0)


@app.command()
def preview(
    what: str = typer.Argument(..., help="들어 볼 말, 또는 대본 이름"),
    voice: str | None = typer.Option(None, help="목소리"),
    slow: bool = typer.Option(False, help="천천히"),
    loud: bool = typer.Option(False, help="크게"),
    folder: Path = typer.Option(ROOT / "var" / "preview", help="소리를 둘 곳"),
    telephone: bool = typer.Option(True, help="전화기를 거친 소리로 들려줍니다"),
    quiet: bool = typer.Option(False, "--no-play", help="파일만 만들고 들려주지 않습니다"),
) -> None:
    """말이나 대본이 어떻게 들릴지 들어 봅니다. 말마다 길이(초)를 보여 줍니다."""
    from anbu.calling.scripts import scripts
    from anbu.voice.phrases import fixed_phrases
    from anbu.voice.preview import play
    from anbu.voice.preview import preview as write
    from anbu.voice.styles import style, voices

    if not what.strip():
        raise AnbuError("들어 볼 말이나 대본 이름을 적어 주세요")
    if voice:
        voices().kind(voice)
    lines = fixed_phrases(what) if what in scripts() else [what]
    heard = write(lines, style(voice, slow, loud), folder)
    table = Table("초", "말", "파일", box=None, padding=(0, 2))
    for h in heard:
        table.add_row(f"{h.seconds:.1f}", h.line, h.plain.name)
    out.print(table)
    by = "" if heard[0].by == "cloud" else " (espeak-ng로 만든 것이라 통화의 목소리와 다릅니다)"
    out.print(f"{folder}에 두었습니다. 모두 {sum(h.seconds for h in heard):.0f}초{by}")
    if not quiet and not play([h.telephone if telephone else h.plain for h in heard]):
        out.print("이 기계에는 소리를 낼 프로그램(paplay, aplay, ffplay)이 없어 들려 드리지 못했습니다.")


@app.command()
def choose(
    resident: str = typer.Argument(..., help="주민 번호(시스템의 번호. 전화번호가 아닙니다)"),
    voice: str | None = typer.Argument(None, help="목소리. 없으면 사무실의 목소리로 되돌립니다"),
) -> None:
    """주민 한 분께 쓸 목소리를 고릅니다."""
    from anbu.store.models import Resident
    from anbu.store.session import migrate, transaction
    from anbu.voice.styles import voices

    kind = voices().kind(voice)
    migrate()
    with transaction() as db:
        row = db.get(Resident, resident)
        if row is None:
            raise NotFound("그 번호의 주민이 없습니다 (no such resident)")
        row.voice = voice
    out.print(f"이 주민께는 {kind.ko}로 말씀드립니다.")
