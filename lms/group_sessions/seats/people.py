"""The coordinator's list for placing people: who has a place where, who waits and who has none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.seats.models import Seat, WaitingPlace
from lms.organisations.models import Employee
from lms.people.alphabet import folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.people.models import Person

MOST_WORDS = 6
SHOWS = ("everybody", "without", "waiting", "cannot")


@dataclass(frozen=True)
class Placed:
    """Somebody, where she has a place or cannot come, and where in which line she stands."""

    employee_id: UUID
    name: str
    team: str
    group_session_id: UUID | None
    cannot_come_at: datetime | None
    waits_for: UUID | None
    number_in_line: int | None

    @property
    def has_a_place(self) -> bool:
        return self.group_session_id is not None and self.cannot_come_at is None


def placed_in(organisation_id: UUID, ahead: Sequence[GroupSession], look: Look) -> Screenful[Placed]:
    """The page of the list that was asked for: two questions, whatever its size.

    Whoever waits comes first where the waiting are asked for, in the order of the line.
    """
    line = _line(organisation_id)
    found = _found(organisation_id, ahead, look, line)
    people = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = page_in(look, people)
    in_line = (line.c.group_session_id, line.c.number) if look["show"] == "waiting" else ()
    rows = session.execute(
        found.order_by(*in_line, Employee.by_name, Employee.id).limit(ROWS_SHOWN).offset((page - 1) * ROWS_SHOWN)
    )
    return Screenful([Placed(*row) for row in rows], page, people)


def are_here(organisation_id: UUID, employees: Collection[UUID]) -> bool:
    """Whether all of these work here now."""
    here = (
        select(func.count())
        .select_from(Employee)
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(employees), Employee.left_at.is_(None))
    )
    return session.scalar(here) == len(employees)


def _line(organisation_id: UUID) -> Any:
    """Everybody who waits, numbered as they stand in line for each session."""
    return (
        select(
            WaitingPlace.employee_id,
            WaitingPlace.group_session_id,
            func.row_number()
            .over(partition_by=WaitingPlace.group_session_id, order_by=(WaitingPlace.since, WaitingPlace.employee_id))
            .label("number"),
        )
        .join(
            Employee,
            and_(Employee.organisation_id == WaitingPlace.organisation_id, Employee.id == WaitingPlace.employee_id),
        )
        .where(WaitingPlace.organisation_id == organisation_id, Employee.left_at.is_(None))
        .subquery()
    )


def _found(organisation_id: UUID, ahead: Sequence[GroupSession], look: Look, line: Any) -> Select[Any]:
    numbers = [meeting.id for meeting in ahead]
    hers = and_(
        Seat.organisation_id == Employee.organisation_id,
        Seat.employee_id == Employee.id,
        Seat.group_session_id.in_(numbers),
    )
    found = (
        select(
            Employee.id,
            Person.name,
            Employee.team,
            Seat.group_session_id,
            Seat.cannot_come_at,
            line.c.group_session_id,
            line.c.number,
        )
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(Seat, hers)
        .outerjoin(line, and_(line.c.employee_id == Employee.id, line.c.group_session_id.in_(numbers)))
        .where(Employee.organisation_id == organisation_id, Employee.left_at.is_(None))
    )
    if look["team"]:
        found = found.where(Employee.team == look["team"])
    for word in look["text"].split()[:MOST_WORDS]:
        found = found.where(Employee.by_name.contains(folded_letters(word), autoescape=True))
    if look["session"]:
        found = found.where(Seat.group_session_id == UUID(look["session"]), Seat.cannot_come_at.is_(None))
    shown = {
        "without": Seat.employee_id.is_(None),
        "waiting": line.c.employee_id.is_not(None),
        "cannot": Seat.cannot_come_at.is_not(None),
    }
    return found.where(shown[look["show"]]) if look["show"] in shown else found
