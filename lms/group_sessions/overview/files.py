"""Readiness as a file: by name for whoever may see names, as numbers for anybody else."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import and_, select

from lms.courses.packs import Library
from lms.database import session
from lms.group_sessions.overview.teams import TeamLine, told_as_numbers
from lms.languages import _, language, ngettext
from lms.learning.models import Enrolment
from lms.learning.roster.alphabet import alphabetical
from lms.organisations.models import Employee, Round
from lms.people.models import Person
from lms.sheets import Cell

ROWS_AT_ONCE = 2_000


def by_name(round: Round, library: Library) -> Iterator[Sequence[Cell]]:
    """A heading, and a row for everybody who is here: of each course not begun, begun, or when it was completed."""
    yield (_("Name"), _("Team"), _("Leader"), *_titles(round, library))
    row: list[Cell] = []
    before = None
    for employee_id, name, team, is_leader, course, begun, completed_on in _standings(round):
        if employee_id != before:
            if row:
                yield row
            words = _("yes") if is_leader else _("no")
            row = [name or _("Somebody who has been erased"), team, words, *[_("not asked")] * len(round.courses)]
            before = employee_id
        if course is not None:
            place = 3 + round.courses.index(course)
            row[place] = completed_on or (_("begun") if begun else _("not begun"))
    if row:
        yield row


def as_numbers(round: Round, lines: Sequence[TeamLine], library: Library) -> Iterator[Sequence[Cell]]:
    """A heading, the whole organisation, and each team that can be told without telling of a person."""
    missing = [_("Missing: %(course)s", course=title) for title in _titles(round, library)]
    yield (_("Who"), _("How many"), _("Completed everything"), _("Begun"), _("Not begun"), *missing)
    everybody = TeamLine(
        "",
        sum(line.not_begun for line in lines),
        sum(line.begun for line in lines),
        sum(line.completed for line in lines),
        {course: sum(line.missing[course] for line in lines) for course in round.courses},
    )
    yield (_("Everybody"), *_numbers(everybody))
    for line in told_as_numbers(lines):
        yield (_called(line), *_numbers(line))


def _called(line: TeamLine) -> str:
    if line.teams > 1:
        return ngettext("%(num)s small team together", "%(num)s small teams together", line.teams)
    return line.team or _("In no team")


def _numbers(line: TeamLine) -> tuple[int, ...]:
    return (line.people, line.completed, line.begun, line.not_begun, *line.missing.values())


def _titles(round: Round, library: Library) -> list[str]:
    return [course.title(language()) if (course := library.course(key)) else key for key in round.courses]


def _standings(round: Round) -> Iterable[Any]:
    of_hers = and_(
        Enrolment.organisation_id == Employee.organisation_id,
        Enrolment.employee_id == Employee.id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
    )
    found = (
        select(
            Employee.id,
            Person.name,
            Employee.team,
            Employee.is_leader,
            Enrolment.course,
            Enrolment.begun,
            Enrolment.completed_on,
        )
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(Enrolment, of_hers)
        .where(Employee.organisation_id == round.organisation_id, Employee.left_at.is_(None))
        .order_by(alphabetical(Person.name), Employee.id)
    )
    return session.execute(found, execution_options={"yield_per": ROWS_AT_ONCE})
