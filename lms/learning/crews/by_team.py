"""What is left of a crew that has been erased: how many were of which shift, vendor or team, and done with what.

A number for few people is as good as a name, and these numbers stay when the names are gone: a team is kept only where
at least five were in it and at least five of the crew were not. What is left is one line, and stands for at least five.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, session
from lms.learning.models import Enrolment
from lms.organisations.invitations import TEAM_LENGTH
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, JoinLink, current_round
from lms.people.models import Person


class CrewCount(Model):
    """One line about a crew that was erased on a day: a team, or under no name everybody else of it."""

    __tablename__ = "lms_crew_count"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "join_link_id"], ["lms_join_link.organisation_id", "lms_join_link.id"]
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    join_link_id: Mapped[UUID] = mapped_column(primary_key=True)
    erase_on: Mapped[date] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(String(TEAM_LENGTH), primary_key=True)
    people: Mapped[int]
    completed: Mapped[dict[str, Any]] = mapped_column(default=dict)  # how many, by course


@dataclass(frozen=True)
class TeamCount:
    """A team of a crew: how many they were, and how many of them had completed each course."""

    team: str
    people: int
    completed: dict[str, int]


def kept_by_team(teams: Sequence[TeamCount]) -> list[TeamCount]:
    """The lines that can be kept, the largest team first and everybody else last; none where that tells of too few.

    No line stands for fewer than five people, and neither does all but a line.
    """
    kept = sorted(
        (each for each in teams if each.team and each.people >= FEWEST_FOR_SHARING),
        key=lambda each: (-each.people, each.team),
    )
    rest = [each for each in teams if each not in kept]
    while kept and 0 < sum(each.people for each in rest) < FEWEST_FOR_SHARING:
        rest.append(kept.pop())
    lines = [*kept, _together(rest)] if rest else kept
    return lines if len(lines) > 1 else []


def _together(teams: Sequence[TeamCount]) -> TeamCount:
    courses = dict.fromkeys(course for each in teams for course in each.completed)
    completed = {course: sum(each.completed.get(course, 0) for each in teams) for course in courses}
    return TeamCount("", sum(each.people for each in teams), completed)


def keep_count(organisation_id: UUID, link_id: UUID, erase_on: date, *crew: Any) -> None:
    """Count the crew, which is everybody these conditions name, before the first of it is erased."""
    round = current_round(organisation_id)
    counted = (
        select(Employee.team, func.count())
        .join(Person, Person.id == Employee.person_id)
        .where(*crew)
        .group_by(Employee.team)
    )
    hers = and_(Enrolment.organisation_id == Employee.organisation_id, Enrolment.employee_id == Employee.id)
    done = (
        select(Employee.team, Enrolment.course, func.count(Enrolment.completed_on))
        .join(Person, Person.id == Employee.person_id)
        .join(Enrolment, hers)
        .where(*crew, Enrolment.round_id == round.id, Enrolment.course.in_(round.courses))
        .group_by(Employee.team, Enrolment.course)
    )
    completed: dict[str, dict[str, int]] = {}
    for team, course, people in session.execute(done):
        completed.setdefault(team, {})[course] = people
    teams = [
        TeamCount(team, people, {course: completed.get(team, {}).get(course, 0) for course in round.courses})
        for team, people in session.execute(counted)
    ]
    for line in kept_by_team(teams):
        words = {"team": line.team, "people": line.people, "completed": line.completed}
        session.add(CrewCount(organisation_id=organisation_id, join_link_id=link_id, erase_on=erase_on, **words))


def counts_of(link: JoinLink) -> dict[date, list[CrewCount]]:
    """What is left of the crews of this link, by the day they were erased on, the last one first: one question."""
    rows = session.scalars(
        select(CrewCount)
        .where(CrewCount.organisation_id == link.organisation_id, CrewCount.join_link_id == link.id)
        .order_by(CrewCount.erase_on.desc(), CrewCount.people.desc(), CrewCount.team)
    )
    days: dict[date, list[CrewCount]] = {}
    for row in rows:
        days.setdefault(row.erase_on, []).append(row)
    return {day: sorted(lines, key=lambda line: not line.team) for day, lines in days.items()}
