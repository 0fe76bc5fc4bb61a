"""Training the Rasa model when its sources changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from anbu.errors import AnbuError
from anbu.settings import ROOT

SOURCES = (
    "domain.yml",
    "config.yml",
    "data/nlu",
    "data/rules",
    "data/answers",
    "data/signals",
    "data/lexicon",
    "anbu/language",
)
MODELS = ROOT / "models"


def fingerprint() -> str:
    """A hash over every file the model is made from."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(p for p in (path.rglob("*") if path.is_dir() else [path]) if p.suffix in (".yml", ".py")):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def train_if_changed(force: bool = False) -> Path:
    """The model file of the present sources; trained (about a minute) unless it is there. Raises AnbuError."""
    model = MODELS / f"anbu-{fingerprint()}.tar.gz"
    console = Console(stderr=True)
    if model.exists() and not force:
        os.utime(model)  # Rasa takes the newest
        return model
    log = ROOT / "var" / "train.log"
    log.parent.mkdir(exist_ok=True)
    command = [
        sys.executable, "-m", "rasa", "train", "--domain", "domain.yml", "--data", "data", "--config", "config.yml",
        "--out", "models", "--fixed-model-name", model.name.removesuffix(".tar.gz"), *(["--force"] if force else []),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    started = time.monotonic()
    with console.status("대화 모델을 학습합니다 (1~2분)…"), open(log, "w") as sink:
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=sink, stderr=subprocess.STDOUT, check=False)
    if done.returncode or not model.exists():
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise AnbuError(f"학습하지 못했습니다. var/train.log를 보세요.\n{tail}")
    for old in sorted(MODELS.glob("anbu-*.tar.gz"), key=os.path.getmtime)[:-3]:
        old.unlink()
    console.print(f"▸ 대화 모델을 학습했습니다 ({time.monotonic() - started:.0f}초): models/{model.name}")
    return model
