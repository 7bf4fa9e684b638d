"""When somebody is to be reminded: so many days before a date, in days of the calendar in Norway."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

CHOICES = (23, 16, 14, 9, 7, 2)
# A week apart, since nobody is reminded more often than that.
USUAL = (16, 9, 2)
# A day and a half of a silent server, or a Sunday, must not cost a reminder; after that it has become old news.
FRESH_FOR = timedelta(days=3)
A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Occasion:
    """Why letters go out: so many days before a date. `name` is the same however often it is asked for."""

    target_on: date
    days_before: int

    @property
    def name(self) -> str:
        return f"{self.target_on.isoformat()}-{self.days_before}"

    @property
    def opens_on(self) -> date:
        return self.target_on - timedelta(days=self.days_before)

    @property
    def closes_on(self) -> date:
        """The first day on which it is too late: it is old news by then, or the date itself."""
        return min(self.opens_on + FRESH_FOR, self.target_on)


def occasions(target_on: date, offsets: Iterable[int]) -> list[Occasion]:
    """Every occasion before a date, the first one first."""
    return [Occasion(target_on, days) for days in sorted(offsets, reverse=True)]


def occasion_on(today: date, target_on: date, offsets: Iterable[int]) -> Occasion | None:
    """What people are reminded of today, if anything: the latest occasion, as long as it is fresh.

    Whoever has been away for a while (a worker, a mail server) never makes up for what was missed: an occasion that
    has passed is left out, and the next one comes in its own time.
    """
    begun = [each for each in occasions(target_on, offsets) if each.opens_on <= today]
    return begun[-1] if begun and today < begun[-1].closes_on else None


def next_occasion(today: date, target_on: date, offsets: Iterable[int]) -> Occasion | None:
    """The occasion that is still to open."""
    return next((each for each in occasions(target_on, offsets) if each.opens_on > today), None)
