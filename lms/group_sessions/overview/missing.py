"""Those who are still missing something, by name: leaders first, a screenful at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, or_, select, union_all

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
    kinds = _counted(round, look)
    people = sum(kinds.values())
    page = page_in(look, people)
    these = _of_page(round, look, (page - 1) * ROWS_SHOWN, kinds.get("leader", 0)).subquery()
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


def _counted(round: Round, look: Look) -> dict[str, int]:
    """How many, by what they count as: of their places in courses alone, unless somebody is looked for."""
    found = select(Enrolment.counts_as, func.count(Enrolment.employee_id.distinct())).where(
        *_waiting(round, look, COUNTED_AS[look["who"]])
    )
    if look["text"]:
        found = found.join(Employee, and_(*_hers())).where(*_sought(look))
    return dict(session.execute(found.group_by(Enrolment.counts_as)).all())


def _of_page(round: Round, look: Look, first: int, leaders: int) -> Select[Any] | CompoundSelect[Any]:
    """Who stands on the page that begins there.

    By name everybody is read from the index: first as many leaders as there are, then those who follow them.
    """
    if look["sort"] == "team" or look["text"]:
        return _found(round, look, COUNTED_AS[look["who"]]).order_by(*_order(look)).limit(ROWS_SHOWN).offset(first)
    of_leaders = max(0, min(ROWS_SHOWN, leaders - first))
    parts = (("leader", of_leaders, first), ("staff", ROWS_SHOWN - of_leaders, max(0, first - leaders)))
    pieces = (
        _found(round, look, (kind,)).order_by(Employee.by_name, Employee.id).limit(many).offset(after).subquery()
        for kind, many, after in parts
        if kind in COUNTED_AS[look["who"]]
    )
    return union_all(*(select(piece) for piece in pieces))


def _found(round: Round, look: Look, kinds: Sequence[str]) -> Select[Any]:
    waiting = _waiting(round, look, kinds)
    # Whoever is read in turn is looked up one by one; to sort everybody, all are found at once.
    waited_for: ColumnElement[bool]
    if look["sort"] == "team":
        waited_for = Employee.id.in_(select(Enrolment.employee_id).where(*waiting))
    else:
        waited_for = exists().where(*_hers(), *waiting)
    here = Employee.organisation_id == round.organisation_id, Employee.left_at.is_(None)
    return select(Employee.id).where(*here, waited_for, *_sought(look))


def _order(look: Look) -> list[Any]:
    by_team = [Employee.team == "", alphabetical(Employee.team)] if look["sort"] == "team" else []
    return [*by_team, Employee.is_leader.desc(), Employee.by_name, Employee.id]


def _sought(look: Look) -> list[ColumnElement[bool]]:
    columns = Employee.by_name, folded(Employee.team)
    words = folded_letters(look["text"]).split()[:MOST_WORDS]
    return [or_(*(column.contains(word, autoescape=True) for column in columns)) for word in words]


def _hers() -> tuple[ColumnElement[bool], ...]:
    return Enrolment.organisation_id == Employee.organisation_id, Enrolment.employee_id == Employee.id


def _waiting(round: Round, look: Look, kinds: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    course = (Enrolment.course == look["course"],) if look["course"] else ()
    return *_asked_in(round), *course, Enrolment.completed_on.is_(None), Enrolment.counts_as.in_(kinds)


def _asked_in(round: Round) -> tuple[ColumnElement[bool], ...]:
    return (
        Enrolment.organisation_id == round.organisation_id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
    )
