"""An organisation with branches: how ready each is, and all of them together.

Whoever coordinates the parent sees verdicts and numbers. Names stay with the branch: it is the branch that meets, its
coordinator who follows its people up, and nobody was told that a head office would read along. A branch with fewer
than five people has a verdict and no numbers, since each of them would be about somebody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Readiness, readiness_for, staff_asked
from lms.organisations.models import FEWEST_FOR_SHARING, Organisation
from lms.organisations.profile import is_closed
from lms.people.alphabet import folded_letters
from lms.people.lists import Look

SHOWS = ("all", "ready", "not_ready")
SORTS = ("name", "date", "missing")


@dataclass(frozen=True)
class Branch:
    """One branch: its verdict, its session, and how many of the courses its people are asked to take are completed."""

    organisation: Organisation
    meeting: GroupSession | None
    readiness: Readiness

    @property
    def people(self) -> int:
        facts = self.readiness.facts
        return facts.roster + facts.off_the_roster

    @property
    def asked(self) -> int:
        facts = self.readiness.facts
        return sum(course.leaders + staff_asked(facts, course) for course in facts.courses)

    @property
    def completed(self) -> int:
        return sum(course.leaders_done + course.staff_done for course in self.readiness.facts.courses)

    @property
    def has_numbers(self) -> bool:
        return self.readiness.facts.roster >= FEWEST_FOR_SHARING


@dataclass(frozen=True)
class Together:
    """All the branches: how many of them are ready, and the numbers of those that can be added up.

    `left_out` branches are not in the numbers: what they would add could be reckoned out, and would be about somebody.
    """

    branches: int
    ready: int
    people: int
    asked: int
    completed: int
    left_out: int


def branches_of(parent: Organisation) -> list[Branch]:
    """Every branch that walks still, by name: four questions, however many there are."""
    mine = Organisation.parent_id == parent.id, ~is_closed(Organisation.id)
    organisations = session.scalars(select(Organisation).where(*mine)).all()
    ahead = session.scalars(
        select(GroupSession)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(*mine, GroupSession.held_at.is_(None), GroupSession.cancelled_at.is_(None))
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at)
    )
    meetings: dict[object, GroupSession] = {}
    for meeting in ahead:
        meetings.setdefault(meeting.organisation_id, meeting)
    pairs = [
        (meetings.get(each.id), each) for each in sorted(organisations, key=lambda each: folded_letters(each.name))
    ]
    return [
        Branch(organisation, meeting, verdict)
        for (meeting, organisation), verdict in zip(pairs, readiness_for(pairs), strict=True)
    ]


def together(branches: Sequence[Branch]) -> Together:
    """The sum of these branches."""
    small = [branch for branch in branches if not branch.has_numbers]
    # What lies between the sum and the lines shown must be at least five people, or nobody.
    left_out = small if sum(branch.readiness.facts.roster for branch in small) < FEWEST_FOR_SHARING else []
    added = [branch for branch in branches if branch not in left_out]
    return Together(
        branches=len(branches),
        ready=sum(1 for branch in branches if not branch.readiness.blockers),
        people=sum(branch.people for branch in added),
        asked=sum(branch.asked for branch in added),
        completed=sum(branch.completed for branch in added),
        left_out=len(left_out),
    )


def looked_for(branches: Sequence[Branch], look: Look) -> list[Branch]:
    """The branches that fit what is sought, in the order asked for."""
    words = folded_letters(look["text"]).split()
    found = [
        branch
        for branch in branches
        if all(word in folded_letters(branch.organisation.name) for word in words)
        and (look["show"] == "all" or bool(branch.readiness.blockers) == (look["show"] == "not_ready"))
    ]
    if look["sort"] == "missing":
        return sorted(found, key=lambda branch: -len(branch.readiness.blockers))
    if look["sort"] == "date":
        return sorted(found, key=_session_at)
    return found


def _session_at(branch: Branch) -> tuple[bool, float]:
    starts_at = branch.meeting.starts_at if branch.meeting else None
    return starts_at is None, starts_at.timestamp() if starts_at else 0.0
