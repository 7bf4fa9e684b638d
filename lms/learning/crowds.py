"""Places for many people at once, in as many statements for three thousand as for three."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, select, update

from lms.all_at_once import THOSE, for_all
from lms.database import Model, new_id, session, upsert
from lms.learning.models import Enrolment
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, JoinLink, Round
from lms.people.models import Person, place_in_the_alphabet

PLACE = ("team", "role", "is_leader", "left_at")
_EMPLOYEES = Model.metadata.tables[Employee.__tablename__]
_ENROLMENTS = Model.metadata.tables[Enrolment.__tablename__]
_PEOPLE = Model.metadata.tables[Person.__tablename__]


def set_places(organisation_id: UUID, places: list[dict[str, Any]]) -> None:
    """Give these employees (`who`) their team, role and leadership, and the moment they left or None."""
    alike: dict[tuple[Any, ...], list[UUID]] = {}
    for place in places:
        alike.setdefault(tuple(place[name] for name in PLACE), []).append(place["who"])
    there = _EMPLOYEES.c
    for values, employees in alike.items():
        change = update(_EMPLOYEES).where(there.organisation_id == organisation_id, there.id.in_(THOSE))
        for_all(change.values(dict(zip(PLACE, values, strict=True))), employees)


def set_names(names: list[dict[str, Any]]) -> None:
    """Call these people (`who`) what they are `called`."""
    change = (
        update(_PEOPLE)
        .where(_PEOPLE.c.id == bindparam("who"))
        .values(name=bindparam("called"), by_name=bindparam("sorted_by"))
    )
    if names:
        session.execute(change, [each | {"sorted_by": place_in_the_alphabet(each["called"])} for each in names])


def enrol_all(employees: Iterable[UUID], round: Round) -> None:
    """Give all of these a place in what they are to take: the organisation's choice, or that of their join link."""
    links = {
        link.id: link.courses_in(round)
        for link in session.scalars(select(JoinLink).where(JoinLink.organisation_id == round.organisation_id))
    }
    by_link = select(Employee.id, Employee.join_link_id).where(
        Employee.organisation_id == round.organisation_id, Employee.join_link_id.is_not(None)
    )
    chosen = {who: links[link_id] for who, link_id in session.execute(by_link) if link_id in links}
    rows = [
        {
            "organisation_id": round.organisation_id,
            "id": new_id(),
            "employee_id": employee_id,
            "round_id": round.id,
            "course": course,
            "counts_as": "staff",
        }
        for employee_id in employees
        for course in chosen.get(employee_id, round.courses)
    ]
    if rows:
        upsert(Enrolment, rows, ("organisation_id", "employee_id", "round_id", "course"))


def count_all_anew(employees: Iterable[UUID], round: Round) -> None:
    """Let readiness count all of these as what they are now; rounds that have ended keep what they were then."""
    counts_as = (
        select(
            case(
                (Employee.left_at.is_not(None), "left"),
                (CourseException.employee_id.is_not(None), "excused"),
                (Employee.is_leader, "leader"),
                else_="staff",
            )
        )
        .select_from(Employee)
        .outerjoin(
            CourseException,
            and_(
                CourseException.organisation_id == Employee.organisation_id,
                CourseException.employee_id == Employee.id,
            ),
        )
        .where(
            Employee.organisation_id == _ENROLMENTS.c.organisation_id,
            Employee.id == _ENROLMENTS.c.employee_id,
        )
        .scalar_subquery()
    )
    for_all(
        update(_ENROLMENTS)
        .where(
            _ENROLMENTS.c.organisation_id == round.organisation_id,
            _ENROLMENTS.c.employee_id.in_(THOSE),
            _ENROLMENTS.c.round_id == round.id,
        )
        .values(counts_as=counts_as),
        list(employees),
    )
