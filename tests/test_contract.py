"""The contract finds what a scriptwriter may get wrong, and says where."""

import shutil

import pytest
import yaml

from anbu.contract import problems
from anbu.settings import ROOT


@pytest.fixture
def project(tmp_path):
    """A copy of the YAML a scriptwriter edits."""
    shutil.copy(ROOT / "domain.yml", tmp_path)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


def edit(path, change):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_the_project_keeps_its_own_contract():
    assert problems() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["responses"].pop("utter_ask_meals"), "utter_ask_meals 이 없습니다"),
        (lambda d: d["slots"].pop("meals"), "slots 에 meals"),
        (lambda d: d["entities"].remove("meals"), "entities 에 meals"),
        (lambda d: d["responses"]["utter_ask_meals"][0].pop("custom"), "custom.topic: meals"),
        (lambda d: d["responses"]["utter_ask_meals"][0].update(text="밥" * 90), "깁니다"),
        (lambda d: d["responses"]["utter_ask_meals"][0].update(text="네 또는 아니오로 대답해 주세요"), "강요"),
        (lambda d: d["responses"]["utter_ask_meals"].pop(), "wording=keypad"),
        (lambda d: d["responses"]["utter_bye"][0].update(text="Bye"), "소리 내어 읽을 수 없는"),
        (lambda d: d["responses"]["utter_bye"][0]["custom"].update(end="finished"), "finished"),
        (lambda d: d["responses"]["utter_open"][0].update(text="안녕하세요 " * 30), "초 안으로"),
        (lambda d: d["intents"].pop(0), "inform"),
    ],
)
def test_a_slip_in_the_domain_is_named(project, change, says):
    edit(project / "domain.yml", change)
    assert any(says in p for p in problems(project)), problems(project)


def test_a_slip_in_a_script_or_follow_up_is_named(project):
    edit(project / "data/scripts/weekly.yml", lambda s: s["topics"].append("pets"))
    assert any("pets" in p for p in problems(project))
    edit(project / "data/assessment/follow_ups.yml", lambda f: f["scam"].update(helpline="bank"))
    assert any("bank" in p for p in problems(project))


def test_unreadable_yaml_is_named(project):
    (project / "data/scripts/weekly.yml").write_text("topics: [", encoding="utf-8")
    assert any("weekly.yml" in p for p in problems(project))
