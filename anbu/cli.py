"""`anbu …`: the command line. Heavy imports happen inside the commands, so that each starts fast."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from anbu.commands import calls, campaigns, residents
from anbu.console import commands
from anbu.errors import AnbuError
from anbu.settings import ROOT
from anbu.voice.cli import app as voice_app

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="안부 — 안부 전화 엔진", pretty_exceptions_enable=False
)
cases_app = typer.Typer(no_args_is_help=True, help="검토할 사례")
app.add_typer(cases_app, name="cases")
commands.register(app)
app.add_typer(voice_app, name="voice")
app.add_typer(residents.app, name="residents")
app.add_typer(campaigns.app, name="campaign")
app.add_typer(calls.app, name="calls")
app.command("worker")(calls.worker)
out, err = Console(), Console(stderr=True)


def main() -> None:
    """Entry point: our own errors are one plain message, not a traceback."""
    try:
        app()
    except AnbuError as error:
        err.print(f"[red]{error}[/red]")
        sys.exit(2)


def _lines():
    for line in sys.stdin:
        if line.strip():
            yield line.rstrip("\n")


def _emit(value) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@app.command()
def screen(jsonl: bool = typer.Option(False, "--jsonl", help="한 줄에 한 결과 (JSON)")) -> None:
    """표준 입력의 말(한 줄에 하나)에서 위험신호를 찾습니다."""
    from anbu.language.understand import heard_signals

    for line in _lines():
        found = [
            {"code": s.code, "quote": s.quote, "start": s.start, "end": s.end, "confirm": s.confirm}
            for s in heard_signals(line, _model())
        ]
        if jsonl:
            _emit({"text": line, "signals": found})
        else:
            out.print(line, " → ", ", ".join(f["code"] + ("?" if f["confirm"] else "") for f in found) or "없음")


@app.command()
def understand(jsonl: bool = typer.Option(False, "--jsonl", help="한 줄에 한 결과 (JSON)")) -> None:
    """표준 입력의 {"topic","question","text"} 한 줄마다 화행, 항목의 단계, 위험신호를 읽습니다."""
    from anbu.language.understand import understand as read

    for number, line in enumerate(_lines(), 1):
        try:
            given = json.loads(line)
            text, topic, question = given["text"], given.get("topic"), given.get("question")
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AnbuError(
                f'{number}번째 줄: {{"topic": …, "question": …, "text": "…"}} 꼴의 JSON이어야 합니다'
            ) from None
        result = read(text, topic, question, _model())
        row = {
            "text": text,
            "act": result.act,
            "factors": {r.factor: {"level": r.level, "quote": r.quote} for r in result.readings},
            "signals": [
                {"code": s.code, "quote": s.quote, "start": s.start, "end": s.end, "confirm": s.confirm}
                for s in result.signals
            ],
        }
        if jsonl:
            _emit(row)
        else:
            out.print_json(data=row)


def _model():
    """The language model of the newest trained engine."""
    from anbu.language.artefact import newest

    return newest()


@app.command()
def keys(write: bool = typer.Option(False, help=".env가 없으면 개발용 열쇠로 만듭니다")) -> None:
    """새 암호화 열쇠를 보여 주거나 개발용 .env를 만듭니다."""
    if write:
        ensure_development_env()
    else:
        print("ANBU_DATA_KEY=" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


def ensure_development_env() -> None:
    """A development .env with fresh keys, when there is none and the environment brings no key either."""
    path = ROOT / ".env"
    if path.exists() or os.environ.get("ANBU_DATA_KEY"):
        return
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    text = f"# 개발용 열쇠 (development keys; make your own for service)\nANBU_DATA_KEY={key}\n"
    text += f"ANBU_TWILIO_AUTH_TOKEN={secrets.token_hex(16)}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    err.print("▸ 개발용 열쇠를 .env에 만들었습니다")


@app.command()
def train(force: bool = typer.Option(False, help="바뀐 것이 없어도 다시 학습")) -> None:
    """원본이 바뀌었으면 Rasa 모델을 학습합니다."""
    from anbu.training import train_if_changed

    train_if_changed(force)


@app.command()
def demo() -> None:
    """걱정되는 주민과 잘 지내는 주민, 두 통화를 처음부터 끝까지 해 봅니다."""
    from anbu.rehearsal.run import rehearse, transcript
    from anbu.settings import settings

    prepare()
    folder = ROOT / "data" / "personas"
    results = rehearse([folder / "starving_mother.yml", folder / "demo_well.yml"])
    for result in results:
        out.print(transcript(result))
    _print_queue()
    problems = [p for r in results for p in r["problems"]]
    for problem in problems:
        err.print(f"[red]{problem}[/red]")
    out.print("사례 하나를 자세히: [bold].tools/bin/uv run anbu cases show <번호>[/bold]")
    out.print(f"이 대기열을 화면으로: [bold]make up[/bold] 을 실행하고 {settings().console_url} 을 여세요.")
    out.print("처음이면 make up 이 로그인할 계정을 함께 만듭니다.")
    raise typer.Exit(1 if problems else 0)


@app.command("demo-campaign")
def demo_campaign(residents: int | None = typer.Option(None, help="몇 명께 걸지 (200)")) -> None:
    """지어낸 주민 이백 명께 캠페인 하나를 처음부터 끝까지 겁니다."""
    from anbu.rehearsal.campaign import run

    prepare()
    good = run(out, residents)
    _print_queue(15)
    out.print("담당자가 걸 분: [bold].tools/bin/uv run anbu campaign todo[/bold]")
    raise typer.Exit(0 if good else 1)


@app.command()
def rehearse(
    path: Path | None = typer.Argument(None, help="페르소나 YAML 또는 폴더"),
    as_json: bool = typer.Option(False, "--json", help="통화마다 한 줄의 JSON"),
    interactive: bool = typer.Option(False, help="터미널에서 직접 주민이 되어 봅니다"),
    script: str = typer.Option("initial", help="대본 (--interactive)"),
    url: str | None = typer.Option(None, help="이미 떠 있는 엔진의 주소"),
) -> None:
    """페르소나와 실제 엔진으로 통화를 연습합니다."""
    from anbu.rehearsal.run import interact, transcript
    from anbu.rehearsal.run import rehearse as run

    prepare()
    if interactive:
        interact(script=script, url=url)
        return
    if path is None:
        raise AnbuError("페르소나 파일이나 폴더를 적어 주세요. 예: anbu rehearse data/personas")
    failed = False
    for result in run([path], url=url):
        failed |= bool(result["problems"])
        _emit(result) if as_json else out.print(transcript(result))
    raise typer.Exit(1 if failed else 0)


@app.command()
def up(port: int = typer.Option(5005, help="엔진의 포트")) -> None:
    """모든 것을 띄워 Ctrl-C까지 돌립니다."""
    from anbu.console.process import running_console
    from anbu.rehearsal.engine import running_engine

    prepare()
    commands.first_account()
    with running_console() as console:
        out.print(f"▸ 검토 화면: {console}")
        with running_engine(port=port, rehearsal=False) as engine:
            out.print(f"▸ 안부 엔진: {engine.url}/webhooks/voice  (Ctrl-C로 멈춥니다)")
            engine.wait()


@app.command()
def rescore(call: str) -> None:
    """저장된 판독으로 통화를 다시 평가해 같은지 보여 줍니다."""
    from anbu.calling import closing, record
    from anbu.store.session import transaction

    with transaction() as db:
        stored, again = closing.rescore(db, record.find_call(db, call))
    if stored is None:
        raise AnbuError("아직 끝나지 않은 통화입니다 (the call has no assessment yet)")
    fields = ("rubric_version", "levels", "points", "band", "coverage", "priority", "reasons")
    differing = [f for f in fields if getattr(stored, f) != getattr(again, f)]
    out.print(f"{again.points}점 · {again.band} · {again.priority} · {again.coverage:.0%}")
    out.print("저장된 평가와 같습니다." if not differing else f"[red]다릅니다: {', '.join(differing)}[/red]")
    raise typer.Exit(1 if differing else 0)


@app.command()
def sweep() -> None:
    """아무도 닫지 않은 통화를 평가하고 닫습니다."""
    from anbu import clock
    from anbu.calling.closing import sweep as close_stale
    from anbu.calling.spool import bring_in
    from anbu.settings import settings

    prepare()
    brought = bring_in()
    closed = close_stale(clock.now(), settings().stale_after_s)
    out.print(f"늦게 들어온 말 {brought}건, 닫은 통화 {len(closed)}건")


@app.command()
def check() -> None:
    """대본·말·어휘가 서로 맞는지 검사합니다."""
    from anbu.contract import problems

    found = problems()
    for problem in found:
        err.print(f"[red]✗[/red] {problem}")
    out.print("대본과 말에 문제가 없습니다." if not found else f"고칠 곳 {len(found)}군데")
    raise typer.Exit(1 if found else 0)


@cases_app.command("list")
def cases_list(limit: int = typer.Option(50, help="몇 건까지")) -> None:
    """열린 사례를 급한 순서로 보여 줍니다."""
    prepare()
    _print_queue(limit)


@cases_app.command("show")
def cases_show(case: str) -> None:
    """사례 하나: 까닭, 통화 내용, 단계와 근거가 된 말."""
    from anbu.calling.report import print_case

    prepare()
    print_case(out, case)


def prepare() -> None:
    """Keys, logging and an up-to-date database, before a command uses them."""
    ensure_development_env()
    from anbu.log import configure_logging
    from anbu.store.session import migrate

    configure_logging()
    migrate()


def _print_queue(limit: int = 50) -> None:
    from anbu.calling.report import queue_table

    table: Table = queue_table(limit)
    out.print(table)


if __name__ == "__main__":
    main()
