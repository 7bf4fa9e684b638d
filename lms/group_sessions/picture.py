"""The days towards the group session as a picture: who had completed what by when, and how many it takes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lms.group_sessions.forecast import Forecast
from lms.group_sessions.readiness import CourseFacts, Facts, Outlook, needed, staff_asked

# The drawing's own units; a phone shows it at about half the size.
WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 12, 28
SHORTEST = timedelta(days=14)
MOST_ROWS = 31


@dataclass(frozen=True)
class Line:
    """One course: its steps as SVG points, where the number it takes lies, and the same numbers for the table.

    `expected` is the outline of where the line may go until the session, empty where nobody can say.
    """

    course: str
    points: str
    completed: int
    asked: int
    needed: int
    needed_at: int
    by_day: dict[date, int]
    expected: str = ""


@dataclass(frozen=True)
class Days:
    """The whole picture; places are in the drawing's units from its upper left corner."""

    first: date
    today: date
    last: date
    session_on: date | None
    most: int
    lines: tuple[Line, ...]
    today_at: int
    session_at: int | None

    @property
    def rows(self) -> list[date]:
        """The days of the table: each day on which somebody completed something, the latest ones, and today."""
        days = {day for line in self.lines for day in line.by_day} | {self.today}
        return sorted(days)[-MOST_ROWS:]


def days_towards(
    outlook: Outlook, today: date, session_on: date | None, forecasts: Mapping[str, Forecast] | None = None
) -> Days | None:
    """The picture of an organisation's days until its session; None when there is nobody or nothing to draw."""
    facts = outlook.readiness.facts
    most = max((course.leaders + staff_asked(facts, course) for course in facts.courses), default=0)
    if most == 0:
        return None
    begun = [day for of_course in outlook.days.values() for day in of_course]
    last = max(session_on or today, today)
    first = min([*begun, last - SHORTEST])
    across = (WIDTH - LEFT - RIGHT) / (last - first).days

    def x(day: date) -> int:
        return round(LEFT + (day - first).days * across)

    def y(people: int) -> int:
        return round(HEIGHT - BOTTOM - people / most * (HEIGHT - TOP - BOTTOM))

    lines = []
    for course in facts.courses:
        by_day = dict(_summed(outlook.days.get(course.course, {})))
        corners, before = [(x(first), y(0))], 0
        for day, people in by_day.items():
            if day <= today:
                corners += [(x(day), y(before)), (x(day), y(people))]
                before = people
        corners.append((x(today), y(before)))
        wanted, forecast = needed_in_all(facts, course), (forecasts or {}).get(course.course)
        outline = ""
        if forecast and session_on:
            done = course.leaders_done + course.staff_done
            ends = [(x(session_on), y(done + forecast.most)), (x(session_on), y(done + forecast.least))]
            outline = _points([(x(today), y(before)), *ends])
        lines.append(
            Line(
                course=course.course,
                points=_points(corners),
                completed=course.leaders_done + course.staff_done,
                asked=course.leaders + staff_asked(facts, course),
                needed=wanted,
                needed_at=y(wanted),
                by_day=by_day,
                expected=outline,
            )
        )
    session_at = x(session_on) if session_on is not None and session_on >= first else None
    return Days(first, today, last, session_on, most, tuple(lines), x(today), session_at)


def needed_in_all(facts: Facts, course: CourseFacts) -> int:
    """How many must have completed a course, leaders and staff together."""
    return needed(facts.leader_share, course.leaders) + needed(facts.staff_share, staff_asked(facts, course))


def _points(corners: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{across},{down}" for across, down in dict.fromkeys(corners))


def _summed(of_day: dict[date, int]) -> Iterator[tuple[date, int]]:
    people = 0
    for day in sorted(of_day):
        people += of_day[day]
        yield day, people
