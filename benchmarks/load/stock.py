"""The stock side: Rasa's `twilio_voice` channel with its default pipeline, trained on the same act phrases.

The dialogue is comparable and as light as stock Rasa allows: the same questions in turn by a form, the same
interruptions by rules and stories, replies without custom actions or validation (so no action server), its own
in-memory tracker store, no database, no signature check.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import rasa
import yaml
from rich.console import Console

from anbu.errors import AnbuError
from anbu.rehearsal.engine import free_port, stop
from anbu.settings import ROOT
from benchmarks.load.calls import FACTORS, LAST, TALK
from benchmarks.load.lines import Line

FOLDER = ROOT / "var" / "bench" / "stock"
TRAIN_WITHIN_S = 3600
START_WITHIN_S = 300
FORM = "checkin_form"
TOPICS = (*TALK, *FACTORS, *LAST)
TAKEN_AS_ANSWERS = ("inform", "affirm", "deny")

CONFIG = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "ko",
    "pipeline": [  # what `rasa init` gives and `rasa train` fills in when a config names none
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": 100, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [
        {"name": "MemoizationPolicy"},
        {"name": "RulePolicy"},
        {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": 100},
        {"name": "TEDPolicy", "max_history": 5, "epochs": 100, "constrain_similarities": True},
    ],
}
CREDENTIALS = {"twilio_voice": {"initial_prompt": "/call_started"}}


def project() -> dict[str, str]:
    """The files of the stock project, by path."""
    acts = {p.name: p.read_text(encoding="utf-8") for p in sorted((ROOT / "data" / "nlu" / "acts").glob("*.yml"))}
    intents = [block["intent"] for text in acts.values() for block in yaml.safe_load(text)["nlu"]]
    beside = [i for i in intents if i not in TAKEN_AS_ANSWERS]
    return {
        "config.yml": _yaml(CONFIG),
        "credentials.yml": _yaml(CREDENTIALS),
        "domain.yml": _yaml(_domain(intents, beside)),
        "data/rules.yml": _yaml({"version": "3.1", "rules": _rules(beside)}),
        "data/stories.yml": _yaml({"version": "3.1", "stories": _stories(beside)}),
        **{f"data/nlu/{name}": text for name, text in acts.items()},
    }


def trained(status: Callable[[str], None]) -> Path:
    """The stock model of the present phrases, trained unless it is there (some minutes). Raises AnbuError."""
    files = project()
    digest = hashlib.sha256(rasa.__version__.encode())
    for path, text in sorted(files.items()):
        digest.update(f"\0{path}\0{text}".encode())
    model = FOLDER / "models" / f"stock-{digest.hexdigest()[:12]}.tar.gz"
    if model.exists():
        return model
    for part in ("data", "models"):  # Rasa keeps what is unchanged in .rasa
        shutil.rmtree(FOLDER / part, ignore_errors=True)
    for path, text in files.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text, encoding="utf-8")
    log, started = FOLDER / "train.log", time.monotonic()
    command = [*_RASA, "train", "--out", "models", "--fixed-model-name", model.name.removesuffix(".tar.gz")]
    with open(log, "wb") as sink:
        process = subprocess.Popen(command, cwd=FOLDER, env=_env(), stdout=sink, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                if time.monotonic() - started > TRAIN_WITHIN_S:
                    raise AnbuError(f"비교 대상을 {TRAIN_WITHIN_S}초 안에 학습하지 못했습니다. {log}를 보세요.")
                status(f"비교 대상을 학습합니다: {_stage(log)} ({time.monotonic() - started:.0f}초, 처음 한 번)")
                time.sleep(1)
        finally:
            stop(process)
    if process.returncode or not model.exists():
        raise AnbuError(f"비교 대상을 학습하지 못했습니다. {log}를 보세요. (the stock model did not train)")
    return model


@contextmanager
def running(model: Path) -> Iterator[tuple[Line, int, float]]:
    """Start the stock engine; → its line, process id and load time in seconds. Raises AnbuError."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [
        *_RASA, "run", "--model", str(model), "--credentials", "credentials.yml", "--port", str(port),
        "--interface", "127.0.0.1",
    ]  # fmt: skip
    log = FOLDER / "run.log"
    started = time.monotonic()
    with open(log, "wb") as sink:
        process = subprocess.Popen(command, cwd=FOLDER, env=_env(), stdout=sink, stderr=subprocess.STDOUT)
        try:
            with Console(stderr=True).status("비교 대상을 띄웁니다 (30초쯤)…"):
                while not _ready(base):
                    if process.poll() is not None or time.monotonic() - started > START_WITHIN_S:
                        raise AnbuError(f"비교 대상이 뜨지 않았습니다. {log}를 보세요. (stock did not start)")
                    time.sleep(0.1)
            yield Line(base, "/webhooks/twilio_voice/webhook"), process.pid, time.monotonic() - started
        finally:
            stop(process)


_RASA = (sys.executable, "-m", "rasa")


def _env() -> dict[str, str]:
    bare = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return {**bare, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUNBUFFERED": "1"}


def _ready(base: str) -> bool:
    try:
        return httpx.get(f"{base}/webhooks/twilio_voice/", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _stage(log: Path) -> str:
    """The component that is training and how far it is, as Rasa's log tells last."""
    said = log.read_text(encoding="utf-8", errors="replace")
    found = re.findall(r"Starting to train component '(\w+)'|Epochs:\s+(\d+%)", said)[-2:]
    return " ".join(component or share for component, share in found if component or share) or "준비"


def _yaml(content: dict) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _lines() -> dict[str, str]:
    """The first wording of each of our responses, without names filled in."""
    responses = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    first = {name: wordings[0].get("text", "") for name, wordings in responses.items()}
    return {name: re.sub(r"\{\w+\}", "안부", text) for name, text in first.items()}


def _domain(intents: list[str], beside: list[str]) -> dict:
    lines = _lines()
    said = {"utter_open": lines["utter_open"], "utter_bye": lines["utter_bye"]}
    said |= {f"utter_ask_{topic}": lines[f"utter_ask_{topic}"] for topic in TOPICS}
    said |= {f"utter_{intent}": lines.get(f"utter_{intent}", lines["utter_unclear"]) for intent in beside}
    return {
        "version": "3.1",
        "intents": [*intents, "call_started"],
        "slots": {
            topic: {
                "type": "text", "influence_conversation": False,
                "mappings": [
                    {
                        "type": "from_text", "not_intent": [*beside, "call_started"],
                        "conditions": [{"active_loop": FORM, "requested_slot": topic}],
                    }
                ],
            }
            for topic in TOPICS
        },
        "forms": {FORM: {"required_slots": list(TOPICS)}},
        "responses": {name: [{"text": text}] for name, text in said.items()},
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }  # fmt: skip


def _rules(beside: list[str]) -> list[dict]:
    ask, asking = {"action": FORM}, {"active_loop": FORM}
    return [
        {"rule": "open", "steps": [{"intent": "call_started"}, {"action": "utter_open"}, ask, asking]},
        {"rule": "close", "condition": [asking], "steps": [ask, *_DONE]},
        *({"rule": i, "steps": [{"intent": i}, {"action": f"utter_{i}"}]} for i in beside),
    ]


def _stories(beside: list[str]) -> list[dict]:
    """A call that goes straight through, and one with each interruption."""
    ask, asking = {"action": FORM}, {"active_loop": FORM}
    opening = [{"intent": "call_started"}, {"action": "utter_open"}, ask, asking]
    interrupted = (
        {"story": i, "steps": [*opening, {"intent": i}, {"action": f"utter_{i}"}, ask, asking, *_DONE]} for i in beside
    )
    return [{"story": "straight", "steps": [*opening, *_DONE]}, *interrupted]


_DONE = (
    {"active_loop": None},
    {"slot_was_set": [{"requested_slot": None}]},
    {"action": "utter_bye"},
)
