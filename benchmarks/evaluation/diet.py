"""Rasa's own classifier, DIET, on the same phrases: the comparison on record. Run in a process of its own.

One intent a phrase, as Rasa has it: an act, `factor.<factor>.<level>` or `signal.<code>`. TensorFlow stays out of the
process that compares, and its memory is measured alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from anbu.language.corpus import Example, examples
from anbu.settings import ROOT
from benchmarks.evaluation.gold import Heard, Pair, Utterance, load

PIPELINE = [
    {"name": "anbu.language.components.KiwiTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
ANSWERING = ("inform", "affirm", "deny", "correct")  # acts that may carry a level for the topic asked


def label(example: Example) -> str:
    """The one intent a phrase teaches DIET; a hard negative is talk without danger."""
    if example.signals:
        return f"signal.{min(example.signals)}"
    if example.levels:
        factor, level = next(iter(example.levels.items()))
        return f"factor.{factor}.{level}"
    return example.act or "smalltalk"


def heard(ranking: Mapping[str, float], topic: str | None, seconds: float = 0.0) -> Heard:
    """An utterance as a service with DIET alone would take it: the best intent, and the topic's best level."""
    best = max(ranking, key=ranking.get)
    kind, _, rest = best.partition(".")
    levels = {}
    if kind == "factor":
        levels[rest.split(".")[0]] = int(rest[-1])
    of_topic = {name: share for name, share in ranking.items() if name.startswith(f"factor.{topic}.")}
    if of_topic and (rest or best in ANSWERING):
        levels[topic] = int(max(of_topic, key=of_topic.get)[-1])
    return Heard("inform" if rest else best, levels, {rest: False} if kind == "signal" else {}, seconds)


def compare(set_name: str, epochs: int) -> tuple[list[Pair], dict]:
    """Train and hear in a child process. Returns pairs, and what it took: seconds, megabytes on disk and in memory."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "heard.json"
        command = [sys.executable, "-m", __name__, set_name, str(epochs), str(out)]
        subprocess.run(command, check=True, cwd=ROOT)
        result = json.loads(out.read_text(encoding="utf-8"))
    gold = load(set_name)
    pairs = [
        (u, heard(ranking, u.topic, seconds))
        for u, (ranking, seconds) in zip(gold, result.pop("heard"), strict=True)
    ]  # fmt: skip
    return pairs, result


def _write_sources(folder: Path, phrases: Sequence[Example], epochs: int) -> tuple[Path, Path]:
    by_label: dict[str, list[str]] = {}
    for example in phrases:
        by_label.setdefault(label(example), []).append(example.text)
    nlu = [{"intent": name, "examples": "".join(f"- {t}\n" for t in texts)} for name, texts in sorted(by_label.items())]
    classifier = {
        "name": "DIETClassifier", "epochs": epochs, "entity_recognition": False, "constrain_similarities": True,
        "ranking_length": 0, "random_seed": 7,
    }  # fmt: skip
    config = {"recipe": "default.v1", "language": "ko", "pipeline": [*PIPELINE, classifier], "policies": []}
    paths = folder / "config.yml", folder / "nlu.yml"
    for path, content in zip(paths, (config, {"version": "3.1", "nlu": nlu}), strict=True):
        path.write_text(yaml.safe_dump(content, allow_unicode=True, width=10_000), encoding="utf-8")
    return paths


def _rankings(model: Path, gold: Sequence[Utterance]) -> list[tuple[dict[str, float], float]]:
    from rasa.core.agent import Agent

    agent = Agent.load(model)

    async def all_of_them() -> list:
        found = []
        for utterance in gold:
            started = time.perf_counter()
            parsed = await agent.parse_message(utterance.text)
            seconds = time.perf_counter() - started
            found.append(({r["name"]: r["confidence"] for r in parsed["intent_ranking"]}, seconds))
        return found

    return asyncio.run(all_of_them())


def _child(set_name: str, epochs: int, out: Path) -> None:
    import structlog
    from rasa.model_training import train_nlu

    # Rasa would print every utterance it parses.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        config, nlu = _write_sources(folder, examples(ROOT / "data"), epochs)
        started = time.perf_counter()
        model = Path(train_nlu(str(config), str(nlu), str(folder / "models")))
        seconds = time.perf_counter() - started
        size = model.stat().st_size / 1e6
        found = _rankings(model, load(set_name))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.write_text(json.dumps({"heard": found, "seconds": seconds, "size_mb": size, "memory_mb": memory}))


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
