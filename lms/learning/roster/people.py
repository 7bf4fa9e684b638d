"""The roster: who is in the organisation, and how far each has come in what it has chosen, a screenful at a time.

Of each person and course only this: not begun, begun, or completed and when. Lessons, time, answers and ways through
are the person's own, and nothing here asks for them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from lms.database import session
from lms.learning.models import Enrolment
from lms.learning.roster.side_by_side import side_by_side, standings_beside
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, Round
from lms.organisations.roster_addresses import RosterAddress
from lms.people.alphabet import alphabetical, folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in, read_look
from lms.people.models import Person

MOST_WORDS = 6
SHOWS = ("everybody", "missing", "done", "excused", "left")
SORTS = ("name", "team")
MOST_TEAMS = 200
FACTS = 7  # what stands in a line before its courses

Standing = date | str


def look_at(arguments: Mapping[str, str]) -> Look:
    """Whom in the roster an address asks for; `team` is one of the organisation's own, spelled as it is there."""
    return read_look(arguments, "team", show=SHOWS, sort=SORTS)


@dataclass(frozen=True)
class Line:
    """Somebody in the roster; a course that is not in `courses` is one she is not asked to take."""

    employee_id: UUID
    name: str
    team: str
    role: str
    is_leader: bool
    left_at: datetime | None
    excused: str | None
    courses: dict[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True)
class Tally:
    """How far those who are here have come in one course; the excused who have completed it count as completed."""

    course: str
    completed: int = 0
    begun: int = 0
    not_begun: int = 0
    excused: int = 0

    @property
    def asked(self) -> int:
        return self.completed + self.begun + self.not_begun + self.excused


def screenful(round: Round, look: Look) -> Screenful[Line]:
    """The page of the roster that was asked for, or the last one there is: three questions, whatever its size."""
    found = _found(round, look)
    people = _how_many(found, round, look)
    page = page_in(look, people)
    # First who stands on the page, which one index knows; what stands in each line is looked up for these alone.
    these = found.order_by(*_order(look["sort"])).limit(ROWS_SHOWN).offset((page - 1) * ROWS_SHOWN).subquery()
    here = select(Employee.id).join(these, these.c.id == Employee.id)
    rows = session.execute(_shown(here.where(Employee.organisation_id == round.organisation_id), look))
    lines = {row.id: Line(*row) for row in rows}
    for employee_id, course, standing in _standings(round, Employee.id.in_(list(lines))):
        lines[employee_id].courses[course] = standing
    return Screenful(tuple(lines.values()), page, people)


def everybody_found(round: Round, look: Look) -> Iterator[tuple[Line, str]]:
    """Everybody who was looked for, on however many pages, each with the address the organisation has for her."""
    of_hers = and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id)
    found = _shown(_found(round, look), look).add_columns(RosterAddress.email).outerjoin(RosterAddress, of_hers)
    for row in session.execute(side_by_side(found, round)):
        facts: tuple[Any, ...] = (*row[:FACTS], standings_beside(row[FACTS + 1 :], round))
        yield Line(*facts), row[FACTS] or ""


def standings_in(round: Round, employee: Employee) -> dict[str, Standing]:
    """How far somebody has come in each chosen course she is asked to take."""
    return {course: standing for _, course, standing in _standings(round, Employee.id == employee.id)}


def tallies(round: Round) -> list[Tally]:
    """How far everybody has come, course by course, in one walk through the index that readiness is counted from."""
    columns = Enrolment.organisation_id, Enrolment.course, Enrolment.counts_as, Enrolment.completed_on, Enrolment.begun
    here = Enrolment.organisation_id == round.organisation_id, Enrolment.round_id == round.id
    counted: dict[str, dict[str, int]] = {}
    # Those who have left are a few groups, and to leave them out here would be asked of every row.
    for _here, course, counts_as, completed_on, begun, people in session.execute(
        select(*columns, func.count()).where(*here).group_by(*columns)
    ):
        if counts_as == "left":
            continue
        part = (
            "completed" if completed_on else "excused" if counts_as == "excused" else "begun" if begun else "not_begun"
        )
        numbers = counted.setdefault(course, {})
        numbers[part] = numbers.get(part, 0) + people
    return [Tally(course, **counted.get(course, {})) for course in round.courses]


def head_count(organisation_id: UUID, since: datetime | None = None) -> int:
    """How many are here; with a moment, how many of them have entered since."""
    here = Employee.organisation_id == organisation_id, Employee.left_at.is_(None)
    entered = (Employee.joined_at > since,) if since else ()
    return session.scalar(select(func.count()).select_from(Employee).where(*here, *entered)) or 0


def crews_in(organisation_id: UUID) -> list[tuple[str, int, int]]:
    """Each team, how many of it are here, and how many have left and can be brought back."""
    has_left = func.count(Employee.left_at)
    rows = session.execute(
        select(Employee.team, func.count() - has_left, has_left)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == organisation_id, Employee.team != "", Person.erased_at.is_(None))
        .group_by(Employee.team)
        .order_by(alphabetical(Employee.team))
        .limit(MOST_TEAMS)
    )
    return [(team, here, left) for team, here, left in rows]


def teams_in(organisation_id: UUID) -> list[str]:
    """The teams people are in, so that the next one is not spelled in a way of its own."""
    named = Employee.organisation_id == organisation_id, Employee.left_at.is_(None), Employee.team != ""
    return list(
        session.scalars(select(Employee.team).where(*named).distinct().order_by(Employee.team).limit(MOST_TEAMS))
    )


def _found(round: Round, look: Look) -> Select[Any]:
    found = (
        select(Employee.id)
        .where(Employee.organisation_id == round.organisation_id)
        .where(_has_left() if look["show"] == "left" else Employee.left_at.is_(None))
    )
    if look["team"]:
        found = found.where(Employee.team == look["team"])
    for word in look["text"].split()[:MOST_WORDS]:
        places = (
            column.contains(folded_letters(word), autoescape=True)
            for column in (Employee.by_name, folded(Employee.team))
        )
        found = found.where(or_(*places))
    is_excused = exists().where(*_excuses_her())
    if look["show"] == "missing":
        return found.where(_misses_something(round), ~is_excused)
    if look["show"] == "done":
        return found.where(~_misses_something(round), ~is_excused)
    return found.where(is_excused) if look["show"] == "excused" else found


def _how_many(found: Select[Any], round: Round, look: Look) -> int:
    if not look.differs_in("text", "team", "show"):
        return head_count(round.organisation_id)
    if look["show"] == "missing" and not look.differs_in("text", "team"):
        # Whoever is waited for counts as one of these: everybody else has left, or is excused.
        waiting = Enrolment.completed_on.is_(None), Enrolment.counts_as.in_(("leader", "staff"))
        people = select(func.count(Enrolment.employee_id.distinct())).where(*_asked_in(round), *waiting)
        return session.scalar(people) or 0
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _shown(found: Select[Any], look: Look) -> Select[Any]:
    return (
        found.add_columns(
            Person.name,
            Employee.team,
            Employee.role,
            Employee.is_leader,
            Employee.left_at,
            CourseException.reason,
        )
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(CourseException, and_(*_excuses_her()))
        .order_by(*_order(look["sort"]))
    )


def _excuses_her() -> tuple[ColumnElement[bool], ...]:
    return (
        CourseException.organisation_id == Employee.organisation_id,
        CourseException.employee_id == Employee.id,
    )


def _has_left() -> ColumnElement[bool]:
    """Whether somebody was here and is here no longer; whoever has a place without a name never was."""
    return and_(Employee.left_at.is_not(None), Employee.role != "unnamed")


def _misses_something(round: Round) -> ColumnElement[bool]:
    return exists(
        select(Enrolment.id).where(
            *_asked_in(round), Enrolment.employee_id == Employee.id, Enrolment.completed_on.is_(None)
        )
    )


def _order(sort: str) -> list[Any]:
    by_team = [Employee.team == "", alphabetical(Employee.team)] if sort == "team" else []
    return [*by_team, Employee.by_name, Employee.id]


def _standings(round: Round, whose: ColumnElement[bool]) -> list[tuple[UUID, str, Standing]]:
    rows = session.execute(
        select(Enrolment.employee_id, Enrolment.course, Enrolment.begun_at, Enrolment.completed_on)
        .join(
            Employee,
            and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id),
        )
        .where(*_asked_in(round), whose)
    )
    return [
        (who, course, completed_on or ("begun" if begun_at else "")) for who, course, begun_at, completed_on in rows
    ]


def _asked_in(round: Round) -> tuple[ColumnElement[bool], ...]:
    """Enrolments in what the organisation asks for now; a course it has taken away keeps its rows, unasked."""
    return (
        Enrolment.organisation_id == round.organisation_id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
    )
