"""How many more will have completed a course by the session, if things go on as they have: a number and its range.

The model is a plain one, and the page says so. Completions of the last two weeks give a pace per day. What they may
come to by the session is uncertain for two reasons: days differ, and the pace itself is known from few days only. Both
are counted, and days that differ more than chance would have it, as when a whole team sits down together, widen the
range. It is meant to hold the truth four times of five.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from statistics import fmean, variance

from lms.group_sessions.readiness import Outlook, needed, staff_asked

DAYS_LOOKED_AT = 14
# A pace from less than this is a guess: so many days, so many completions, on so many of the days.
FEWEST_DAYS, FEWEST_COMPLETIONS, FEWEST_DAYS_WITH_SOME = 5, 5, 3
# Four of five outcomes of a normal distribution lie within so many deviations.
DEVIATIONS = 1.2816


@dataclass(frozen=True)
class Forecast:
    """How many more are expected to complete a course by the session, and between which numbers."""

    course: str
    expected: int
    least: int
    most: int
    wanted: int

    @property
    def is_enough(self) -> bool | None:
        """Whether so many are as many as it takes: for sure, for sure not (False), or perhaps (None)."""
        return True if self.least >= self.wanted else False if self.most < self.wanted else None


def forecasts_of(outlook: Outlook, today: date, session_on: date | None) -> dict[str, Forecast]:
    """What is to be expected in each course that too few have completed, where there is enough to go by."""
    facts, found = outlook.readiness.facts, {}
    for course in facts.courses:
        leaders = needed(facts.leader_share, course.leaders) - course.leaders_done
        staff = needed(facts.staff_share, staff_asked(facts, course)) - course.staff_done
        wanted = max(0, leaders) + max(0, staff)
        if not wanted or session_on is None:
            continue
        missing = course.leaders + staff_asked(facts, course) - course.leaders_done - course.staff_done
        per_day = completions_per_day(outlook.days.get(course.course, {}), today)
        if (numbers := expect(per_day, (session_on - today).days, missing)) is not None:
            found[course.course] = Forecast(course.course, *numbers, wanted)
    return found


def completions_per_day(of_day: Mapping[date, int], today: date) -> list[int]:
    """The last whole days before today, two weeks at most, from the first on which anybody completed anything."""
    begun = min((day for day in of_day if day < today), default=today)
    days = min(DAYS_LOOKED_AT, (today - begun).days)
    return [of_day.get(today - timedelta(days=ago), 0) for ago in range(days, 0, -1)]


def expect(per_day: Sequence[int], days_left: int, missing: int) -> tuple[int, int, int] | None:
    """How many of the `missing` will be done in `days_left` days: expected, at least, at most.

    None where there is too little to go by, and where nobody is missing or no day is left.
    """
    completions = sum(per_day)
    if (
        missing <= 0
        or days_left <= 0
        or len(per_day) < FEWEST_DAYS
        or completions < FEWEST_COMPLETIONS
        or sum(1 for people in per_day if people) < FEWEST_DAYS_WITH_SOME
    ):
        return None
    pace = fmean(per_day)
    unevenness = max(1.0, variance(per_day, pace) / pace)
    by_then = pace * days_left
    deviation = sqrt(unevenness * by_then * (1 + days_left / len(per_day)))
    within = DEVIATIONS * deviation
    expected, least, most = int(by_then + 0.5), int(max(0.0, by_then - within)), ceil(by_then + within)
    return min(expected, missing), min(least, missing), min(most, missing)
