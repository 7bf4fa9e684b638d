"""Credited time: the attention the server believes, never more than the clock on the wall has moved."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, bindparam, delete, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.packs import Lesson
from lms.database import Model, Privacy, ask, session, upsert
from lms.learning.models import Enrolment, LessonProgress

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


def credit_report(
    enrolment: Enrolment, person_id: UUID, lesson: Lesson, tab: str, number: int, seconds: int, at: datetime
) -> int:
    """Credit one report of attended seconds from an open page; returns the seconds credited.

    `number` counts the reports of one tab upwards, so that a report sent again is known. `at` is the server's time.
    """
    enrolment.begin(at)
    if not _is_news(person_id, tab, number, at):
        return 0
    return _credit(enrolment, lesson, min(seconds, _move_clock(person_id, at), MOST_SECONDS_PER_REPORT), at)


def credit_page(
    enrolment: Enrolment, person_id: UUID, lesson: Lesson, tab: str, opened_at: datetime, at: datetime
) -> int:
    """Credit a page that could not report, from its opening until its form came; at most the lesson's minutes.

    A form sent again counts only what has passed since: sent twice at once, nothing; read on and sent again, the rest.
    """
    enrolment.begin(at)
    if session.get(ReportingTab, (person_id, tab)) is not None:
        return 0
    open_for = int((at - opened_at).total_seconds())
    return _credit(enrolment, lesson, min(open_for, lesson.minutes * 60, _move_clock(person_id, at)), at)


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


def _is_news(person_id: UUID, tab: str, number: int, at: datetime) -> bool:
    """Remember the report, unless it or a later one has come; asked before the clock, which no retry may move."""
    return upsert(
        ReportingTab,
        {"person_id": person_id, "tab": tab, "last_number": number, "at": at},
        ("person_id", "tab"),
        overwrite=("last_number", "at"),
        if_more="last_number",
    )


def _credit(enrolment: Enrolment, lesson: Lesson, seconds: int, at: datetime) -> int:
    seconds = max(0, seconds)
    if seconds:
        upsert(
            LessonProgress,
            {
                "organisation_id": enrolment.organisation_id,
                "enrolment_id": enrolment.id,
                "lesson": lesson.slug,
                "begun_at": at,
                "credited_seconds": seconds,
                "otherwise": False,
            },
            ("organisation_id", "enrolment_id", "lesson"),
            add=("credited_seconds",),
        )
    return seconds
