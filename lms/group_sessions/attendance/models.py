"""Who came to a group session: marked in a list by somebody who saw them, or checked in by themselves."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, engine, insert_of, now, session, upsert
from lms.group_sessions.models import AlreadyHeld, GroupSession
from lms.organisations.models import Employee
from lms.people.models import Person, plain_code


class CheckInClosed(Exception):
    """Nobody can check in now; `why` is undated, early, late, cancelled or held."""

    def __init__(self, why: str):
        self.why = why


class Attendance(Model):
    """Somebody came to a group session; without a row she did not, as far as anybody has said."""

    __tablename__ = "lms_attendance"
    __table_args__ = (
        Index("ix_lms_attendance_employee", "organisation_id", "employee_id"),
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who came to the group session; the mark rests on it.",
        retention="Two rounds; after erasure the row stays as a count without a person.",
        person="employee_id",
        export=("organisation_id", "group_session_id", "came_at"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    came_at: Mapped[datetime] = mapped_column(default=now)
    marked_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("lms_person.id"), index=True
    )  # nobody: she checked in herself


KEY = ("organisation_id", "group_session_id", "employee_id")


def check_in(meeting: GroupSession, employee: Employee) -> None:
    """She says herself that she is here; once, however often she presses. Raises CheckInClosed."""
    if (why := meeting.check_in_closed) is not None:
        raise CheckInClosed(why)
    upsert(Attendance, _row(meeting, employee.id, None), KEY)


def mark(meeting: GroupSession, shown: Collection[UUID], came: Collection[UUID], by: Person) -> None:
    """Of those in the list she was shown, these came and the others did not. Raises AlreadyHeld."""
    _must_be_open(meeting)
    gone = set(shown) - set(came)
    session.execute(delete(Attendance).where(*_of(meeting), Attendance.employee_id.in_(gone)))
    if came:
        upsert(Attendance, [_row(meeting, employee_id, by) for employee_id in came], KEY)


def mark_everybody(meeting: GroupSession, found: Select[Any], by: Person) -> None:
    """Everybody who is found came: one statement, however many they are. Raises AlreadyHeld."""
    _must_be_open(meeting)
    columns = [*KEY, "came_at", "marked_by"]
    named = found.with_only_columns(
        literal(meeting.organisation_id, Attendance.organisation_id.type),
        literal(meeting.id, Attendance.group_session_id.type),
        Employee.id,
        literal(now(), Attendance.came_at.type),
        literal(by.id, Attendance.marked_by.type),
    )
    insert = insert_of(engine().dialect.name, Attendance)
    session.execute(insert.from_select(columns, named).on_conflict_do_nothing())


def mark_nobody(meeting: GroupSession) -> None:
    """Nobody came, as far as the list says. Raises AlreadyHeld."""
    _must_be_open(meeting)
    session.execute(delete(Attendance).where(*_of(meeting)))


def how_many_came(meeting: GroupSession) -> int:
    """How many are marked in the list, by themselves or by others."""
    return session.scalar(select(func.count()).select_from(Attendance).where(*_of(meeting))) or 0


def has_come(meeting: GroupSession, employee: Employee) -> Attendance | None:
    """Her line in the list, if she is in it."""
    return session.get(Attendance, (meeting.organisation_id, meeting.id, employee.id))


def session_with_code(written: str, lock: bool = False) -> GroupSession | None:
    """The session whose check-in code somebody wrote, with or without a dash, whether or not it is open."""
    question = select(GroupSession).where(GroupSession.check_in_code == plain_code(written))
    if lock:
        # Many may check in at once, but nobody while what is true is being frozen.
        question = question.with_for_update(read=True).execution_options(populate_existing=True)
    return session.scalar(question)


def spoken_code(code: str) -> str:
    """A check-in code as people read it aloud: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def _row(meeting: GroupSession, employee_id: UUID, by: Person | None) -> dict[str, Any]:
    return {
        "organisation_id": meeting.organisation_id,
        "group_session_id": meeting.id,
        "employee_id": employee_id,
        "came_at": now(),
        "marked_by": by.id if by else None,
    }


def _of(meeting: GroupSession) -> tuple[Any, ...]:
    return Attendance.organisation_id == meeting.organisation_id, Attendance.group_session_id == meeting.id


def _must_be_open(meeting: GroupSession) -> None:
    if meeting.held_at is not None:
        raise AlreadyHeld
