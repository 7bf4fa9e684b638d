"""What became of the activities of the year, whom a calendar shows them to, and which reminders have been written."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session, upsert
from lms.measures.models import ChangedMeanwhile, Measure
from lms.measures.year_wheel.rhythm import next_day
from lms.organisations.events import record
from lms.organisations.models import Organisation
from lms.people.models import Person, digest


class ActivityHeld(Model):
    """An activity has been held: the day it was planned for, when it was, and what came of it."""

    __tablename__ = "lms_activity_held"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "measure_id"], ["lms_measure.organisation_id", "lms_measure.id"]),
        CheckConstraint("day BETWEEN 1 AND 31", name="day"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who said that an activity of the plan has been held, and what came of it.",
        retention="As long as the award that rests on the plan, and one round more.",
        person="marked_by",
        export=("planned_on", "held_on", "note", "marked_at"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    measure_id: Mapped[UUID] = mapped_column(primary_key=True)
    planned_on: Mapped[date] = mapped_column(primary_key=True)
    held_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    # Where it went on: its next day, and the day of the month that a short month could not keep.
    next_on: Mapped[date | None]
    day: Mapped[int]
    status_before: Mapped[str] = mapped_column(String(20))
    marked_at: Mapped[datetime] = mapped_column(default=now)
    marked_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


class ActivityReminder(Model):
    """One day of an activity has been reminded of, `ahead` or `after`: there can be no second time."""

    __tablename__ = "lms_activity_reminder"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "measure_id"], ["lms_measure.organisation_id", "lms_measure.id"]),
        CheckConstraint("kind IN ('ahead', 'after')", name="kind"),
        Index("ix_lms_activity_reminder_queued", "organisation_id", "queued_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    measure_id: Mapped[UUID] = mapped_column(primary_key=True)
    planned_on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    queued_at: Mapped[datetime] = mapped_column(default=now)


class YearWheel(Model):
    """What an organisation has chosen for its year: the address of its calendar, and whether it wants no reminders.

    The address is all that is asked for, so only its digest is kept, and whoever has lost it makes a new one.
    """

    __tablename__ = "lms_year_wheel"
    __table_args__ = (
        CheckConstraint("(feed_digest IS NULL) = (feed_made_at IS NULL)", name="feed"),
        CheckConstraint("stopped_at IS NOT NULL OR stopped_by IS NULL", name="stopped"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who made the address of the organisation's calendar, and who stopped its reminders.",
        retention="As long as the organisation is here.",
        person="feed_made_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    feed_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    feed_made_at: Mapped[datetime | None]
    feed_made_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


def hold(measure: Measure, planned_on: date, held_on: date, note: str, by: Person) -> bool:
    """An activity has been held; one that recurs goes on to its next day. False when that was said already.

    The next day is later than the one on which it was held: what was left out in between is not made up for. Raises
    ChangedMeanwhile when it is not planned for that day any more. Whoever calls holds the plan.
    """
    if session.get(ActivityHeld, (measure.organisation_id, measure.id, planned_on)) is not None:
        return False
    if measure.due != planned_on:
        raise ChangedMeanwhile
    day = day_of(measure, last_held(measure))
    after = max(planned_on, held_on)
    next_on = next_day(planned_on, measure.recurring, after, day) if measure.recurring else None
    session.add(
        ActivityHeld(
            organisation_id=measure.organisation_id,
            measure_id=measure.id,
            planned_on=planned_on,
            held_on=held_on,
            note=note,
            next_on=next_on,
            day=day,
            status_before=measure.status,
            marked_by=by.id,
        )
    )
    record(measure.organisation_id, "measure.held", by, measure=str(measure.id), on=held_on.isoformat())
    _move(measure, next_on or planned_on, "continuing" if next_on else "done", by)
    return True


def take_back(measure: Measure, planned_on: date, by: Person) -> bool:
    """What was said last was a mistake: the activity waits for its day again. False when it was not said last.

    Where somebody has chosen another day or status since, those stay. Whoever calls holds the plan.
    """
    last = last_held(measure)
    if last is None or last.planned_on != planned_on:
        return False
    became = "continuing" if last.next_on else "done"
    due = last.planned_on if last.next_on in (None, measure.due) else measure.due
    session.delete(last)
    record(measure.organisation_id, "measure.held_taken_back", by, measure=str(measure.id), on=planned_on.isoformat())
    _move(measure, due, last.status_before if measure.status == became else measure.status, by)
    return True


def _move(measure: Measure, due: date | None, status: str, by: Person) -> None:
    measure.become(status, "", by)
    # Whoever has its form open must not put the old day back.
    measure.due, measure.revision = due, measure.revision + 1
    measure.changed_at, measure.changed_by = now(), by.id
    session.flush()


def last_held(measure: Measure) -> ActivityHeld | None:
    """The latest day of an activity that was held."""
    return next(iter(held_of(measure)), None)


def held_of(measure: Measure) -> list[ActivityHeld]:
    """Every time an activity was held, the latest first."""
    here = ActivityHeld.organisation_id == measure.organisation_id, ActivityHeld.measure_id == measure.id
    return list(session.scalars(select(ActivityHeld).where(*here).order_by(ActivityHeld.planned_on.desc())))


def names_of(held: Iterable[ActivityHeld]) -> dict[UUID, str]:
    """What those who said so are called, by their ids."""
    whose = {each.marked_by for each in held}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(whose))) if whose else ()
    return {row.id: row.name for row in rows}


def day_of(measure: Measure, last: ActivityHeld | None) -> int:
    """The day of the month on which it happens: 31 also where it falls on the 28th now, unless somebody moved it."""
    if measure.due is None:
        raise ValueError("an activity without a day")
    return last.day if last is not None and last.next_on == measure.due else measure.due.day


def year_wheel_of(organisation_id: UUID) -> YearWheel:
    """What the organisation has chosen; nothing is kept until somebody chooses."""
    found = session.get(YearWheel, organisation_id, populate_existing=True)
    return found or YearWheel(organisation_id=organisation_id)


def new_feed(organisation_id: UUID, by: Person) -> str:
    """An address of the calendar in place of the one there may be; the secret in it is shown this once."""
    secret = secrets.token_urlsafe(32)
    _choose(organisation_id, feed_digest=digest(secret), feed_made_at=now(), feed_made_by=by.id)
    record(organisation_id, "year.calendar_opened", by)
    return secret


def end_feed(organisation_id: UUID, by: Person) -> None:
    """The address shows nothing any more."""
    if year_wheel_of(organisation_id).feed_digest is not None:
        _choose(organisation_id, feed_digest=None, feed_made_at=None, feed_made_by=None)
        record(organisation_id, "year.calendar_ended", by)


def organisation_with(secret: str) -> Organisation | None:
    """Whose calendar has this address."""
    return session.scalar(
        select(Organisation)
        .join(YearWheel, YearWheel.organisation_id == Organisation.id)
        .where(YearWheel.feed_digest == digest(secret))
    )


def stop_reminders(organisation_id: UUID, by: Person) -> None:
    """Write nobody here about the year any more."""
    if year_wheel_of(organisation_id).stopped_at is None:
        _choose(organisation_id, stopped_at=now(), stopped_by=by.id)
        record(organisation_id, "year.reminders_stopped", by)


def resume_reminders(organisation_id: UUID, by: Person) -> None:
    """Write again."""
    if year_wheel_of(organisation_id).stopped_at is not None:
        _choose(organisation_id, stopped_at=None, stopped_by=None)
        record(organisation_id, "year.reminders_resumed", by)


def _choose(organisation_id: UUID, **chosen: object) -> None:
    upsert(YearWheel, {"organisation_id": organisation_id, **chosen}, ("organisation_id",), overwrite=tuple(chosen))
