"""Who has a place in which session, where there are several, and who has said that she cannot come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, and_, func, select, tuple_
from sqlalchemy.orm import Mapped, aliased, mapped_column

from lms.database import Model, Privacy, now, session
from lms.group_sessions.models import GroupSession
from lms.organisations.models import Employee
from lms.people.models import Person


class SessionFull(Exception):
    """There is not room for so many; `left` says how many places there are."""

    def __init__(self, left: int):
        self.left = left


class TooLate(Exception):
    """The session has begun, is cancelled or has no day: nobody can choose it now."""


class Seat(Model):
    """What somebody has answered, or was given, about the sessions ahead: one place, or that she cannot come.

    A person has one row, which moves with her: the last choice counts, in two tabs as in one.
    """

    __tablename__ = "lms_seat"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
        Index("ix_lms_seat_session", "organisation_id", "group_session_id"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who is expected in which session, and who cannot come.",
        retention="Until the next round's sessions are chosen; until she erases herself.",
        person="employee_id",
        export=("organisation_id", "group_session_id", "taken_at", "cannot_come_at", "waited_since"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID]
    taken_at: Mapped[datetime] = mapped_column(default=now)
    placed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)  # nobody: she chose herself
    cannot_come_at: Mapped[datetime | None]
    # Since when she had waited for it, where it was given to her from the waiting list.
    waited_since: Mapped[datetime | None]


class WaitingPlace(Model):
    """Somebody's place on the waiting list of a full session: one list at a time, in the order people came to it."""

    __tablename__ = "lms_waiting_place"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
        Index("ix_lms_waiting_place_session", "organisation_id", "group_session_id", "since"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To give a place that becomes free to whoever has waited longest for it.",
        retention="Until she has the place or leaves the list, or a day after the session; until she erases herself.",
        person="employee_id",
        export=("organisation_id", "group_session_id", "since"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID]
    since: Mapped[datetime] = mapped_column(default=now)


KEY = ("organisation_id", "employee_id")
ANSWER = ("group_session_id", "taken_at", "placed_by", "cannot_come_at", "waited_since")


@dataclass(frozen=True)
class Places:
    """How many have a place in a session, and how many of those who were expected cannot come."""

    taken: int = 0
    cannot_come: int = 0


def can_be_chosen(meeting: GroupSession) -> bool:
    """Whether the session is ahead and has a day."""
    return meeting.is_on and meeting.held_at is None and not meeting.has_begun


@dataclass(frozen=True)
class Line:
    """Where somebody stands on a waiting list: `number` 1 is the next."""

    group_session_id: UUID
    number: int


def lines_of(person: Person) -> dict[UUID, Line]:
    """Where she stands in line, by organisation: one question."""
    before, ahead = aliased(WaitingPlace), aliased(Employee)
    number = (
        select(func.count())
        .select_from(before)
        .join(ahead, and_(ahead.organisation_id == before.organisation_id, ahead.id == before.employee_id))
        .where(
            before.organisation_id == WaitingPlace.organisation_id,
            before.group_session_id == WaitingPlace.group_session_id,
            tuple_(before.since, before.employee_id) <= tuple_(WaitingPlace.since, WaitingPlace.employee_id),
            ahead.left_at.is_(None),
        )
        .correlate(WaitingPlace)
        .scalar_subquery()
    )
    rows = session.execute(
        select(WaitingPlace.organisation_id, WaitingPlace.group_session_id, number)
        .join(Employee, _WAITING)
        .where(Employee.person_id == person.id, Employee.left_at.is_(None))
    )
    return {organisation: Line(meeting, place) for organisation, meeting, place in rows}


def waiting_for(organisation_id: UUID) -> dict[UUID, int]:
    """How many wait for a place, by session; only those who still work here."""
    rows = session.execute(
        select(WaitingPlace.group_session_id, func.count())
        .join(Employee, _WAITING)
        .where(WaitingPlace.organisation_id == organisation_id, Employee.left_at.is_(None))
        .group_by(WaitingPlace.group_session_id)
    )
    return dict(rows.all())


def places_in(meetings: Iterable[GroupSession]) -> dict[UUID, Places]:
    """How many have answered what, by session: one question, whatever the head count."""
    declined = func.count(Seat.cannot_come_at)
    rows = session.execute(
        select(Seat.group_session_id, func.count() - declined, declined)
        .join(Employee, OF_HERS)
        .where(
            Seat.organisation_id.in_({meeting.organisation_id for meeting in meetings}),
            Seat.group_session_id.in_({meeting.id for meeting in meetings}),
            Employee.left_at.is_(None),
        )
        .group_by(Seat.group_session_id)
    )
    return {number: Places(taken, cannot_come) for number, taken, cannot_come in rows}


def seats_of(person: Person) -> dict[UUID, Seat]:
    """What she has answered, by organisation."""
    rows = session.scalars(select(Seat).join(Employee, OF_HERS).where(Employee.person_id == person.id))
    return {seat.organisation_id: seat for seat in rows}


OF_HERS = and_(Employee.organisation_id == Seat.organisation_id, Employee.id == Seat.employee_id)


_WAITING = and_(Employee.organisation_id == WaitingPlace.organisation_id, Employee.id == WaitingPlace.employee_id)


def seats_taken(meeting: GroupSession, but: UUID | None = None) -> int:
    """How many have a place: counted and not kept, so that whoever leaves the organisation gives hers back."""
    taken = select(func.count()).select_from(Seat).join(Employee, OF_HERS)
    taken = taken.where(*seats_in(meeting), Seat.cannot_come_at.is_(None), Employee.left_at.is_(None))
    return session.scalar(taken.where(Seat.employee_id != but) if but is not None else taken) or 0


def seats_in(meeting: GroupSession) -> tuple[Any, ...]:
    """What a seat must be to be one in this session."""
    return Seat.organisation_id == meeting.organisation_id, Seat.group_session_id == meeting.id
