"""The activities of twelve months: what was held, what is planned, and which months have nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from lms.database import session
from lms.measures.models import Measure
from lms.measures.year_wheel.models import ActivityHeld, day_of
from lms.measures.year_wheel.rhythm import days_of, months_after

REQUIREMENT = "awareness_plan"  # what the year is planned for
State = Literal["held", "late", "planned"]


@dataclass(frozen=True)
class Activity:
    """A measure on one of its days; `held` tells what came of it."""

    measure: Measure
    on: date
    state: State
    held: ActivityHeld | None = None

    @property
    def is_awareness(self) -> bool:
        """Whether it counts for the plan of awareness work."""
        return self.measure.requirement == REQUIREMENT


@dataclass(frozen=True)
class Month:
    """A month by its first day, with the activities in it."""

    first: date
    activities: tuple[Activity, ...]
    is_now: bool


@dataclass(frozen=True)
class Year:
    """Twelve months with their activities in order, and the activities that have no day yet."""

    months: tuple[Month, ...]
    undated: tuple[Measure, ...]

    @cached_property
    def activities(self) -> list[Activity]:
        """All of them, the earliest first."""
        return [activity for month in self.months for activity in month.activities]

    @property
    def empty_months(self) -> list[Month]:
        """The months in which nothing happens."""
        return [month for month in self.months if not month.activities]


Held = Mapping[UUID, Sequence[ActivityHeld]]


def held_in(organisation_id: UUID, measures: Iterable[Measure]) -> Held:
    """Each time one of these measures was held, the latest first, by measure; one question."""
    wanted = {measure.id for measure in measures}
    asked = select(ActivityHeld).where(ActivityHeld.organisation_id == organisation_id)
    found: dict[UUID, list[ActivityHeld]] = {}
    for row in session.scalars(asked.order_by(ActivityHeld.planned_on.desc())):
        if row.measure_id in wanted:
            found.setdefault(row.measure_id, []).append(row)
    return found


def year_from(first: date, measures: Sequence[Measure], held: Held, today: date) -> Year:
    """The twelve months from the one that begins on `first`."""
    beginnings = [months_after(first, number, 1) for number in range(13)]
    last = beginnings[12] - timedelta(days=1)
    activities = list(activities_of(measures, held, first, last, today))
    months = tuple(
        Month(
            begins,
            tuple(activity for activity in activities if begins <= activity.on < ends),
            begins <= today < ends,
        )
        for begins, ends in pairwise(beginnings)
    )
    undated = tuple(one for one in measures if one.recurring and one.due is None and _goes_on(one))
    return Year(months, undated)


def activities_of(measures: Iterable[Measure], held: Held, since: date, until: date, today: date) -> list[Activity]:
    """What happens between the two days, both included, the earliest first."""
    found = [one for measure in measures for one in _days_of(measure, held.get(measure.id, ()), since, until, today)]
    return sorted(found, key=lambda one: (one.on, one.measure.added_at, one.measure.id))


def _days_of(
    measure: Measure, held: Sequence[ActivityHeld], since: date, until: date, today: date
) -> Iterator[Activity]:
    if measure.status == "not_relevant":
        return
    for row in held:
        if since <= row.held_on <= until:
            yield Activity(measure, row.held_on, "held", row)
    if measure.due is None or any(row.planned_on == measure.due for row in held):
        return
    if _goes_on(measure):
        day = day_of(measure, next(iter(held), None))
        for on in days_of(measure.due, measure.recurring, since, until, day):
            yield Activity(measure, on, "late" if on < today else "planned")
    elif not measure.recurring and since <= measure.due <= until:
        # Somebody said «done» in the plan, and no more than that.
        yield Activity(measure, measure.due, "held")


def _goes_on(measure: Measure) -> bool:
    return measure.status not in ("done", "not_relevant")
