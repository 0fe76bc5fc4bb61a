"""The figures of `make evaluate`, on a handful of made-up pairs."""

import pytest

from benchmarks.evaluation import baseline, metrics
from benchmarks.evaluation.figures import Figures
from benchmarks.evaluation.gold import Heard, Utterance, in_common, load, parse
from benchmarks.evaluation.metrics import Rate


def said(kind="answer", topic=None, act="inform", signals=(), confirm_ok=False, text="말", **factors):
    levels = {f: frozenset(v if isinstance(v, list) else [v]) for f, v in factors.items()}
    return Utterance(text, topic, None, act, levels, frozenset(signals), confirm_ok, kind)


def heard(act="inform", signals=None, **levels):
    return Heard(act, levels, signals or {}, 0.001)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0, 1), (10, 10, 0.7225, 1), (0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (97, 100, 0.9155, 0.9897)],
)
def test_wilson(hits, of, low, high):
    assert metrics.wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_a_rate_of_nothing_has_no_value():
    assert Rate(0, 0).value is None
    assert Rate.over([True, False, True]) == Rate(2, 3)


def test_quantiles():
    assert metrics.quantile([3, 1, 2, 4], 0.5) == 2
    assert metrics.quantile(range(1, 101), 0.95) == 95
    assert metrics.quantile([], 0.5) == 0


def test_a_confirming_question_counts_as_raised():
    pairs = [
        (said(signals=["hazard"]), heard(signals={"hazard": True})),
        (said(signals=["hazard", "violence"]), heard(signals={"violence": False})),
    ]
    assert metrics.recall(pairs, ["hazard"]) == Rate(1, 2)
    assert metrics.recall(pairs, ["hazard", "violence"]) == Rate(2, 3)
    assert metrics.alarmed(pairs) == Rate(2, 2)
    assert metrics.only_confirmed(pairs, "hazard") == Rate(1, 1)


def test_explicit_signals_are_the_clear_urgent_ones():
    pairs = [
        (said("signal", signals=["hazard"]), heard()),
        (said("signal", signals=["hazard"], confirm_ok=True), heard()),
        (said("signal", signals=["starvation"]), heard()),
        (said("answer", signals=["hazard"]), heard()),
    ]
    assert metrics.explicit(pairs, ["hazard"]) == Rate(0, 1)


def test_false_alarms():
    pairs = [
        (said(), heard()),
        (said(), heard(signals={"hazard": True})),
        (said(confirm_ok=True), heard(signals={"hazard": True})),
        (said(confirm_ok=True), heard(signals={"hazard": False})),
        (said(signals=["violence"]), heard(signals={"hazard": False})),
    ]
    assert metrics.false_alarms(pairs) == Rate(2, 4)
    assert metrics.false_alarms(pairs, "violence") == Rate(0, 4)
    assert metrics.confused(pairs, "hazard") == 1


def test_asked_factors():
    pairs = [
        (said(topic="meals", meals=[1, 2]), heard(meals=2)),
        (said(topic="meals", meals=2), heard(meals=0)),
        (said(topic="meals", meals=3), heard(outing=3)),
        (said(topic="outing", outing=0), heard(outing=3)),
        (said(topic="outing", meals=0), heard(outing=1)),
    ]
    asked = metrics.asked(pairs)
    assert len(asked) == 4
    assert metrics.accuracy(asked) == Rate(1, 4)
    assert metrics.accuracy(metrics.asked(pairs, "outing")) == Rate(0, 1)
    assert metrics.abstention(asked) == Rate(1, 4)
    assert metrics.under_reading(asked) == Rate(1, 2)
    assert metrics.over_reading(asked) == Rate(1, 1)
    assert metrics.invented(pairs, ["meals", "outing"]) == Rate(1, 1)


def test_an_answer_that_may_be_slight_is_not_under_read():
    pairs = [(said(topic="meals", meals=[1, 2]), heard(meals=0))]
    assert metrics.under_reading(pairs) == Rate(0, 0)


def test_volunteered_factors():
    pairs = [
        (said("open_talk", meals=2, outing=0), heard(meals=2, mood=1)),
        (said("open_talk", topic="health", health=1, meals=1), heard(health=1, meals=3)),
    ]
    precision, recall = metrics.volunteered(pairs)
    assert precision == Rate(1, 3)
    assert recall == Rate(1, 3)


def test_acts_and_their_confusion():
    pairs = [
        (said(act="affirm"), heard("affirm")),
        (said(act="affirm"), heard("deny")),
        (said(act="affirm"), heard("deny")),
        (said(act="inform", signals=["hazard"]), heard("unclear")),
    ]
    assert metrics.act_accuracy(pairs) == Rate(1, 3)
    assert metrics.confusion(pairs) == {"affirm": {"deny": 2, "affirm": 1}}


def test_figures_leave_out_what_was_not_there():
    figures = Figures.of([(said(topic="meals", meals=2), heard(meals=2))])
    assert figures.rates["factors/accuracy"] == Rate(1, 1)
    assert "signals/recall" not in figures.rates
    assert figures.p50_ms == pytest.approx(1)
    assert "말" not in str(figures.as_json())


def test_a_gold_line():
    line = {"text": "두 끼", "act": "inform", "kind": "answer", "topic": "meals", "factors": {"meals": [0, 1]}}
    assert parse(line) == Utterance("두 끼", "meals", factors={"meals": frozenset({0, 1})})


def test_a_broken_line_is_named_but_not_quoted(tmp_path):
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "a.jsonl").write_text('{"text": "비밀"}\n', encoding="utf-8")
    with pytest.raises(Exception, match=r"a\.jsonl:1") as raised:
        load("evaluation", tmp_path)
    assert "비밀" not in str(raised.value)


def test_utterances_that_leaked_into_training():
    gold = [said(text="네"), said(text="하루에 두 끼 먹어요"), said(text="아무도 안 와요")]
    assert in_common(gold, ["네", "하루에 두끼 먹어요"]) == 1


@pytest.mark.parametrize(
    ("name", "before", "now", "expected"),
    [
        ("signals/recall", Rate(980, 1000), Rate(966, 1000), False),
        ("signals/recall", Rate(980, 1000), Rate(964, 1000), True),
        ("signals/recall/hazard", Rate(40, 40), Rate(39, 40), False),
        ("signals/recall/hazard", Rate(40, 40), Rate(38, 40), True),
        ("signals/false/ordinary", Rate(0, 400), Rate(1, 400), False),
        ("signals/false/ordinary", Rate(0, 400), Rate(2, 400), True),
        ("signals/false/hard_negatives", Rate(9, 240), Rate(13, 240), False),
        ("signals/false/hard_negatives", Rate(9, 240), Rate(14, 240), True),
        ("factors/under", Rate(5, 500), Rate(15, 500), True),
        ("factors/under", Rate(15, 500), Rate(5, 500), False),
        ("signals/confirm/hazard", Rate(0, 40), Rate(40, 40), False),
    ],
)
def test_regressions(name, before, now, expected):
    found = baseline.regressions({"clean": {name: before}}, {"clean": {name: now}})
    assert bool(found) is expected


def test_a_figure_that_is_gone_is_a_regression():
    assert baseline.regressions({"clean": {"acts": Rate(1, 1)}}, {"clean": {}})
