"""On which days something happens that comes again: so many months after its first day."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from lms.measures.models import TIMES_A_YEAR

MONTHS = {rhythm: 12 // times for rhythm, times in TIMES_A_YEAR.items()}


def days_of(first: date, rhythm: str, since: date, until: date, day: int = 0) -> Iterator[date]:
    """The days from `first` on that lie between `since` and `until`, both included; without a rhythm only `first`.

    A month that lacks the `day` (the first one's, unless it is given) has it on its last day; the months after keep it.
    """
    if since <= first <= until:
        yield first
    if not rhythm:
        return
    step, passed = MONTHS[rhythm], _months_between(first, since)
    number = max(1, passed // step)
    while (on := months_after(first, number * step, day or first.day)) <= until:
        if on >= since:
            yield on
        number += 1


def next_day(first: date, rhythm: str, after: date, day: int = 0) -> date:
    """The earliest day later than both `first` and `after`."""
    step = MONTHS[rhythm]
    number = max(1, _months_between(first, after) // step)
    while (on := months_after(first, number * step, day or first.day)) <= after:
        number += 1
    return on


def months_after(first: date, months: int, day: int) -> date:
    """The `day` of the month that comes so many months later, or the last one it has."""
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def _months_between(first: date, later: date) -> int:
    return (later.year - first.year) * 12 + later.month - first.month
