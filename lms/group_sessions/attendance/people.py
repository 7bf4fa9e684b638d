"""The list in which attendance is marked: a screenful at a time, searched and filtered by its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from lms.database import session
from lms.group_sessions.attendance.models import Attendance
from lms.group_sessions.models import GroupSession
from lms.group_sessions.seats.models import Seat
from lms.organisations.models import Employee
from lms.people.alphabet import folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in, read_look
from lms.people.models import Person

MOST_WORDS = 6
SHOWS = ("everybody", "came", "absent", "seated", "cannot")
HAS_A_PLACE = and_(Seat.employee_id.is_not(None), Seat.cannot_come_at.is_(None))
CANNOT_COME = Seat.cannot_come_at.is_not(None)


def look_at(arguments: Mapping[str, str]) -> Look:
    """Whom an address, or a form that keeps it, asks for."""
    return read_look(arguments, show=SHOWS)


@dataclass(frozen=True)
class Line:
    """Somebody in the list; `came_at` is None where nobody has said that she came."""

    employee_id: UUID
    name: str
    team: str
    is_leader: bool
    came_at: datetime | None
    by_herself: bool
    has_a_place: bool
    cannot_come: bool


def found_in(meeting: GroupSession, look: Look) -> Select[Any]:
    """Those who are looked for: everybody who works here, and whoever came and has left since."""
    of_hers = and_(
        Attendance.organisation_id == Employee.organisation_id,
        Attendance.group_session_id == meeting.id,
        Attendance.employee_id == Employee.id,
    )
    came = Attendance.employee_id.is_not(None)
    answered = and_(
        Seat.organisation_id == Employee.organisation_id,
        Seat.employee_id == Employee.id,
        Seat.group_session_id == meeting.id,
    )
    found = (
        select(Employee.id)
        .outerjoin(Attendance, of_hers)
        .outerjoin(Seat, answered)
        .where(Employee.organisation_id == meeting.organisation_id, or_(Employee.left_at.is_(None), came))
    )
    for word in look["text"].split()[:MOST_WORDS]:
        places = (
            column.contains(folded_letters(word), autoescape=True)
            for column in (Employee.by_name, folded(Employee.team))
        )
        found = found.where(or_(*places))
    shown = {"came": came, "absent": ~came, "seated": HAS_A_PLACE, "cannot": CANNOT_COME}
    return found.where(shown[look["show"]]) if look["show"] in shown else found


def screenful(meeting: GroupSession, look: Look) -> Screenful[Line]:
    """The page of the list that was asked for, or the last one there is: two questions, whatever its size."""
    found = found_in(meeting, look)
    people = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = page_in(look, people)
    rows = session.execute(
        found.add_columns(
            Person.name,
            Employee.team,
            Employee.is_leader,
            Attendance.came_at,
            and_(Attendance.came_at.is_not(None), Attendance.marked_by.is_(None)),
            HAS_A_PLACE,
            CANNOT_COME,
        )
        .join(Person, Person.id == Employee.person_id)
        .order_by(Employee.by_name, Employee.id)
        .limit(ROWS_SHOWN)
        .offset((page - 1) * ROWS_SHOWN)
    )
    return Screenful(tuple(Line(*row) for row in rows), page, people)


def work_here(organisation_id: UUID, employees: set[UUID]) -> bool:
    """Whether all of these have or had a place in this organisation."""
    known = session.scalar(
        select(func.count())
        .select_from(Employee)
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(employees))
    )
    return known == len(employees)
