"""Deadlines, against calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest

from msixlite.domain import clocks


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 11, 23), 5, date(2026, 12, 1)),  # over Thanksgiving, 11/26
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # over a weekend
        (date(2026, 7, 2), 1, date(2026, 7, 6)),  # 07/04 is a Saturday, kept on Friday
        (date(2027, 12, 30), 1, date(2028, 1, 3)),  # New Year 2028 is a Saturday, kept on 12/31
        (date(2028, 2, 28), 1, date(2028, 2, 29)),  # leap day
    ],
)
def test_working_days(start, count, expected):
    assert clocks.add_working_days(start, count) == expected


def test_eleven_federal_holidays():
    days = clocks.federal_holidays(2026)
    assert {date(2026, 1, 19), date(2026, 5, 25), date(2026, 7, 3), date(2026, 11, 26), date(2026, 12, 25)} <= days
    assert len([day for day in days if day.year == 2026]) == 11


def test_a_near_match_is_due_in_24_clock_hours_and_5_working_days():
    opened = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    due = clocks.worklist_due(opened, "America/Chicago")
    assert due.reply_due_at == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assert (due.due_on, due.due_days, due.due_calendar) == (date(2026, 12, 2), 5, "federal holidays")


def test_the_days_are_counted_where_the_state_is():
    """Late on the 24th in Texas it is the 25th in UTC already."""
    opened = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    assert clocks.worklist_due(opened, "America/Chicago").due_on == date(2026, 12, 2)
    assert clocks.worklist_due(opened, "UTC").due_on == date(2026, 12, 3)


def test_a_reply_is_late_by_the_working_days_of_the_state():
    """7 p.m. of Friday in Texas, and 7 p.m. of Sunday: Saturday and Monday in UTC."""
    friday, sunday = datetime(2026, 11, 21, 1, tzinfo=UTC), datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert clocks.reply_is_late(friday, friday + timedelta(minutes=1), "America/Chicago")
    assert not clocks.reply_is_late(sunday, sunday + timedelta(hours=23), "America/Chicago")
    assert clocks.reply_is_late(sunday, sunday + timedelta(hours=25), "America/Chicago")


def test_a_reply_is_late_from_the_next_working_day_on():
    """Due on Saturday: the clock has run out, the breach counts from Monday."""
    saturday = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert not clocks.reply_is_late(saturday, datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "UTC")
    assert clocks.reply_is_late(saturday, datetime(2026, 11, 23, 16, 1, tzinfo=UTC), "UTC")
    assert clocks.reply_is_late(saturday, datetime(2026, 11, 21, 16, 1, tzinfo=UTC), "UTC", by_clock=True)


@pytest.mark.parametrize(
    ("end", "days"),
    [(date(2026, 11, 25), 0), (date(2026, 11, 27), 1), (date(2026, 11, 24), -1), (date(2026, 11, 30), 2)],
)
def test_working_days_between(end, days):
    assert clocks.working_days_between(date(2026, 11, 25), end) == days


@pytest.mark.parametrize(("limit", "before"), [(30, 5), (10, 5), (9, 4.5), (5, 2.5)])
def test_a_session_warns_early_enough_to_answer(limit, before):
    """5 minutes before its end, of a short limit half of it: far more than the 20 seconds of WCAG 2.2.1."""
    assert clocks.idle_warning(timedelta(minutes=limit)) == timedelta(minutes=before)


@pytest.mark.parametrize(("day", "start"), [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026)])
def test_the_reporting_year_begins_in_september(day, start):
    assert clocks.reporting_year_start(day) == date(start, 9, 1)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2012, 3, 14), date(2026, 3, 13), 13),
        (date(2012, 3, 14), date(2026, 3, 14), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
    ],
)
def test_age(birth, day, age):
    assert clocks.age_on(birth, day) == age


@pytest.mark.parametrize(
    ("arrival", "birth", "end"),
    [
        (date(2016, 9, 1), date(2005, 1, 1), date(2019, 8, 31)),
        (date(2024, 2, 29), date(2015, 1, 1), date(2027, 2, 28)),  # leap day: the last full day of 36 months
        (date(2024, 3, 1), date(2015, 1, 1), date(2027, 2, 28)),
        (date(2025, 3, 1), date(2015, 1, 1), date(2028, 2, 29)),
        (date(2025, 6, 10), date(2004, 8, 15), date(2026, 8, 14)),  # 22 before the 36 months are over
        (date(2025, 6, 10), date(2004, 2, 29), date(2026, 2, 28)),
        (date(2025, 6, 10), date(2006, 6, 10), date(2028, 6, 9)),  # both on the same day
    ],
)
def test_eligibility_ends_after_36_months_or_before_the_22nd_birthday(arrival, birth, end):
    assert clocks.eligibility_end(arrival, birth) == end
