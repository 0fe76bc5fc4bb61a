"""Letting a reader hear a set, as written and with noise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from anbu.language import korean, noise
from anbu.language.model import LanguageModel, train
from anbu.language.understand import understand
from benchmarks.evaluation.gold import CLEAN, Heard, Pair, Utterance

NOW = datetime(2025, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Seoul"))  # fixed, so that call-back times never vary
SEED = 20251120  # not the seed of the training copies

Reader = Callable[[str, str | None, str | None], Heard]


def shipped(model: LanguageModel) -> Reader:
    """The components a call uses, all together."""
    return lambda text, topic, question: Heard.of(understand(text, topic, question, model, NOW))


def hear(gold: Iterable[Utterance], read: Reader) -> list[Pair]:
    """Every utterance with what was heard, and the time it took one core; nothing analysed before is at hand."""
    korean.analyse.cache_clear()
    pairs = []
    for utterance in gold:
        started = time.process_time()  # not the wall clock: others may be using the machine
        heard = read(utterance.text, utterance.topic, utterance.question)
        pairs.append((utterance, replace(heard, seconds=time.process_time() - started)))
    return pairs


def noisy(gold: Sequence[Utterance], kind: str) -> list[Utterance]:
    """The set with one kind of noise in every utterance, the same on every run."""
    return [replace(utterance, text=noise.noised(utterance.text, SEED, kind)) for utterance in gold]


def hear_all(gold: Sequence[Utterance], read: Reader, console: Console, noises: bool = True) -> dict[str, list[Pair]]:
    """Pairs by condition: `clean`, then each kind of noise."""
    kinds = [CLEAN, *(noise.KINDS if noises else ())]
    bar = progress(console)
    with bar:
        task = bar.add_task("발화를 읽습니다", total=len(kinds) * len(gold))
        found = {}
        for kind in kinds:
            bar.update(task, description=f"발화를 읽습니다 ({kind})")
            found[kind] = hear(bar.track(gold if kind == CLEAN else noisy(gold, kind), task_id=task), read)
    return found


def progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trained:
    model: LanguageModel
    seconds: float
    cpu_seconds: float
    size_mb: float


def trained(data: Path, to: Path) -> Trained:
    """A model trained from the phrases as they are now, with what that took; kept at `to`."""
    korean.kiwi()  # loading the analyser is not training
    started, cpu = time.perf_counter(), time.process_time()
    model = train(data)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    to.parent.mkdir(parents=True, exist_ok=True)
    model.dump(to)
    return Trained(model, seconds, cpu_seconds, to.stat().st_size / 1e6)
