"""What people bring with them into the next round: nobody is asked again for what she has completed."""

from typing import Any

from sqlalchemy import and_, insert, or_, select, update

from lms.database import new_id, session
from lms.learning.models import Enrolment
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, Round
from lms.people.models import Person

ROWS_AT_ONCE = 500


def bring_along(before: Round, after: Round, everybody_anew: bool = False) -> None:
    """Give everybody a place in the new round, in the courses she had one in and the organisation still asks for.

    A completion counts in the new round too and stays where it was in the old one; with `everybody_anew` all take the
    courses again. A course that somebody is in the middle of moves with all she has done in it. Whoever left during
    the old round finds her completions when she comes back. What somebody without a name has completed stays where it
    was, and so does the code she has still to take for it: two codes for one completion would be one too many.
    """
    fresh, moved = [], []
    for row in session.execute(_places_in(before)):
        place = {
            "organisation_id": after.organisation_id,
            "employee_id": row.employee_id,
            "round_id": after.id,
            "course": row.course,
            "counts_as": _counts_as(row),
        }
        completed = dict.fromkeys(_COMPLETED)
        is_unnamed = row.role == "unnamed"
        if is_unnamed and row.completed_at is not None:
            continue
        if row.completed_at is not None and not everybody_anew:
            completed = {name: getattr(row, name) for name in _COMPLETED}
        elif row.left_at is not None and not is_unnamed:
            continue
        elif row.begun_at is not None and row.completed_at is None:
            moved.append(row.id)
            continue
        fresh.append({**place, "id": new_id(), **completed})
    for start in range(0, len(moved), ROWS_AT_ONCE):
        session.execute(
            update(Enrolment)
            .where(
                Enrolment.organisation_id == before.organisation_id,
                Enrolment.id.in_(moved[start : start + ROWS_AT_ONCE]),
            )
            .values(round_id=after.id)
            .execution_options(synchronize_session=False)
        )
    if fresh:
        session.execute(insert(Enrolment), fresh)


_COMPLETED = ("begun_at", "completed_at", "completed_on", "completed_version")


def _places_in(round: Round) -> Any:
    excused = and_(
        CourseException.organisation_id == Enrolment.organisation_id,
        CourseException.employee_id == Enrolment.employee_id,
    )
    same = and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id)
    columns = (getattr(Enrolment, name) for name in _COMPLETED)
    return (
        select(
            Enrolment.id,
            Enrolment.employee_id,
            Enrolment.course,
            *columns,
            Employee.left_at,
            Employee.role,
            Employee.is_leader,
            CourseException.employee_id.is_not(None).label("is_excused"),
        )
        .join(Employee, same)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(CourseException, excused)
        .where(
            Enrolment.organisation_id == round.organisation_id,
            Enrolment.round_id == round.id,
            Enrolment.course.in_(round.courses),
            Person.erased_at.is_(None),
            or_(Employee.left_at.is_(None), Employee.left_at >= round.started_at, Employee.role == "unnamed"),
        )
        # Whoever is completing a course at this moment comes first, or waits until the new round is there.
        .with_for_update(of=Enrolment)
    )


def _counts_as(row: Any) -> str:
    if row.left_at is not None:
        return "left"
    if row.is_excused:
        return "excused"
    return "leader" if row.is_leader else "staff"
