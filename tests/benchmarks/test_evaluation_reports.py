"""Tables, the list of errors, and DIET's labels, on made-up pairs."""

from anbu.language.corpus import Example
from benchmarks.evaluation import diet, errors, tables
from benchmarks.evaluation.figures import Figures
from benchmarks.evaluation.gold import CLEAN, Heard, Utterance
from benchmarks.evaluation.metrics import Rate


def said(text, topic=None, act="inform", signals=(), kind="answer", **factors):
    levels = {factor: frozenset([level]) for factor, level in factors.items()}
    return Utterance(text, topic, None, act, levels, frozenset(signals), False, kind)


PAIRS = [
    (said("굶었어", "meals", meals=3), Heard("inform", {"meals": 0}, {})),
    (said("세 끼", "meals", meals=0, outing=1), Heard("inform", {"meals": 0}, {})),
    (said("살려 주세요", signals=["plea_for_help"], kind="signal"), Heard("inform", {}, {"hazard": False})),
    (said("예", act="affirm", kind="act"), Heard("deny", {}, {})),
]
NOISY = [(gold, Heard("inform", {}, {})) for gold, _ in PAIRS]
RUNS = {CLEAN: Figures.of(PAIRS), "noise": Figures.of(NOISY)}


def test_a_summary_marks_what_misses_its_target():
    rows = {row[0]: row for row in tables.summary(RUNS).rows}
    assert rows["위험신호 재현율"] == ["위험신호 재현율", "≥ 97%", "0.0% ✗", "0.0% ✗"]
    assert rows["항목 낮춰 읽음 (2↑→0)"][2:] == ["100.0% ✗", "0.0%"]


def test_tables_by_signal_and_factor():
    rows = {row[0]: row[1:] for row in tables.signals(RUNS).rows}
    assert rows == {"구조 요청 P0": ["1", "0.0% (0–79)", "0.0%", "0.0", "0", "·"]}
    (meals,) = tables.factors(RUNS).rows
    assert meals == ["식사", "2", "50.0% (9–91)", "0.0%", "0.0%", "100.0%", "0.0%"]


def test_the_confusion_table_has_a_column_for_every_act_heard():
    table = tables.confusion(RUNS[CLEAN])
    assert table.heads == ["정답 \\ 들은 것", "1", "2", "3", "%"]
    assert table.rows == [["1 inform", "2", "·", "·", "100"], ["2 affirm", "·", "·", "1", "0"]]


def test_markdown():
    table = tables.Table("제목", ["가", "나"], [["a|b", "1"]], "풀이")
    assert table.markdown() == "## 제목\n\n| 가 | 나 |\n| :-- | --: |\n| a\\|b | 1 |\n\n풀이\n"
    assert tables.with_interval(Rate(0, 0)) == "·"


def test_errors_are_grouped_by_weight():
    listing = errors.listing({CLEAN: PAIRS, "noise": NOISY})
    assert "## 놓친 신호 (1)\n\n- plea_for_help (들은 것: hazard) — 살려 주세요" in listing
    assert "## 낮춰 읽음 (1)\n\n- meals 3 → 0 — 굶었어 _(meals: -)_" in listing
    assert "- outing 1 → 없음 — 세 끼" in listing
    assert "- affirm → deny — 예" in listing
    assert "잡음" not in listing


def test_diet_learns_one_intent_a_phrase():
    assert diet.label(Example("가", act="deny")) == "deny"
    assert diet.label(Example("나", levels={"meals": 2}, act="inform")) == "factor.meals.2"
    assert diet.label(Example("다", act="inform", signals=frozenset({"violence"}))) == "signal.violence"
    assert diet.label(Example("라", signals=frozenset())) == "smalltalk"


def test_diet_reads_the_level_of_the_topic_asked():
    ranking = {"factor.meals.2": 0.5, "factor.outing.1": 0.3, "factor.outing.0": 0.1, "affirm": 0.1}
    assert diet.heard(ranking, None) == Heard("inform", {"meals": 2}, {})
    assert diet.heard(ranking, "outing").levels == {"meals": 2, "outing": 1}
    assert diet.heard({"repeat": 0.9, **ranking}, "outing") == Heard("repeat", {}, {})
    assert diet.heard({"signal.hazard": 0.9}, None) == Heard("inform", {}, {"hazard": False})
