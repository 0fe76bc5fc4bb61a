"""The shipped understanding with one part or another left out. A part is silenced, not written a second time.

Without rules: no danger screen, no bare yes or no by the question's polarity, no counts. Without the linear model: its
heads know nothing. Without semantics: the encoder has no words of like meaning from Kiwi's CoNg model.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from anbu.language import korean
from anbu.language.features import Encoder
from anbu.language.model import LanguageModel, train
from anbu.settings import ROOT
from benchmarks.evaluation import child
from benchmarks.evaluation.gold import Heard, Pair, load
from benchmarks.evaluation.run import hear, shipped

NEVER, ALWAYS = -20.0, 20.0  # log odds
ANSWER = "inform"  # the act of an utterance nothing is known about


@dataclass(frozen=True, slots=True)
class Variant:
    ko: str
    rules: bool
    linear: bool
    semantics: bool


VARIANTS = {
    "linear": Variant("선형만", rules=False, linear=True, semantics=False),
    "linear+cong": Variant("선형 + CoNg", rules=False, linear=True, semantics=True),
    "rules": Variant("규칙만", rules=True, linear=False, semantics=False),
    "both": Variant("규칙 + 선형", rules=True, linear=True, semantics=False),
    "both+cong": Variant("규칙 + 선형 + CoNg", rules=True, linear=True, semantics=True),
}
SHIPPED = "both+cong"


class LiteralEncoder(Encoder):
    """Words are only themselves."""

    def _fit_likeness(self, words: Counter[tuple[str, str]]) -> None:
        super()._fit_likeness(Counter())


def silent(model: LanguageModel) -> LanguageModel:
    """A model that has learnt nothing: every level alike, no factor spoken of, no signal, every utterance an answer."""
    bias = np.zeros_like(model.bias)
    for head, chance in (("about", NEVER), ("signals", NEVER), ("acts", NEVER)):
        first, classes = model.heads[head]
        bias[first : first + len(classes)] = chance
    first, classes = model.heads["acts"]
    bias[first + classes.index(ANSWER)] = ALWAYS
    return replace(model, weights=np.zeros_like(model.weights), bias=bias)


WITHOUT_RULES = {"understand.screen": (), "replies.kind": None, "quantities.level": None}


@contextmanager
def silenced(variant: Variant) -> Iterator[None]:
    """The shipped code while the parts a variant lacks answer nothing."""
    parts = {} if variant.rules else WITHOUT_RULES
    with ExitStack() as stack:
        for name, nothing in parts.items():
            stack.enter_context(patch(f"anbu.language.{name}", lambda *_, _nothing=nothing: _nothing))
        yield


def train_variant(semantics: str, path: str) -> dict:
    """Child: trains with or without semantics; what it took."""
    korean.kiwi()  # loading the analyser is not training
    started, cpu = time.perf_counter(), time.process_time()
    with ExitStack() as stack:
        if semantics != "True":
            stack.enter_context(patch("anbu.language.model.Encoder", LiteralEncoder))
        model = train(ROOT / "data")
    taken = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    model.dump(path)
    return {**taken, "size_mb": Path(path).stat().st_size / 1e6}


def hear_variant(key: str, path: str, set_name: str) -> dict:
    """Child: what the variant makes of every utterance of a set."""
    variant, model = VARIANTS[key], LanguageModel.load(path)
    with silenced(variant):
        pairs = hear(load(set_name), shipped(model if variant.linear else silent(model)))
    return {"heard": [asdict(heard) for _, heard in pairs]}


def pairs_of(set_name: str, heard: list[dict]) -> list[Pair]:
    """The gold of a set beside what a child heard."""
    return [(utterance, Heard(**found)) for utterance, found in zip(load(set_name), heard, strict=True)]


if __name__ == "__main__":
    # Under its importable name, so that a dumped LiteralEncoder can be loaded elsewhere.
    from benchmarks.evaluation import variants

    child.serve(train=variants.train_variant, hear=variants.hear_variant)
