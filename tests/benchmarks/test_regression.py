"""The trained model understands the held-out utterances no worse than the committed baseline."""

import subprocess
import sys

import pytest

from anbu.settings import ROOT

pytestmark = pytest.mark.engine


def test_understanding_has_not_regressed():
    command = [sys.executable, "-m", "benchmarks.evaluate", "--newest", "--no-noise", "--check"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr[-1000:]
