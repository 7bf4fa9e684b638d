"""New hires: who has come lately by a link with a time limit, and how far each has come, a screenful at a time.

Of each person and course only this, as in the roster: not begun, begun, or completed; and by when.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from lms.database import norwegian_day, now, session
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, Round
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in, read_look
from lms.people.models import Person

DAYS = (30, 90, 365)
SHOWS = ("everybody", "missing", "overdue", "done")
SORTS = ("due", "name", "joined")


def look_at(arguments: Mapping[str, str]) -> Look:
    """Which new hires an address asks for."""
    return read_look(arguments, days=tuple(map(str, DAYS)), show=SHOWS, sort=SORTS)


@dataclass(frozen=True)
class NewHire:
    """Somebody who came lately; `due_on` is the earliest day she has not met, None when nothing is left."""

    employee_id: UUID
    name: str
    team: str
    joined_at: datetime
    due_on: date | None
    courses: dict[str, date | str] = field(default_factory=dict)

    @property
    def is_overdue(self) -> bool:
        return self.due_on is not None and self.due_on < norwegian_day(now())


@dataclass(frozen=True)
class Count:
    """How many came lately by a link with a time limit, how many are done, and how many past their day."""

    people: int = 0
    done: int = 0
    overdue: int = 0

    def of(self, show: str) -> int:
        """How many of them a page shows."""
        return {"missing": self.people - self.done, "overdue": self.overdue, "done": self.done}.get(show, self.people)


def count_new_hires(round: Round, days: int = DAYS[0]) -> Count:
    """The numbers over all of them: one question."""
    each = _each(round, days).subquery()
    today = norwegian_day(now())
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((each.c.due_on.is_(None), 1), else_=0)), 0),
            func.coalesce(func.sum(case((each.c.due_on < today, 1), else_=0)), 0),
        ).select_from(each)
    ).one()
    return Count(*row)


def screenful(round: Round, look: Look, count: Count) -> Screenful[NewHire]:
    """The page that was asked for, or the last one there is: two questions, whatever their number."""
    people = count.of(look["show"])
    page = page_in(look, people)
    rows = session.execute(
        _found(round, look).order_by(*_order(look["sort"])).limit(ROWS_SHOWN).offset((page - 1) * ROWS_SHOWN)
    )
    lines = {row[0]: NewHire(*row) for row in rows}
    standings = session.execute(
        select(Enrolment.employee_id, Enrolment.course, Enrolment.begun_at, Enrolment.completed_on).where(
            *_asked_in(round), Enrolment.employee_id.in_(list(lines))
        )
    )
    for employee_id, course, begun_at, completed_on in standings:
        lines[employee_id].courses[course] = completed_on or ("begun" if begun_at else "")
    return Screenful(tuple(lines.values()), page, people)


def _each(round: Round, days: int) -> Select[*tuple[Any, ...]]:
    """Everybody who came in these days by a link with a time limit."""
    return (
        select(Employee.id, Person.name, Employee.team, Employee.joined_at, _unmet().label("due_on"))
        .join(Person, Person.id == Employee.person_id)
        .join(
            Enrolment,
            and_(Enrolment.organisation_id == Employee.organisation_id, Enrolment.employee_id == Employee.id),
        )
        .where(
            Employee.organisation_id == round.organisation_id,
            Employee.left_at.is_(None),
            Employee.joined_at >= now() - timedelta(days=days),
            *_asked_in(round),
        )
        .group_by(Employee.id, Person.name, Employee.team, Employee.joined_at)
        .having(func.count(Enrolment.due_on) > 0)
    )


def _found(round: Round, look: Look) -> Select[*tuple[Any, ...]]:
    found = _each(round, int(look["days"]))
    if look["show"] == "missing":
        return found.having(_unmet().is_not(None))
    if look["show"] == "overdue":
        return found.having(_unmet() < norwegian_day(now()))
    return found.having(_unmet().is_(None)) if look["show"] == "done" else found


def _unmet() -> ColumnElement[date | None]:
    """The earliest day of those she has not met; nobody waits for the excused."""
    waiting = and_(Enrolment.completed_on.is_(None), Enrolment.counts_as.in_(("leader", "staff")))
    return func.min(case((waiting, Enrolment.due_on), else_=None))


def _order(sort: str) -> list[Any]:
    if sort == "joined":
        return [Employee.joined_at.desc(), Employee.id]
    by_name = [func.min(Employee.by_name), Employee.id]
    return by_name if sort == "name" else [_unmet().is_(None), _unmet(), *by_name]


def _asked_in(round: Round) -> tuple[ColumnElement[bool], ...]:
    return (
        Enrolment.organisation_id == round.organisation_id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
    )
