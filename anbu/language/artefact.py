"""The trained language model out of the newest Rasa model file, without loading Rasa."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from threadpoolctl import threadpool_limits

from anbu.errors import AnbuError
from anbu.language.model import LanguageModel
from anbu.settings import ROOT

NAME = "language.joblib"


_serving: list[LanguageModel] = []


def serve(model: LanguageModel) -> LanguageModel:
    """Make the model a Rasa component has loaded the one this process uses everywhere."""
    threadpool_limits(1, "blas")  # one utterance is so small that helping threads only spin
    _serving[:] = [model]
    return model


def newest(models_dir: Path = ROOT / "models") -> LanguageModel:
    """The model that calls use. Raises AnbuError when nothing was trained."""
    return _serving[0] if _serving else serve(_unpacked(models_dir))


def _unpacked(models_dir: Path) -> LanguageModel:
    archives = sorted(models_dir.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
    if not archives:
        raise AnbuError("학습한 모델이 없습니다. 먼저 `make train`을 하세요. (no trained model; run `make train`)")
    with tarfile.open(archives[-1]) as archive:
        member = next((m for m in archive.getmembers() if m.name.endswith(NAME)), None)
        if member is None:
            raise AnbuError(f"{archives[-1].name}에 {NAME}이 없습니다. `make train`을 다시 하세요.")
        return LanguageModel.load(io.BytesIO(archive.extractfile(member).read()))
