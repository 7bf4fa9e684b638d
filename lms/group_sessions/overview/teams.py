"""Readiness by team: how far each has come, and what is missing in it.

A facilitator sees numbers, and a number for a small team is as good as a name: so a team is shown to her only where at
least five people are in it and at least five are outside it, among those shown together. What is left is one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select

from lms.database import session
from lms.learning.models import Enrolment
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, Round
from lms.people.alphabet import folded_letters
from lms.people.lists import Look

SORTS = ("team", "missing", "people")


@dataclass(frozen=True)
class TeamLine:
    """One team: how many have not begun anything, begun something and completed everything they are asked to take.

    `missing` says for each course how many have still to complete it. Nobody with an exception is counted. `teams` is
    how many teams the line stands for: more than one where small ones are told together.
    """

    team: str
    not_begun: int
    begun: int
    completed: int
    missing: dict[str, int]
    teams: int = 1

    @property
    def people(self) -> int:
        return self.not_begun + self.begun + self.completed

    @property
    def waited_for(self) -> int:
        return self.not_begun + self.begun


def teams_of(round: Round) -> list[TeamLine]:
    """Every team with somebody in it, by name, those in no team last: one question, whatever the head count."""
    # Shares of one walk through the enrolments: by person first, since she is done when all her courses are.
    lacking = [func.sum(case((_lacks(course), 1), else_=0)).label(f"lacking_{n}") for n, course in _numbered(round)]
    person = (
        select(
            Enrolment.employee_id,
            (func.count(Enrolment.completed_on) == func.count()).label("done"),
            (func.count(Enrolment.begun_at) > 0).label("begun"),
            *lacking,
        )
        .where(
            Enrolment.organisation_id == round.organisation_id,
            Enrolment.round_id == round.id,
            Enrolment.course.in_(round.courses),
            Enrolment.counts_as.in_(("leader", "staff")),
        )
        .group_by(Enrolment.employee_id)
        .subquery()
    )
    done, has_begun = person.c.done, person.c.begun
    rows = session.execute(
        select(
            Employee.team,
            func.sum(case((and_(~done, ~has_begun), 1), else_=0)),
            func.sum(case((and_(~done, has_begun), 1), else_=0)),
            func.sum(case((done, 1), else_=0)),
            *(func.sum(person.c[f"lacking_{n}"]) for n, _course in _numbered(round)),
        )
        .join(person, person.c.employee_id == Employee.id)
        .where(Employee.organisation_id == round.organisation_id)
        .group_by(Employee.team)
    )
    lines = [
        TeamLine(team, int(not_begun), int(begun), int(completed), _missing(round, lacking))
        for team, not_begun, begun, completed, *lacking in rows
    ]
    return sorted(lines, key=lambda line: (not line.team, folded_letters(line.team)))


def _missing(round: Round, lacking: Sequence[Any]) -> dict[str, int]:
    return {course: int(people) for course, people in zip(round.courses, lacking, strict=True)}


def _numbered(round: Round) -> list[tuple[int, str]]:
    return list(enumerate(round.courses))


def _lacks(course: str) -> Any:
    return and_(Enrolment.course == course, Enrolment.completed_on.is_(None))


def told_as_numbers(lines: Sequence[TeamLine]) -> list[TeamLine]:
    """The lines that can be told to somebody who is to see no names; small teams are one line, the last.

    No line stands for fewer than five people, and neither does all but a line. Nothing is left of an organisation in
    which that can't be done: then the numbers of the whole are what there is.
    """
    told = sorted((line for line in lines if line.people >= FEWEST_FOR_SHARING), key=lambda line: line.people)
    small = [line for line in lines if line.people < FEWEST_FOR_SHARING]
    while small and told and sum(line.people for line in small) < FEWEST_FOR_SHARING:
        small.append(told.pop(0))
    together = [_together(small)] if small else []
    if len(told) + len(together) < 2:
        return []
    return [line for line in lines if line in told] + together


def _together(lines: Sequence[TeamLine]) -> TeamLine:
    return TeamLine(
        "",
        sum(line.not_begun for line in lines),
        sum(line.begun for line in lines),
        sum(line.completed for line in lines),
        {course: sum(line.missing[course] for line in lines) for course in lines[0].missing},
        len(lines),
    )


def looked_for(lines: Sequence[TeamLine], look: Look) -> list[TeamLine]:
    """The lines whose team has the words looked for, in the order asked for."""
    words = folded_letters(look["text"]).split()
    found = [line for line in lines if all(word in folded_letters(line.team) for word in words)]
    if look["sort"] == "missing":
        return sorted(found, key=lambda line: -line.waited_for)
    return sorted(found, key=lambda line: -line.people) if look["sort"] == "people" else found
