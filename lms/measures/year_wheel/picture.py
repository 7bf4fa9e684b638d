"""The picture of a year: a wheel of twelve months, each activity a stone in its month."""

from dataclasses import dataclass
from math import cos, pi, sin

from lms.measures.year_wheel.year import State, Year

MIDDLE = 320
INNER, OUTER, WORDS = 128, 268, 293
GAP = 0.014  # of a turn between two months, half on each side; in radians
# Where the stones of a month lie: so far from the middle, so many beside one another.
ROWS = ((244, 4), (209, 3), (174, 2))
APART = 31  # from the middle of one stone to that of the next
PLACES = sum(many for _radius, many in ROWS)


@dataclass(frozen=True)
class Stone:
    """An activity in the picture, with the number it has in the table."""

    number: int
    x: float
    y: float
    state: State
    is_awareness: bool


@dataclass(frozen=True)
class Segment:
    """A month: its outline, where its name stands, its stones, and how many it has no room for."""

    path: str
    name_x: float
    name_y: float
    stones: tuple[Stone, ...]
    more: int
    more_x: float
    more_y: float


def wheel_of(year: Year) -> tuple[Segment, ...]:
    """The twelve segments, clockwise, the first one at the top; activities are numbered from 1 in their order."""
    segments, number = [], 1
    for place, month in enumerate(year.months):
        middle = 2 * pi * (place + 0.5) / 12
        shown = month.activities if len(month.activities) <= PLACES else month.activities[: PLACES - 2]
        stones = tuple(
            Stone(number + nth, *_point(*_place_of(nth, len(shown), middle)), activity.state, activity.is_awareness)
            for nth, activity in enumerate(shown)
        )
        number += len(month.activities)
        segments.append(
            Segment(
                _outline(middle),
                *_point(WORDS, middle),
                stones,
                len(month.activities) - len(shown),
                *_point(ROWS[2][0], middle),
            )
        )
    return tuple(segments)


def _place_of(nth: int, of: int, middle: float) -> tuple[float, float]:
    """How far out the nth of so many stones lies, and at which angle; each row is spread evenly about the middle."""
    left = of
    for radius, many in ROWS:
        here = min(left, many)
        if nth < here:
            # As far apart as in a full row of the outermost one, whatever the radius.
            return radius, middle + (nth - (here - 1) / 2) * APART / radius
        nth, left = nth - here, left - here
    raise ValueError("no room for so many")


def _outline(middle: float) -> str:
    begins, ends = middle - pi / 12, middle + pi / 12
    outer = [_written(_point(OUTER, begins + GAP)), _written(_point(OUTER, ends - GAP))]
    # The gap is as wide inside as outside.
    inside = GAP * OUTER / INNER
    inner = [_written(_point(INNER, ends - inside)), _written(_point(INNER, begins + inside))]
    return f"M{outer[0]}A{OUTER} {OUTER} 0 0 1 {outer[1]}L{inner[0]}A{INNER} {INNER} 0 0 0 {inner[1]}Z"


def _point(radius: float, angle: float) -> tuple[float, float]:
    """Clockwise from the top."""
    return round(MIDDLE + radius * sin(angle), 1), round(MIDDLE - radius * cos(angle), 1)


def _written(point: tuple[float, float]) -> str:
    return f"{point[0]} {point[1]}"
