"""You are the resident: the telephone in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from anbu.rehearsal.resident import Act

HELP = "말을 적고 Enter · 빈 줄은 침묵 · 숫자 0·1·2는 번호판 · Ctrl-D는 끊기"


class TerminalResident:
    """Reads what the resident does from the terminal; `show` prints what is heard."""

    def __init__(self, console: Console):
        self._console = console
        console.print(f"[dim]{HELP}[/dim]")

    def answer(self, topic: str | None) -> Act:
        """One line of input. An empty line is silence, a digit alone a key, the end of input hanging up."""
        try:
            line = self._console.input("[bold cyan]나  [/bold cyan]").strip()
        except EOFError:
            self._console.print()
            return Act(hangs_up=True)
        if line and set(line) <= set("0123456789*#"):
            return Act(digits=line)
        return Act(speech=line)

    def show(self, turn: dict) -> None:
        """Print a turn of the other side."""
        if turn["who"] != "resident":
            name = "안부" if turn["who"] == "bot" else "당번"
            self._console.print(f"[bold]{name}[/bold] {escape(turn['text'])}")
