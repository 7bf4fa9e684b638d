"""When letters that nobody has asked for may arrive: by day in Norway, and never on a Sunday."""

from datetime import datetime, time, timedelta

from lms.database import NORWAY

FIRST_HOUR, LAST_HOUR = 8, 20
SUNDAY = 6


def is_by_day(moment: datetime) -> bool:
    """Whether it is from 8 to 20 in Norway, on any day but Sunday."""
    there = moment.astimezone(NORWAY)
    return there.weekday() != SUNDAY and FIRST_HOUR <= there.hour < LAST_HOUR


def next_by_day(moment: datetime) -> datetime:
    """The moment itself, if it is by day, or else when the day begins."""
    if is_by_day(moment):
        return moment
    there = moment.astimezone(NORWAY)
    day = there.date() + timedelta(days=there.hour >= LAST_HOUR)
    day += timedelta(days=day.weekday() == SUNDAY)
    return datetime.combine(day, time(FIRST_HOUR), NORWAY)
