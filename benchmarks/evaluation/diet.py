"""Rasa's own classifier, DIET, on the same phrases: the comparison on record.

One intent a phrase, as Rasa has it: an act, `factor.<factor>.<level>` or `signal.<code>`. TensorFlow stays in a
process of its own.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from anbu.language.corpus import Example, examples
from anbu.settings import ROOT
from benchmarks.evaluation import child
from benchmarks.evaluation.gold import Heard, load

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


def train_diet(epochs: str, path: str) -> dict:
    """Child: trains on the phrases under data/; what it took."""
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as scratch:
        config, nlu = _write_sources(Path(scratch), examples(ROOT / "data"), int(epochs))
        started, cpu = time.perf_counter(), time.process_time()
        model = Path(train_nlu(str(config), str(nlu), str(Path(scratch) / "models")))
        taken = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
        shutil.move(model, path)
    return {**taken, "size_mb": Path(path).stat().st_size / 1e6}


def hear_diet(path: str, set_name: str) -> dict:
    """Child: what DIET makes of every utterance of a set."""
    import structlog
    from rasa.core.agent import Agent

    # Rasa would print every utterance it parses.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent, found = Agent.load(path), []

    async def all_of_them() -> None:
        for utterance in load(set_name):
            started = time.process_time()
            parsed = await agent.parse_message(utterance.text)
            seconds = time.process_time() - started
            ranking = {intent["name"]: intent["confidence"] for intent in parsed["intent_ranking"]}
            found.append(asdict(heard(ranking, utterance.topic, seconds)))

    asyncio.run(all_of_them())
    return {"heard": found}


if __name__ == "__main__":
    child.serve(train=train_diet, hear=hear_diet)
