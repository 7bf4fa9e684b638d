"""How many codes count: no more than there are people for them, as far as the organisation has said how many it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Counted:
    """The codes for one course: `by_week` those that count, by the Monday of their week, and how many are `beyond`."""

    by_week: dict[date, int]
    beyond: int

    @property
    def people(self) -> int:
        return sum(self.by_week.values())


def places_for_unnamed(roster: int, declared: int) -> int | None:
    """How many people the organisation says it has beyond its roster; None where it has not said how many it is."""
    return max(0, declared - roster) if declared else None


def count_codes(by_week: Mapping[date, int], places: int | None) -> Counted:
    """Which of these codes count, those of the first weeks first.

    A code says that somebody has completed a course, and not that it is one person more: whoever takes a course twice
    has two. So where it is known how many people there can be without a name, no more codes than that count.
    """
    counting: dict[date, int] = {}
    left = sum(by_week.values()) if places is None else places
    for week in sorted(by_week):
        if taken := min(by_week[week], left):
            counting[week] = taken
            left -= taken
    return Counted(counting, sum(by_week.values()) - sum(counting.values()))
