"""Readiness as a file: by name for whoever may see names, as numbers for anybody else."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from lms.courses.packs import Library
from lms.database import session
from lms.group_sessions.overview.teams import TeamLine, told_as_numbers
from lms.languages import _, language, ngettext
from lms.learning.roster.side_by_side import side_by_side
from lms.organisations.models import Employee, Round
from lms.people.models import Person
from lms.sheets import Cell


def by_name(round: Round, library: Library) -> Iterator[Sequence[Cell]]:
    """A heading, and a row for everybody who is here: of each course not begun, begun, or when it was completed."""
    yield (_("Name"), _("Team"), _("Leader"), *_titles(round, library))
    leads = {True: _("yes"), False: _("no")}
    standings: dict[bool | None, Cell] = {None: _("not asked"), False: _("not begun"), True: _("begun")}
    erased = _("Somebody who has been erased")
    everybody = (
        select(Person.name, Employee.team, Employee.is_leader)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == round.organisation_id, Employee.left_at.is_(None))
        .order_by(Employee.by_name, Employee.id)
    )
    for row in session.execute(side_by_side(everybody, round)):
        pairs = zip(row[3::2], row[4::2], strict=True)
        cells = [completed_on or standings[begun] for begun, completed_on in pairs]
        yield [row[0] or erased, row[1], leads[row[2]], *cells]


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
