from datetime import date, timedelta

import pytest

from anbu.calling.campaigns.plan import load, parse, urgent
from anbu.errors import ContentError
from tests.calling.office import MONDAY

TODAY = MONDAY.date()


def plan(**raw):
    return parse({"name": "주간 안부", **raw}, TODAY)


def test_what_is_stored_means_the_same_again():
    made = plan(repeat="fortnightly", ends=date(2027, 1, 30), residents={"towns": ["안부동"]}, text_before_minutes=30)
    assert parse(made.raw, date(2027, 5, 5)) == made


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        ("once", [0]), ("weekly", [0, 7, 14, 21, 28]), ("fortnightly", [0, 14, 28]), ("monthly", [0, 30]),
        ("FREQ=WEEKLY;BYDAY=MO,TH", [0, 3, 7, 10, 14, 17, 21, 24, 28]), ("FREQ=WEEKLY;INTERVAL=2;COUNT=2", [0, 14]),
    ],
)  # fmt: skip
def test_rounds_come_as_the_rule_says(repeat, days):
    assert plan(repeat=repeat).rounds(TODAY, TODAY + timedelta(days=30)) == [TODAY + timedelta(days=d) for d in days]


def test_a_round_ends_when_the_next_begins():
    assert plan(repeat="weekly", round_days=14).closes(TODAY) == MONDAY.replace(day=30, hour=0)
    assert plan(repeat="weekly", round_days=2).closes(TODAY) == MONDAY.replace(day=25, hour=0)
    assert plan(ends=TODAY).closes(TODAY) == MONDAY.replace(day=24, hour=0)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"name": ""}, "name"), ({"script": "없는대본"}, "대본"), ({"retry": "없는정책"}, "retry"),
        ({"windows": []}, "windows"), ({"windows": ["토 10-11"], "round_days": 2}, "열리지 않습니다"),
        ({"starts": "2026-09-24", "round_days": 3}, "열리지 않습니다"), ({"ends": "2020-01-01"}, "앞섭니다"),
        ({"repeat": "FREQ=HOURLY"}, "repeat"), ({"repeat": "FREQ=WEEKLY;BYHOUR=3"}, "repeat"),
        ({"repeat": 7}, "repeat"),
        ({"calls_per_second": 0}, "calls_per_second"), ({"concurrent_calls": True}, "concurrent_calls"),
        ({"holidays": "maybe"}, "holidays"), ({"windos": []}, "windos"),
        ({"residents": {"town": "x"}}, "residents.town"),
        ({"residents": {"towns": "안부동"}}, "목록"), ({"residents": {"last_priority": ["P9"]}}, "P9"),
        ({"retry": {"tries": 3}}, "retry"), ({"starts": "내일"}, "starts"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_the_place(raw, says):
    with pytest.raises(ContentError, match=says):
        plan(**raw)


def test_an_urgent_campaign_runs_today_at_any_decent_hour_even_on_holidays():
    made = urgent("폭염", {"towns": ["안부동"], "min_age": 65}, date(2026, 9, 25))
    assert made.urgent
    assert made.span(date(2026, 9, 25), MONDAY.replace(month=9, day=25, hour=19)).opens.hour == 19
    with pytest.raises(ContentError, match="폭염, 한파, 재난"):
        urgent("눈", {}, TODAY)


def test_a_file_that_is_no_yaml_says_so(tmp_path):
    (tmp_path / "x.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(ContentError, match="YAML"):
        load(tmp_path / "x.yml", TODAY)
