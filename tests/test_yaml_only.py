"""A scriptwriter adds a question and a script by editing YAML alone, and calls are held with them."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from anbu.settings import ROOT

pytestmark = pytest.mark.engine

QUESTION = {
    "utter_ask_pets": [
        {"text": "키우시는 동물이 있으세요?", "custom": {"topic": "pets"}},
        {
            "condition": [{"type": "slot", "name": "wording", "value": "simple"}],
            "text": "개나 고양이와 함께 지내세요?",
            "custom": {"topic": "pets"},
        },
        {
            "condition": [{"type": "slot", "name": "wording", "value": "keypad"}],
            "text": "동물을 키우시면 1번, 아니시면 2번을 눌러 주세요. 사람과 통화하시려면 0번이에요.",
            "custom": {"topic": "pets"},
        },
    ]
}
SCRIPT = {"ko": "반려동물 안부", "topics": ["identity", "consent", "pets", "meals", "closing"]}
PERSONA = {
    "name": "이복자",
    "age": 71,
    "script": "pets",
    "answers": {
        "identity": "네",
        "consent": "네 그러세요",
        "pets": "강아지 한 마리 키워요",
        "meals": "하루 세 끼 다 먹어요",
        "closing": "아니요 없어요",
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project in which only YAML was changed."""
    root = tmp_path_factory.mktemp("project") / "anbu"
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        if not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    if (ROOT / ".rasa").exists():  # what did not change need not be trained again
        shutil.copytree(ROOT / ".rasa", root / ".rasa")
    domain = root / "domain.yml"
    text = domain.read_text(encoding="utf-8")
    text = text.replace("\nslots:\n", "\nslots:\n  pets: {type: any, mappings: [{type: custom}]}\n", 1)
    text = text.replace("\nresponses:\n", "\nresponses:\n" + _indented(yaml.safe_dump(QUESTION, allow_unicode=True)), 1)
    domain.write_text(text, encoding="utf-8")
    (root / "data/scripts/pets.yml").write_text(yaml.safe_dump(SCRIPT, allow_unicode=True), encoding="utf-8")
    (root / "persona.yml").write_text(yaml.safe_dump(PERSONA, allow_unicode=True), encoding="utf-8")
    return root


def _indented(block: str) -> str:
    return re.sub("^", "  ", block, flags=re.MULTILINE).rstrip() + "\n"


def anbu(project, *arguments):
    env = {**os.environ, "PYTHONPATH": str(project), "ANBU_DATABASE_URL": f"sqlite:///{project / 'anbu.db'}"}
    env.pop("ANBU_PUBLIC_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "anbu.cli", *arguments],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_new_question_and_script_keep_the_contract_and_are_asked(project):
    checked = anbu(project, "check")
    assert checked.returncode == 0, checked.stderr
    trained = anbu(project, "train")
    assert trained.returncode == 0, trained.stderr
    called = anbu(project, "rehearse", "persona.yml", "--json")
    assert called.returncode == 0, called.stdout + called.stderr
    result = json.loads(called.stdout)
    assert result["outcome"] == "completed"
    assert result["problems"] == []
    asked = [t["text"] for t in result["turns"] if t["who"] == "bot" and t["topic"] == "pets"]
    assert "키우시는 동물이 있으세요?" in asked[0]
    assert result["factors"]["meals"]["level"] == 0
