"""Measuring in a process of its own, so that memory and time are one reader's alone."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from anbu.settings import ROOT

TASK = "ANBU_BENCHMARK_RESULT"  # where the child leaves its result


def call(module: str, task: str, *arguments: str) -> dict:
    """What the task `task` of `module` returns, with the most memory its process took (`memory_mb`)."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", module, task, *arguments]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, TASK: str(result)})
        return json.loads(result.read_text(encoding="utf-8"))


def serve(**tasks: Callable[..., dict]) -> None:
    """The child's side: does the task named on the command line."""
    name, *arguments = sys.argv[1:]
    found = tasks[name](*arguments)
    found["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(os.environ[TASK]).write_text(json.dumps(found), encoding="utf-8")
