"""Who has come how far, by name: for the coordinator, and for the facilitator where the organisation allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, and_, literal, select, union, union_all

from lms.database import session
from lms.learning.models import Enrolment
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, Round
from lms.people.models import Person

ROWS_SHOWN = 60


@dataclass(frozen=True)
class Standing:
    """One line of the picture: who, and for each course not begun (""), "begun" or the day it was completed."""

    employee_id: UUID
    name: str
    team: str
    is_leader: bool
    courses: dict[str, date | str]
    excused: str

    @property
    def has_all(self) -> bool:
        return all(isinstance(standing, date) for standing in self.courses.values())


def standings_shown(round: Round) -> list[Standing]:
    """Those who are missing something first, a screenful of each kind: a picture of 3 000 lines shows nothing."""
    here = Enrolment.organisation_id == round.organisation_id, Enrolment.round_id == round.id
    # Leaders first; each kind in each course has its own place in the index, where the first few are found at once.
    missing = [
        select(literal(counts_as).label("kind"), Enrolment.employee_id)
        .where(*here, Enrolment.course == course, Enrolment.counts_as == counts_as, Enrolment.completed_on.is_(None))
        .limit(ROWS_SHOWN)
        for counts_as in ("leader", "staff")
        for course in round.courses
    ]
    some = (
        select(Employee.id)
        .where(Employee.organisation_id == round.organisation_id, Employee.left_at.is_(None))
        .limit(ROWS_SHOWN)
        .subquery()
    )
    excused = (
        select(CourseException.employee_id)
        .where(CourseException.organisation_id == round.organisation_id)
        .limit(ROWS_SHOWN)
        .subquery()
    )
    shown = union(
        select(_first(missing).c.employee_id) if missing else select(some.c.id),
        select(excused.c.employee_id),
        select(some.c.id),
    ).subquery()
    rows = session.execute(
        select(
            Employee.id,
            Person.name,
            Employee.team,
            Employee.is_leader,
            Enrolment.course,
            Enrolment.begun_at,
            Enrolment.completed_on,
            CourseException.reason,
        )
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(
            Enrolment,
            and_(*here, Enrolment.employee_id == Employee.id),
        )
        .outerjoin(
            CourseException,
            and_(
                CourseException.organisation_id == Employee.organisation_id,
                CourseException.employee_id == Employee.id,
            ),
        )
        .where(
            Employee.organisation_id == round.organisation_id,
            Employee.left_at.is_(None),
            Employee.id.in_(select(shown.c.employee_id)),
        )
    )
    people: dict[UUID, Standing] = {}
    for employee_id, name, team, is_leader, course, begun_at, completed_on, reason in rows:
        line = people.setdefault(employee_id, Standing(employee_id, name, team, is_leader, {}, reason or ""))
        if course in round.courses:
            line.courses[course] = completed_on or ("begun" if begun_at else "")
    return sorted(
        people.values(),
        key=lambda line: (line.has_all or bool(line.excused), not line.is_leader, line.name.lower(), line.employee_id),
    )


def _first(missing: Sequence[Any]) -> Subquery:
    """The first screenful of these, by kind."""
    everybody = union_all(*(select(each.subquery()) for each in missing)).subquery()
    return select(everybody.c.employee_id).order_by(everybody.c.kind).limit(ROWS_SHOWN).subquery()
