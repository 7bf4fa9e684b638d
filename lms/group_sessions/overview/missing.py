"""Those who are still missing something, by name: leaders first, a screenful at a time."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from lms.database import session
from lms.learning.models import Enrolment
from lms.learning.roster.alphabet import alphabetical, folded, folded_letters
from lms.learning.roster.people import MOST_WORDS, Standing
from lms.organisations.models import Employee, Round
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.people.models import Person

WHO = ("everybody", "leaders", "staff")
SORTS = ("name", "team")
COUNTED_AS = {"everybody": ("leader", "staff"), "leaders": ("leader",), "staff": ("staff",)}


@dataclass(frozen=True)
class MissingLine:
    """Somebody the session waits for, and how far she has come in each course she is asked to take."""

    employee_id: UUID
    name: str
    team: str
    is_leader: bool
    courses: dict[str, Standing] = field(default_factory=dict)


def missing_in(round: Round, look: Look) -> Screenful[MissingLine]:
    """Those who have still to complete a course: three questions, whatever the head count."""
    found = (
        select(Employee.id, Person.name, Employee.team, Employee.is_leader)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == round.organisation_id, Employee.left_at.is_(None), _waited_for(round, look))
    )
    for word in folded_letters(look["text"]).split()[:MOST_WORDS]:
        places = (folded(column).contains(word, autoescape=True) for column in (Person.name, Employee.team))
        found = found.where(or_(*places))
    people = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = page_in(look, people)
    by_team: list[Any] = [Employee.team == "", alphabetical(Employee.team)] if look["sort"] == "team" else []
    rows = session.execute(
        found.order_by(*by_team, Employee.is_leader.desc(), alphabetical(Person.name), Employee.id)
        .limit(ROWS_SHOWN)
        .offset((page - 1) * ROWS_SHOWN)
    )
    lines = {row.id: MissingLine(*row) for row in rows}
    for who, course, begun, completed_on in session.execute(
        select(Enrolment.employee_id, Enrolment.course, Enrolment.begun, Enrolment.completed_on).where(
            *_asked_in(round), Enrolment.employee_id.in_(list(lines))
        )
    ):
        lines[who].courses[course] = completed_on or ("begun" if begun else "")
    return Screenful(tuple(lines.values()), page, people)


def _waited_for(round: Round, look: Look) -> ColumnElement[bool]:
    course = (Enrolment.course == look["course"],) if look["course"] else ()
    return exists().where(
        and_(
            *_asked_in(round),
            *course,
            Enrolment.employee_id == Employee.id,
            Enrolment.completed_on.is_(None),
            Enrolment.counts_as.in_(COUNTED_AS[look["who"]]),
        )
    )


def _asked_in(round: Round) -> tuple[ColumnElement[bool], ...]:
    return (
        Enrolment.organisation_id == round.organisation_id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
    )
