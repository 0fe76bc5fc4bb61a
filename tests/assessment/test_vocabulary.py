import copy

import pytest
import yaml

from anbu.assessment.vocabulary import FACTORS, most_urgent, parse, seconds, vocabulary
from anbu.errors import ContentError

RAW = yaml.safe_load(FACTORS.read_text(encoding="utf-8"))


def broken(change):
    raw = copy.deepcopy(RAW)
    change(raw)
    return raw


def test_vocabulary_has_thirteen_points_and_every_signal_an_urgency():
    words = vocabulary()
    assert sum(max(f.points.values(), default=0) for f in words.factors.values()) == 13
    assert words.signals["third_party"].priority == "P1"
    assert words.priorities["P0"].acknowledge_within_s == 60
    assert words.priorities["P0"].then_s == 180


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda r: r["factors"]["meals"]["levels"].pop(3), "factors.meals"),
        (lambda r: r["bands"].update(low=[1, 2]), "bands must cover"),
        (lambda r: r["signals"]["scam"].update(priority="P9"), "priorities are"),
        (lambda r: r["factors"]["meals"].pop("ko"), "ko"),
        (lambda r: r.pop("acts"), "acts"),
        (lambda r: r["priorities"]["P1"].update(acknowledge_within="soon"), "soon"),
    ],
)
def test_wrong_vocabulary_is_refused_with_the_place(change, names):
    with pytest.raises(ContentError, match=names):
        parse(broken(change))


def test_seconds_reads_units_and_refuses_the_rest():
    assert [seconds(t) for t in ("60s", "5m", "4h", "3d")] == [60, 300, 14400, 259200]
    for wrong in ("60", "h", "1w", "-1s"):
        with pytest.raises(ValueError):
            seconds(wrong)


def test_most_urgent():
    assert most_urgent(["P2", "P0", "P3"]) == "P0"
    assert most_urgent([]) == "P3"
