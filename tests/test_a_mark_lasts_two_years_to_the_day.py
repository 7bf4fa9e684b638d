"""How long a mark is valid: two years to the day, and nobody loses a day by renewing early."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lms.mark.dates import last_day, months_before, renewal_opens, years_after

DAYS = st.dates(date(2000, 1, 1), date(2098, 12, 31))


@pytest.mark.parametrize(
    ("awarded_on", "valid_until"),
    [
        (date(2026, 11, 27), date(2028, 11, 27)),
        (date(2028, 2, 29), date(2030, 2, 28)),
        (date(2028, 2, 28), date(2030, 2, 28)),
        (date(2026, 2, 28), date(2028, 2, 28)),
        (date(2026, 12, 31), date(2028, 12, 31)),
        (date(2027, 3, 1), date(2029, 3, 1)),
    ],
)
def test_the_last_day_of_an_award(awarded_on: date, valid_until: date) -> None:
    assert last_day(awarded_on) == valid_until


@given(DAYS)
@example(date(2028, 2, 29))
def test_it_is_the_same_day_of_the_same_month_two_years_on(awarded_on: date) -> None:
    last = last_day(awarded_on)

    assert (last.year, last.month) == (awarded_on.year + 2, awarded_on.month)
    assert last.day == awarded_on.day or (awarded_on.day, last.day) == (29, 28)
    assert timedelta(729) <= last - awarded_on <= timedelta(731)


@given(DAYS, DAYS)
def test_who_is_awarded_later_is_never_valid_shorter(one: date, other: date) -> None:
    earlier, later = sorted((one, other))

    assert last_day(earlier) <= last_day(later)


@given(DAYS, st.integers(0, 731))
@example(date(2028, 2, 29), 730)
def test_renewing_within_the_last_six_months_keeps_the_cycle(awarded_on: date, after: int) -> None:
    until = last_day(awarded_on)
    renewed_on = min(awarded_on + timedelta(after), until)
    renewed_until = last_day(renewed_on, until)

    assert renewed_until >= until, "nobody loses by being early"
    if renewal_opens(until) <= renewed_on:
        assert (renewed_until.month, renewed_until.day) == (until.month, until.day)
        assert renewed_until.year == until.year + 2
    else:
        assert renewed_until == max(last_day(renewed_on), until)


@given(DAYS, st.integers(1, 2000))
def test_once_it_has_lapsed_a_new_one_counts_from_its_own_day(awarded_on: date, after: int) -> None:
    until = last_day(awarded_on)
    renewed_on = until + timedelta(after)

    assert last_day(renewed_on, until) == last_day(renewed_on)


@given(DAYS, st.integers(0, 5))
def test_a_cycle_never_drifts(awarded_on: date, renewals: int) -> None:
    """However often it is renewed on any day of the last six months, it ends on the same day of the year."""
    first = until = last_day(awarded_on)
    for _renewal in range(renewals):
        until = last_day(renewal_opens(until), until)

    assert until == years_after(first, 2 * renewals)


@given(DAYS, st.integers(0, 24))
@example(date(2027, 8, 31), 6)
def test_months_are_counted_back_as_people_count_them(day: date, months: int) -> None:
    before = months_before(day, months)

    assert before.year * 12 + before.month == day.year * 12 + day.month - months
    assert before.day == min(day.day, calendar.monthrange(before.year, before.month)[1])


def test_six_months_before_the_last_day_of_august() -> None:
    assert renewal_opens(date(2028, 8, 31)) == date(2028, 2, 29)
    assert renewal_opens(date(2027, 8, 31)) == date(2027, 2, 28)
