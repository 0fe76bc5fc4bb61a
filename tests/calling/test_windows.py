from datetime import date, datetime, timedelta

import pytest

from anbu.calendar import holiday, next_workday
from anbu.calling.windows import is_open, next_span, windows
from anbu.clock import SEOUL
from anbu.errors import ContentError


def at(month, day, hour=0, minute=0, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=SEOUL)


WEEKDAYS = windows("월-금 10:00-12:00; 월-금 14:00-17:00")


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("월-금 10:00-12:00", "월화수목금 10:00-12:00"),
        ("평일 9시-17시30분", "월화수목금 09:00-17:30"),
        ("화,목 10~11", "화목 10:00-11:00"),
        ("9-18", "매일 09:00-18:00"),
    ],
)
def test_windows_are_read_as_people_write_them(said, means):
    assert str(windows(said)[0]) == means


@pytest.mark.parametrize("said", ["아침에", "월 12-11", "월 07:00-09:00", "월 20-22", [{"from": "9"}], 5, "월 9-25"])
def test_a_window_that_never_opens_or_is_too_wide_is_refused(said):
    with pytest.raises(ContentError):
        windows(said)


@pytest.mark.parametrize(
    ("after", "opens", "closes"),
    [
        (at(11, 23, 11), at(11, 23, 11), at(11, 23, 12)),  # open now
        (at(11, 23, 12), at(11, 23, 14), at(11, 23, 17)),  # closes at noon sharp
        (at(11, 27, 17), at(11, 30, 10), at(11, 30, 12)),  # Friday evening → Monday
        (at(9, 23, 17), at(9, 28, 10), at(9, 28, 12)),  # Chuseok and the weekend
        (at(3, 2, 9), at(3, 3, 10), at(3, 3, 12)),  # the substitute holiday of 1 March
    ],
)
def test_the_next_opening_skips_weekends_holidays_and_substitute_holidays(after, opens, closes):
    span = next_span(WEEKDAYS, after)
    assert (span.opens, span.closes) == (opens, closes)


def test_an_urgent_campaign_may_call_on_holidays():
    assert next_span(windows("08:00-21:00"), at(9, 25, 9), on_holidays=True).opens == at(9, 25, 9)


def test_preferred_times_narrow_the_window_and_give_way_where_they_never_meet_it():
    assert next_span(WEEKDAYS, at(11, 23, 9), preferred=windows("수 11:00-15:00")).opens == at(11, 25, 11)
    assert next_span(WEEKDAYS, at(11, 23, 9), preferred=windows("토 10-12")).opens == at(11, 23, 10)


def test_no_span_opens_after_the_end():
    assert next_span(WEEKDAYS, at(11, 23, 18), until=at(11, 24)) is None
    assert next_span(WEEKDAYS, at(11, 23, 9), until=at(11, 23, 11)).closes == at(11, 23, 11)


def test_open_until_just_before_the_end():
    assert is_open(WEEKDAYS, at(11, 23, 12) - timedelta(seconds=1))
    assert not is_open(WEEKDAYS, at(11, 23, 12))
    assert not is_open(WEEKDAYS, at(9, 25, 11))
    assert is_open(WEEKDAYS, at(9, 25, 11), on_holidays=True)


def test_holidays_have_korean_names():
    assert holiday(date(2026, 3, 2)).startswith("삼일절")
    assert holiday(date(2026, 11, 23)) is None
    assert next_workday(date(2026, 9, 23)) == date(2026, 9, 28)
