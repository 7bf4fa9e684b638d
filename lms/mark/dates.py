"""How long a mark is valid: two years to the day, counted so that nobody loses by renewing early."""

import calendar
from datetime import date

YEARS = 2
RENEWAL_OPENS = 6  # months before the last day


def years_after(day: date, years: int) -> date:
    """The same day of the same month so many years on; the 29th of February becomes the 28th where there is none."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month where it has fewer."""
    count = day.year * 12 + day.month - 1 - months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def latest_reached(day: date, months: int) -> date:
    """The latest last day of an award that is at most so many months ahead of `day`, as `months_before` counts."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    longest = calendar.monthrange(year, month)[1]
    ends_its_month = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, longest if ends_its_month else min(day.day, longest))


def renewal_opens(valid_until: date) -> date:
    """From which day on a renewal keeps the cycle: six months before the last day."""
    return months_before(valid_until, RENEWAL_OPENS)


def last_day(awarded_on: date, previous_valid_until: date | None = None) -> date:
    """The last day on which an award is valid.

    Renewed within the last six months, it counts from the day until which the previous one is valid, so that the cycle
    keeps its day; else from the day it was awarded, and never so that it ends before the previous one would have.
    """
    counted = years_after(awarded_on, YEARS)
    if previous_valid_until is None or awarded_on > previous_valid_until:
        return counted
    if awarded_on >= renewal_opens(previous_valid_until):
        return years_after(previous_valid_until, YEARS)
    return max(counted, previous_valid_until)
