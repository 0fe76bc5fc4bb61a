from datetime import datetime, timedelta

import pytest
import yaml

from anbu.assessment.deadlines import DEADLINES, deadlines, parse, steps_due
from anbu.assessment.vocabulary import vocabulary
from anbu.clock import SEOUL
from anbu.errors import ContentError


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def test_urgent_deadlines_run_through_night_and_holidays():
    opened = at("2026-09-25 23:59:30")  # the night of 추석
    assert deadlines().acknowledge_by("P0", opened) == opened + timedelta(seconds=60)
    assert deadlines().acknowledge_by("P1", opened) == opened + timedelta(hours=4)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-11-23 10:00", "2026-11-26 10:00"),  # Monday → Thursday
        ("2026-11-20 16:30", "2026-11-25 16:30"),  # Friday → Wednesday
        ("2026-11-21 03:00", "2026-11-26 09:00"),  # Saturday counts from Monday's opening
        ("2026-09-23 10:00", "2026-09-30 10:00"),  # 추석 24–26, then a weekend
        ("2026-12-31 20:00", "2027-01-07 09:00"),  # after hours; 신정 is a Friday
    ],
)
def test_three_working_days_leave_out_weekends_and_korean_holidays(opened, due):
    assert deadlines().acknowledge_by("P2", at(opened)) == at(due)


def test_substitute_holiday_is_a_day_off():
    assert not deadlines().calendar.works_on(at("2026-03-02 00:00").date())  # for 3·1절 on a Sunday


def test_office_hours_are_counted_over_the_night():
    calendar = deadlines().calendar
    assert calendar.after(at("2026-11-20 16:00"), 4 * 3600) == at("2026-11-23 11:00")
    assert calendar.after(at("2026-11-20 16:00"), 2 * 3600) == at("2026-11-20 18:00")
    assert calendar.after(at("2026-11-20 18:00"), 3600) == at("2026-11-23 10:00")


def test_day_the_office_adds_to_the_calendar_is_left_out(monkeypatch):
    monkeypatch.setattr("anbu.assessment.deadlines.holiday", lambda day: "개청일" if day.day == 24 else None)
    assert deadlines().acknowledge_by("P2", at("2026-11-23 10:00")) == at("2026-11-27 10:00")


@pytest.mark.parametrize(
    ("after_s", "rungs"),
    [(0, 1), (60, 1), (179, 1), (180, 2), (359, 2), (360, 3), (959, 3), (960, 4), (1560, 5)],
)
def test_ladder_of_the_most_urgent_climbs_every_three_minutes_then_managers_again(after_s, rungs):
    opened = at("2026-11-23 03:00")
    rule = deadlines().rules["P0"]
    now = opened + timedelta(seconds=after_s)
    assert steps_due(rule, opened, opened + timedelta(seconds=60), 2, now) == rungs


def test_with_nobody_on_duty_managers_are_called_at_once():
    opened = at("2026-11-23 03:00")
    assert steps_due(deadlines().rules["P0"], opened, opened, 0, opened) == 1


def test_less_urgent_is_paged_only_once_overdue_and_managers_once():
    opened = at("2026-11-23 10:00")
    rule, due = deadlines().rules["P2"], deadlines().acknowledge_by("P2", opened)
    assert steps_due(rule, opened, due, 1, due - timedelta(seconds=1)) == 0
    assert steps_due(rule, opened, due, 1, due) == 1
    assert steps_due(rule, opened, due, 1, due + timedelta(days=30)) == 2


def test_waits_double_up_to_the_longest():
    retries = deadlines().retries
    assert [retries.wait_s(n) for n in (1, 2, 3, 4)] == [10, 20, 40, 80]
    assert retries.wait_s(20) == retries.wait_s(10_000) == 900


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("office_hours", "weekdays"), ["월", "Tue"], "Tue"),
        (("office_hours", "to"), "08:00", "일러야"),
        (("office_hours", "from"), "아홉시", "office_hours"),
        (("priorities", "P2"), {"counts": "sometimes", "decide_within": "5d"}, "always"),
        (("priorities", "P1"), {"counts": "always"}, "priorities.P1"),
        (("escalation", "P0", "decide"), ["mayor"], "mayor"),
        (("escalation", "P1", "next_after"), "0m", "0보다"),
        (("retries", "first"), "soon", "retries"),
    ],
)
def test_mistake_in_the_file_is_named_with_its_place(path, value, says):
    raw = yaml.safe_load(DEADLINES.read_text(encoding="utf-8"))
    inside = raw
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    with pytest.raises(ContentError, match=says):
        parse(raw, vocabulary())
