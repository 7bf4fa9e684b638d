"""Who has a place in which session, where there are several, and who has said that she cannot come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, and_, delete, func, literal, null, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session, upsert
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
        export=("organisation_id", "group_session_id", "taken_at", "cannot_come_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID]
    taken_at: Mapped[datetime] = mapped_column(default=now)
    placed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)  # nobody: she chose herself
    cannot_come_at: Mapped[datetime | None]


KEY = ("organisation_id", "employee_id")
ANSWER = ("group_session_id", "taken_at", "placed_by", "cannot_come_at")


@dataclass(frozen=True)
class Places:
    """How many have a place in a session, and how many of those who were expected cannot come."""

    taken: int = 0
    cannot_come: int = 0


def take_seat(meeting: GroupSession, employee: Employee) -> None:
    """She chooses this session, and leaves the one she had. Raises SessionFull, TooLate.

    Whoever calls holds the session's row alone: of two who want the last place, one is after the other.
    """
    if not can_be_chosen(meeting):
        raise TooLate
    if meeting.capacity is not None and _taken(meeting, but=employee.id) >= meeting.capacity:
        raise SessionFull(0)
    _answer(meeting, employee, None)


def decline(meeting: GroupSession, employee: Employee) -> None:
    """She says in advance that she cannot come; her place is somebody else's. Raises TooLate."""
    if not can_be_chosen(meeting):
        raise TooLate
    _answer(meeting, employee, now())


def place_team(meeting: GroupSession, team: str, by: Person) -> int:
    """Everybody in the team has a place here, or nobody gets one; says how many were placed.

    Whoever has answered about this session, or has chosen another one herself, keeps what she has chosen.
    Raises SessionFull, TooLate.
    """
    if not can_be_chosen(meeting):
        raise TooLate
    of_hers = and_(Seat.organisation_id == Employee.organisation_id, Seat.employee_id == Employee.id)
    ahead = select(GroupSession.id).where(
        GroupSession.organisation_id == meeting.organisation_id,
        GroupSession.held_at.is_(None),
        GroupSession.cancelled_at.is_(None),
    )
    chose_another = and_(
        Seat.employee_id.is_not(None),
        Seat.placed_by.is_(None),
        Seat.cannot_come_at.is_(None),
        Seat.group_session_id.in_(ahead),
    )
    missing = (
        select(Employee.id)
        .outerjoin(Seat, of_hers)
        .where(
            Employee.organisation_id == meeting.organisation_id,
            Employee.team == team,
            Employee.left_at.is_(None),
            Seat.group_session_id.is_distinct_from(meeting.id),
            ~chose_another,
        )
    )
    many = session.scalar(select(func.count()).select_from(missing.subquery())) or 0
    if meeting.capacity is not None and many > (left := max(0, meeting.capacity - _taken(meeting))):
        raise SessionFull(left)
    _tell_others(meeting, Seat.employee_id.in_(missing))
    placed = missing.with_only_columns(
        literal(meeting.organisation_id, Seat.organisation_id.type),
        Employee.id,
        literal(meeting.id, Seat.group_session_id.type),
        literal(now(), Seat.taken_at.type),
        literal(by.id, Seat.placed_by.type),
        null(),
    )
    insert: Any = (postgresql if session().get_bind().dialect.name == "postgresql" else sqlite).insert(Seat)
    insert = insert.from_select([*KEY, *ANSWER], placed)
    session.execute(
        insert.on_conflict_do_update(index_elements=KEY, set_={name: insert.excluded[name] for name in ANSWER})
    )
    return many


def ask_anew(meeting: GroupSession) -> None:
    """The session has another day: whoever could not come may be able to now."""
    session.execute(delete(Seat).where(*_in(meeting), Seat.cannot_come_at.is_not(None)))


def can_be_chosen(meeting: GroupSession) -> bool:
    """Whether the session is ahead and has a day."""
    return meeting.is_on and meeting.held_at is None and not meeting.has_begun


def places_in(meetings: Iterable[GroupSession]) -> dict[UUID, Places]:
    """How many have answered what, by session: one question, whatever the head count."""
    declined = func.count(Seat.cannot_come_at)
    rows = session.execute(
        select(Seat.group_session_id, func.count() - declined, declined)
        .join(Employee, _OF_HERS)
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
    rows = session.scalars(select(Seat).join(Employee, _OF_HERS).where(Employee.person_id == person.id))
    return {seat.organisation_id: seat for seat in rows}


_OF_HERS = and_(Employee.organisation_id == Seat.organisation_id, Employee.id == Seat.employee_id)


def _answer(meeting: GroupSession, employee: Employee, cannot_come_at: datetime | None) -> None:
    _tell_others(meeting, Seat.employee_id == employee.id)
    row = {
        "organisation_id": meeting.organisation_id,
        "employee_id": employee.id,
        "group_session_id": meeting.id,
        "taken_at": now(),
        "placed_by": None,
        "cannot_come_at": cannot_come_at,
    }
    upsert(Seat, row, KEY, overwrite=ANSWER)


def _tell_others(meeting: GroupSession, whose: Any) -> None:
    """Calendars: the session somebody leaves is taken out of hers, and the one she gets is put in."""
    left = select(Seat.group_session_id).where(Seat.organisation_id == meeting.organisation_id, whose)
    session.execute(
        update(GroupSession)
        .where(
            GroupSession.organisation_id == meeting.organisation_id,
            GroupSession.invited_at.is_not(None),
            GroupSession.id.in_(left) | (GroupSession.id == meeting.id),
        )
        .values(letters_due=True)
        .execution_options(synchronize_session=False)
    )


def _taken(meeting: GroupSession, but: UUID | None = None) -> int:
    """Counted and not kept: whoever leaves the organisation gives her place back without anybody remembering to."""
    taken = select(func.count()).select_from(Seat).join(Employee, _OF_HERS)
    taken = taken.where(*_in(meeting), Seat.cannot_come_at.is_(None), Employee.left_at.is_(None))
    return session.scalar(taken.where(Seat.employee_id != but) if but is not None else taken) or 0


def _in(meeting: GroupSession) -> tuple[Any, ...]:
    return Seat.organisation_id == meeting.organisation_id, Seat.group_session_id == meeting.id
