"""The activities of a plan as calendars read them: whole days, with the organisation's name and what it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from lms.database import norwegian_day, now
from lms.group_sessions.calendars.events import calendar_called, written
from lms.languages import _
from lms.measures.models import measures_of, plan_in
from lms.measures.year_wheel.year import Activity, activities_of, held_in
from lms.organisations.models import Organisation

if TYPE_CHECKING:
    # Read when a calendar is written, as in the calendars of sessions.
    from icalendar import Event

LOOK_BACK, LOOK_AHEAD = timedelta(days=365), timedelta(days=400)


def dates_of(organisation: Organisation) -> list[Activity]:
    """The activities of a year back and a little more than a year ahead; three questions."""
    plan, today = plan_in(organisation.id), norwegian_day(now())
    if plan is None:
        return []
    measures = measures_of(plan)
    held = held_in(organisation.id, measures)
    return activities_of(measures, held, today - LOOK_BACK, today + LOOK_AHEAD, today)


def calendar_of(organisation: Organisation, activities: Iterable[Activity]) -> str:
    """The activities as a calendar; nobody is named in it, and nothing says what came of them."""
    calendar = calendar_called(_("The year of %(organisation)s", organisation=organisation.name))
    for activity in activities:
        calendar.add_component(_event(activity, organisation))
    return written(calendar)


def _event(activity: Activity, organisation: Organisation) -> Event:
    from icalendar import Event

    event = Event()
    measure, stamp = activity.measure, _stamp(activity)
    # By the day it was planned for: it stays the same entry when it is held a little earlier or later.
    planned = activity.held.planned_on if activity.held else activity.on
    event.add("uid", f"{measure.id}-{planned.isoformat()}")
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", measure.revision)
    event.add("dtstart", activity.on)
    event.add("dtend", _day_after(activity.on))
    event.add("summary", f"{measure.what} ({organisation.name})")
    # It takes part of the day at most, and nobody's whole day is busy for it.
    event.add("transp", "TRANSPARENT")
    return event


def _stamp(activity: Activity) -> datetime:
    return max(activity.measure.changed_at, activity.held.marked_at) if activity.held else activity.measure.changed_at


def _day_after(day: date) -> date:
    return day + timedelta(days=1)
