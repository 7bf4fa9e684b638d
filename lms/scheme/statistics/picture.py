"""The months as a picture: a bar for the people who completed a course, a dot for each session held."""

from collections.abc import Sequence
from dataclasses import dataclass

from lms.scheme.statistics.counts import Month

WIDTH, HEIGHT, FOOT, HEAD = 760, 260, 32, 24
MOST_DOTS = 6
DOT = 8


@dataclass(frozen=True)
class Bar:
    """One month in the picture, in its units; `height` is None where the number is not shown."""

    month: Month
    left: float
    width: float
    top: float
    height: float | None
    dots: tuple[float, ...]
    is_named: bool
    more_dots: bool

    @property
    def middle(self) -> float:
        return round(self.left + self.width / 2, 1)


@dataclass(frozen=True)
class Picture:
    """All months; `highest` is the number that the tallest bar stands for."""

    bars: tuple[Bar, ...]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = HEIGHT - FOOT


def picture_of(months: Sequence[Month]) -> Picture:
    """The picture of these months."""
    highest = max((month.people or 0 for month in months), default=0)
    step = WIDTH / max(1, len(months))
    room = HEIGHT - FOOT - HEAD
    bars = []
    for place, month in enumerate(months):
        height = round(month.people / highest * room, 1) if month.people and highest else None
        dots = tuple(HEIGHT - FOOT - 8 - dot * (DOT + 3) for dot in range(min(month.sessions, MOST_DOTS)))
        bars.append(
            Bar(
                month,
                left=round(place * step + 3, 1),
                width=round(step - 6, 1),
                top=round(HEIGHT - FOOT - (height or 0), 1),
                height=height,
                dots=dots,
                is_named=month.first.month in (1, 4, 7, 10),
                more_dots=month.sessions > MOST_DOTS,
            )
        )
    return Picture(tuple(bars), highest)
