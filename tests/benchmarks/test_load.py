"""What `make bench` says and how it counts; the measuring itself needs two engines and some minutes."""

import asyncio
import json

import httpx
import pytest
import yaml

from anbu.calling.scripts import script
from anbu.errors import AnbuError
from benchmarks.load import calls, lines, measure, report, stock
from benchmarks.load.measure import Figures


def figures(**changed):
    same = {
        "load_s": 20, "ready_mb": 500, "loaded_mb": 600, "turns": 100, "p50_ms": 12, "p95_ms": 20, "cpu_ms": 10,
        "per_second_1": 80, "per_second_16": 90, "p95_16_ms": 200, "early_ms": 10, "late_ms": 11,
        "interrupted_early_ms": 12, "interrupted_late_ms": 13,
    }  # fmt: skip
    return Figures(**{**same, **changed})


SLOW = figures(p50_ms=48, per_second_1=20, per_second_16=20, loaded_mb=1200)


def test_both_calls_ask_what_the_script_asks():
    asked = [t.key for t in script("initial").topics if t.when is None]
    assert list(stock.TOPICS) == asked
    assert len(calls.ordinary(0)) == len(asked) + len(calls.INTERRUPTED)


@pytest.mark.parametrize("call", [0, 1, 7])
def test_compared_turns_of_a_long_call_are_of_one_kind(call):
    said, answers = calls.long(call), {a for answers in calls.book().answers.values() for a in answers}
    assert len(said) >= calls.LATE
    assert said[calls.EARLY - 1] in answers
    assert said[calls.LATE - 1] in answers
    assert {said[calls.EARLY - 2], said[calls.LATE - 2]} <= set(calls.book().acts["repeat"])


def test_calls_differ_in_words():
    assert calls.ordinary(0) != calls.ordinary(1)


def test_aims_are_judged():
    met = [row.met for row in report.rows(SLOW, figures()) if row.met is not None]
    assert met == [True] * 5
    worse = report.rows(SLOW, figures(p50_ms=17, per_second_1=59, per_second_16=59, loaded_mb=721, late_ms=13.1))
    assert [row.met for row in worse if row.met is not None] == [False] * 5


def test_call_that_never_lasted_so_long_misses_the_aim():
    assert report.rows(SLOW, figures(late_ms=None))[-1].met is False


def test_results_are_written_and_the_marked_block_of_the_readme_alone_is_replaced(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"앞\n{report.BEGIN}\n옛 표\n{report.END}\n뒤\n", encoding="utf-8")
    where = {"date": "2026-11-23", "machine": measure.machine(), "versions": {"rasa": "3.6.21"}}
    report.write(tmp_path / "results", readme, report.rows(SLOW, figures()), SLOW, figures(), where)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("앞\n")
    assert text.endswith("\n뒤\n")
    assert "옛 표" not in text
    assert "≤ 0.6×" in text
    assert json.loads((tmp_path / "results" / "engine.json").read_text())["ours"]["growth"] == 1.1
    assert report.within("표가 없는 글", "표") == "표가 없는 글"


def test_quantiles_are_values_that_were_measured():
    assert [measure.quantile([4, 1, 3, 2], q) for q in (0, 0.5, 0.95)] == [1, 3, 4]


def test_stock_project_has_the_same_questions_and_phrases():
    files = stock.project()
    domain, rules = yaml.safe_load(files["domain.yml"]), yaml.safe_load(files["data/rules.yml"])["rules"]
    assert domain["forms"][stock.FORM]["required_slots"] == list(stock.TOPICS)
    assert {f"utter_ask_{topic}" for topic in stock.TOPICS} <= set(domain["responses"])
    assert {"repeat", "who", "slower", "is_human"} <= {rule["rule"] for rule in rules}
    assert "data/nlu/affirm.yml" in files


def answering(*bodies):
    replies = iter(bodies)

    def reply(request):
        return httpx.Response(200, text=next(replies))

    return httpx.AsyncClient(transport=httpx.MockTransport(reply))


def test_line_follows_the_reply_until_it_hangs_up():
    async def call():
        asked = '<Response><Gather action="/next"><Say>네?</Say></Gather></Response>'
        async with answering(asked, "<Response><Say>안녕히 계세요</Say><Hangup/></Response>") as client:
            ongoing = await lines.Line("http://engine", "/answer", "token").open(client)
            assert ongoing.url == "http://engine/next"
            assert await ongoing.say("네") >= 0
            assert ongoing.url is None

    asyncio.run(call())


def test_empty_reply_is_a_failure():
    async def call():
        async with answering("<Response/>") as client:
            await lines.Line("http://engine", "/answer").open(client)

    with pytest.raises(AnbuError, match="empty"):
        asyncio.run(call())
