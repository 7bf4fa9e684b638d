"""Two lines of the roster become one person's: hers who has entered, with what the other one had been given.

It stands behind the seats, because a place in a session is among what she takes over.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy.orm import aliased

from lms.database import Model, session
from lms.group_sessions.reminders.models import Reminder
from lms.group_sessions.seats.giving import pass_on
from lms.learning.inviting.models import forget_invitations
from lms.learning.models import Enrolment
from lms.learning.places import count_anew
from lms.learning.roster.alike import Pair
from lms.organisations.course_exceptions import CourseException
from lms.organisations.events import record
from lms.organisations.models import Employee, current_round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.belongings import declared, forget
from lms.people.models import Person


class IsCounted(Exception):
    """The line stands in something that is counted, so it cannot be taken away."""


def make_one(organisation_id: UUID, pair: Pair, by: Person, opens_pages: bool) -> Employee:
    """She who has entered keeps her place with her progress, and the line that nobody has entered by is gone.

    She opens the organisation's pages only if the coordinator says so now: whoever has a link can write any name at
    the door. Whoever calls holds the roster, and has looked at both since. Raises IsCounted.
    """
    line, kept = (
        session.get_one(Employee, (organisation_id, seen.employee_id), populate_existing=True)
        for seen in (pair.line, pair.entered)
    )
    if _is_counted(line):
        raise IsCounted
    waiting = session.get_one(Person, line.person_id)
    role = "coordinator" if opens_pages and pair.gives_pages else kept.role
    kept.change(role, kept.is_leader or line.is_leader, kept.team or line.team)
    forget_invitations(line)
    _take_over(line, kept)
    pass_on(line, kept)
    _take_away(line, waiting)
    count_anew(kept)
    about = {"employee": str(kept.id), "line": str(line.id), "role": kept.role}
    record(organisation_id, "roster.made_one", by, **about)
    return kept


def _is_counted(line: Employee) -> bool:
    """Whether something about the line outlives an erased person, in whichever room: the mark may rest on it.

    A place in a course that nobody has begun is none of it.
    """
    hers = Enrolment.organisation_id == line.organisation_id, Enrolment.employee_id == line.id
    has_learnt = or_(Enrolment.begun_at.is_not(None), Enrolment.completed_at.is_not(None))
    if session.scalar(select(Enrolment.id).where(*hers, has_learnt).limit(1)) is not None:
        return True
    counted = {model.__tablename__ for model, promise in declared() if promise.erase == "keep"}
    return any(
        session.execute(select(column).where(*_of(line, table, column)).limit(1)).first() is not None
        for table, column in _that_point_to_employees()
        if table.name in counted and table.name != Enrolment.__tablename__
    )


def _take_over(line: Employee, kept: Employee) -> None:
    """The address, which only invites, the exception and the reminders she has had; courses of earlier rounds too.

    What she has already stays as it is.
    """
    for model in (RosterAddress, CourseException):
        if session.get(model, (kept.organisation_id, kept.id)) is None:
            _move(model, line, {"employee_id": kept.id})
    occasions = select(Reminder.occasion).where(
        Reminder.organisation_id == kept.organisation_id, Reminder.employee_id == kept.id
    )
    _move(
        Reminder,
        line,
        {"employee_id": kept.id, "person_id": kept.person_id},
        Reminder.occasion.not_in(session.scalars(occasions).all()),
    )
    has = aliased(Enrolment)
    has_that = (
        select(has.id)
        .where(
            has.organisation_id == Enrolment.organisation_id,
            has.employee_id == kept.id,
            has.round_id == Enrolment.round_id,
            has.course == Enrolment.course,
        )
        .exists()
    )
    # In this round she takes what the link she came by asks for; the line's own places are empty.
    earlier = Enrolment.round_id != current_round(kept.organisation_id).id
    _move(Enrolment, line, {"employee_id": kept.id}, earlier, ~has_that)


def _move(model: Any, line: Employee, to: dict[str, UUID], *which: ColumnElement[bool]) -> None:
    of_the_line = model.organisation_id == line.organisation_id, model.employee_id == line.id
    change = update(model).where(*of_the_line, *which).values(to)
    session.execute(change.execution_options(synchronize_session=False))


def _take_away(line: Employee, waiting: Person) -> None:
    session.flush()
    for table, column in _that_point_to_employees():
        session.execute(delete(table).where(*_of(line, table, column)))
    gone = delete(Employee).where(Employee.organisation_id == line.organisation_id, Employee.id == line.id)
    session.execute(gone.execution_options(synchronize_session=False))
    session.expunge(line)
    elsewhere = select(Employee.id).where(Employee.person_id == waiting.id).limit(1)
    if session.scalar(elsewhere) is None:
        forget(waiting)


def _that_point_to_employees() -> Iterator[tuple[Table, Any]]:
    """Every table with an employee in it, and in which column; so a room that is built later is asked, too."""
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == Employee.__tablename__ and key.column.name == "id":
                yield table, key.parent


def _of(line: Employee, table: Table, column: Any) -> tuple[ColumnElement[bool], ...]:
    return table.c.organisation_id == line.organisation_id, column == line.id
