import pytest
import yaml

from anbu.errors import ContentError
from anbu.handover.script import FILE, handover_script, parse
from anbu.voice.phrases import is_fixed


def raw(**changes):
    return yaml.safe_load(FILE.read_text(encoding="utf-8")) | changes


def test_every_line_a_resident_hears_can_be_rendered_ahead():
    script = handover_script()
    assert not [line for line in script.all_lines() if "{" in line]
    assert is_fixed(script.choice(script.offered(["medical_emergency"]), quiet=False))
    assert is_fixed(script.choice(script.offered(["suicide_imminent"]), quiet=False, again=True))
    assert is_fixed(script.line("line_not_here", chosen="119"))
    assert not is_fixed(script.officer["whisper_danger"].replace("{name}", "김순자"))


def test_what_is_offered_fits_the_danger():
    offered = handover_script().offered
    assert offered(["suicide_imminent"])[0] == "109"
    assert offered(["medical_emergency"])[0] == "119"
    assert offered(["violence", "medical_emergency"]) == ["112"]


def test_quiet_lines_name_nothing():
    lines = handover_script().lines
    for name in ("hold_quiet", "next_quiet", "choice_quiet"):
        assert not any(word in lines[name] for word in ("경찰", "신고", "폭력", "말씀"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"ring_s": 3}, "ring_s"),
        ({"rounds": 9}, "rounds"),
        ({"lines": {}}, "hold_1"),
        ({"officer": raw()["officer"] | {"press": "{name} 님이 위험합니다. 1번"}}, "press"),
        ({"choices": {"default": []}}, "choices"),
        ({"choices": {"default": ["911"]}}, "choices"),
        ({"quiet_for": ["noise"]}, "noise"),
    ],
)
def test_a_wrong_setting_is_named(changes, word):
    with pytest.raises(ContentError, match=word):
        parse(raw(**changes))
