"""Credited time: the attention the server believes, never more than the clock on the wall has moved."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Executable,
    ForeignKey,
    String,
    bindparam,
    delete,
    false,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.packs import Lesson
from lms.database import Model, Privacy, ask, engine, insert_of, session, upsert
from lms.learning.models import BEGIN, Enrolment, LessonProgress
from lms.learning.open_pages import OpenPage
from lms.learning.places import LEARNING, LEARNS_HERE
from lms.organisations.models import Employee
from lms.people.models import Person

MOST_SECONDS_PER_REPORT = 120
TABS_ARE_KEPT = timedelta(days=2)


class PersonClock(Model):
    """Until when a person's time is credited, across tabs, devices and organisations."""

    __tablename__ = "lms_person_clock"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To credit no minute twice when somebody has two tabs open or works in two places.",
        retention="Until she erases herself.",
        person="person_id",
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), primary_key=True)
    credited_until: Mapped[datetime]
    credited_before: Mapped[datetime]


class ReportingTab(Model):
    """The last report that came from one open page, so that a report sent again counts once."""

    __tablename__ = "lms_reporting_tab"
    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To count a report that was sent twice only once.",
        retention="Two days.",
        person="person_id",
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), primary_key=True)
    tab: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_number: Mapped[int]
    at: Mapped[datetime]


class PageClosed(Exception):
    """Whoever had the page open is not there any more: she has left or is erased, or the round has ended."""


def credit_report(page: OpenPage, number: int, seconds: int, at: datetime) -> int:
    """Credit one report of attended seconds from an open page; returns the seconds credited.

    `number` counts the reports of one tab upwards, so that a report sent again is known. `at` is the server's time.
    Raises PageClosed, and nothing of what was done is to be kept then.
    """
    if not _is_news(page, number, at):
        return 0
    _begin(page, at)
    return _credit(page, min(seconds, _move_clock(page.person_id, at), MOST_SECONDS_PER_REPORT), at)


def credit_page(page: OpenPage, lesson: Lesson, at: datetime) -> int:
    """Credit a page that could not report, from its opening until its form came; at most the lesson's minutes.

    A form sent again counts only what has passed since: sent twice at once, nothing; read on and sent again, the rest.
    Raises PageClosed.
    """
    _begin(page, at)
    if session.get(ReportingTab, (page.person_id, page.tab)) is not None:
        return 0
    open_for = int((at - page.opened_at).total_seconds())
    return _credit(page, min(open_for, lesson.minutes * 60, _move_clock(page.person_id, at)), at)


def start_clock(person_id: UUID, at: datetime) -> None:
    """Begin to measure a person's time, when she enters; a clock that runs already goes on."""
    upsert(PersonClock, {"person_id": person_id, "credited_until": at, "credited_before": at}, ("person_id",))


def forget_old_tabs(before: datetime) -> None:
    """Remove what is known about pages that were closed long ago."""
    session.execute(delete(ReportingTab).where(ReportingTab.at < before))


def _move_clock(person_id: UUID, at: datetime) -> int:
    """Move the person's clock to `at` and return the whole seconds it moved; a clock that is ahead stays.

    The conditional UPDATE locks the row: two devices at once follow one another, and the second finds it moved.
    """
    moved_from = ask(_MOVE, {"person": person_id, "at": at}).scalar()
    if moved_from is None:
        start_clock(person_id, at)
        return 0
    return int((at - moved_from).total_seconds())


_CLOCK = Model.metadata.tables[PersonClock.__tablename__]
# Put together once, and of the table: what the ORM would do about it takes longer than the answer.
_MOVE = (
    update(_CLOCK)
    .where(_CLOCK.c.person_id == bindparam("person"), _CLOCK.c.credited_until < bindparam("at"))
    .values(credited_before=_CLOCK.c.credited_until, credited_until=bindparam("at"))
    .returning(_CLOCK.c.credited_before)
)


def _is_news(page: OpenPage, number: int, at: datetime) -> bool:
    """Remember the report, unless it or a later one has come; asked before the clock, which no retry may move.

    Nothing is remembered of somebody who is erased, or has signed out everywhere since she opened the page.
    """
    named = {"person": page.person_id, "door": page.door, "tab": page.tab, "number": number, "at": at}
    return ask(_remembering(engine().dialect.name), named).rowcount > 0


def _begin(page: OpenPage, at: datetime) -> None:
    if not page.has_begun:
        ask(BEGIN, {"organisation": page.organisation_id, "enrolment": page.enrolment_id, "at": at})


def _credit(page: OpenPage, seconds: int, at: datetime) -> int:
    """Add the seconds to the lesson, if she still learns there: asked and written at once, every minute."""
    if seconds <= 0:
        return 0
    place = {"person": page.person_id, "organisation": page.organisation_id, "enrolment": page.enrolment_id}
    credit = {"lesson": page.lesson, "seconds": seconds, "at": at}
    if not ask(_crediting(engine().dialect.name), {**place, **credit}).rowcount:
        raise PageClosed
    return seconds


# Put together once, and of the tables, as above.
_PERSONS, _TABS, _LESSONS, _ENROLMENTS, _EMPLOYEES = (
    Model.metadata.tables[model.__tablename__] for model in (Person, ReportingTab, LessonProgress, Enrolment, Employee)
)


@cache
def _remembering(dialect: str) -> Executable:
    columns: tuple[Any, ...] = (
        _PERSONS.c.id,
        bindparam("tab", type_=_TABS.c.tab.type),
        bindparam("number", type_=_TABS.c.last_number.type),
        bindparam("at", type_=_TABS.c.at.type),
    )
    there = select(*columns).where(
        _PERSONS.c.id == bindparam("person"), _PERSONS.c.door == bindparam("door"), _PERSONS.c.erased_at.is_(None)
    )
    insert = insert_of(dialect, _TABS).from_select(["person_id", "tab", "last_number", "at"], there)
    new = insert.excluded
    counted: Executable = insert.on_conflict_do_update(
        index_elements=["person_id", "tab"],
        set_={"last_number": new.last_number, "at": new.at},
        where=_TABS.c.last_number < new.last_number,
    ).execution_options(preserve_rowcount=True)
    return counted


@cache
def _crediting(dialect: str) -> Executable:
    columns: tuple[Any, ...] = (
        _ENROLMENTS.c.organisation_id,
        _ENROLMENTS.c.id,
        bindparam("lesson", type_=_LESSONS.c.lesson.type),
        bindparam("at", type_=_LESSONS.c.begun_at.type),
        bindparam("seconds", type_=_LESSONS.c.credited_seconds.type),
        false(),
    )
    there = (
        select(*columns)
        .select_from(LEARNING)
        .where(
            _ENROLMENTS.c.organisation_id == bindparam("organisation"),
            _ENROLMENTS.c.id == bindparam("enrolment"),
            _EMPLOYEES.c.person_id == bindparam("person"),
            LEARNS_HERE,
        )
    )
    written = ["organisation_id", "enrolment_id", "lesson", "begun_at", "credited_seconds", "otherwise"]
    insert = insert_of(dialect, _LESSONS).from_select(written, there)
    counted: Executable = insert.on_conflict_do_update(
        index_elements=["organisation_id", "enrolment_id", "lesson"],
        set_={"credited_seconds": _LESSONS.c.credited_seconds + insert.excluded.credited_seconds},
    ).execution_options(preserve_rowcount=True)
    return counted
