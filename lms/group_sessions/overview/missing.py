"""Those who are still missing something, by name: leaders first, a screenful at a time."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from lms.database import session
from lms.learning.models import Enrolment
from lms.learning.roster.people import MOST_WORDS, Standing
from lms.organisations.models import Employee, Round
from lms.people.alphabet import alphabetical, folded, folded_letters
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
    found = select(Employee.id).where(
        Employee.organisation_id == round.organisation_id, Employee.left_at.is_(None), _waited_for(round, look)
    )
    for word in folded_letters(look["text"]).split()[:MOST_WORDS]:
        places = (column.contains(word, autoescape=True) for column in (Employee.by_name, folded(Employee.team)))
        found = found.where(or_(*places))
    leads = found.add_columns(Employee.is_leader).subquery()
    parts: dict[bool, int] = dict(
        session.execute(select(leads.c.is_leader, func.count()).group_by(leads.c.is_leader)).all()
    )
    people = sum(parts.values())
    page = page_in(look, people)
    these = _of_page(found, page, look, parts.get(True, 0)).subquery()
    rows = session.execute(
        select(Employee.id, Person.name, Employee.team, Employee.is_leader)
        .join(these, these.c.id == Employee.id)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == round.organisation_id)
        .order_by(*_order(look))
    )
    lines = {row.id: MissingLine(*row) for row in rows}
    for who, course, begun, completed_on in session.execute(
        select(Enrolment.employee_id, Enrolment.course, Enrolment.begun, Enrolment.completed_on).where(
            *_asked_in(round), Enrolment.employee_id.in_(list(lines))
        )
    ):
        lines[who].courses[course] = completed_on or ("begun" if begun else "")
    return Screenful(tuple(lines.values()), page, people)


def _of_page(found: Select[Any], page: int, look: Look, leaders: int) -> Any:
    """Who stands on this page. By name it is read from the index: so many leaders first, and those who follow them."""
    first = (page - 1) * ROWS_SHOWN
    if look["sort"] == "team":
        return found.order_by(*_order(look)).limit(ROWS_SHOWN).offset(first)
    by_name = found.order_by(Employee.by_name, Employee.id)
    of_leaders = max(0, min(ROWS_SHOWN, leaders - first))
    parts = (
        by_name.where(Employee.is_leader).limit(of_leaders).offset(first),
        by_name.where(~Employee.is_leader).limit(ROWS_SHOWN - of_leaders).offset(max(0, first - leaders)),
    )
    wanted = [part for part, many in zip(parts, (of_leaders, ROWS_SHOWN - of_leaders), strict=True) if many]
    return union_all(*(select(part.subquery()) for part in wanted))


def _order(look: Look) -> list[Any]:
    by_team = [Employee.team == "", alphabetical(Employee.team)] if look["sort"] == "team" else []
    return [*by_team, Employee.is_leader.desc(), Employee.by_name, Employee.id]


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
