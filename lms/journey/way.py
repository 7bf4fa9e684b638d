"""Where an organisation is on its way to the mark, and the one thing to do next: read from what is so, stored nowhere.

A path that somebody leaves is there when she comes back, on another device and for another coordinator too, since
nothing remembers how far she came but the choices themselves.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import and_, func, select

from lms.database import norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Facts, outlook_of
from lms.mark.models import Award, newest_award
from lms.mark.renewal.standing import RenewalStanding
from lms.mark.standing import MarkStanding, standing_of_mark
from lms.measures.standing import PlanStanding, plan_of
from lms.organisations.models import FEWEST_FOR_SHARING, JoinLink, Organisation, Round
from lms.organisations.ways_in import join_links_of
from lms.risks.delivery import mapping_of

STEPS = ("course", "mapping", "measures", "mark")
MANY_PEOPLE = 50

Preparation = Literal["courses", "channel", "people", "date"]
Kind = Literal[
    "courses",
    "channel",
    "people",
    "date",
    "send",
    "place",
    "facilitator",
    "missing",
    "roster",
    "passed",
    "meet",
    "mapping",
    "returned",
    "delivered",
    "measures",
    "requirement",
    "mark",
    "mark_asked",
    "mark_returned",
    "mark_given",
    "renewal",
]


@dataclass(frozen=True)
class Thing:
    """What to do next; with a course and how many, where it is about people, or with the requirement it is about."""

    kind: Kind
    course: str = ""
    people: int = 0
    requirement: str = ""


@dataclass(frozen=True)
class Way:
    """How far one organisation has come, and what it has to go on with."""

    facts: Facts
    round: Round
    meeting: GroupSession | None
    missing: dict[str, int]
    links: tuple[JoinLink, ...]
    held_on: date | None
    today: date
    mapping: str = "none"
    plan: PlanStanding | None = None
    mark: MarkStanding | None = None
    award: Award | None = None

    @property
    def renewal(self) -> RenewalStanding:
        """How it stands with the mark the organisation has or had."""
        return RenewalStanding(self.award, self.round, self.today)

    @property
    def has_walked(self) -> bool:
        """Whether this round has led to the mark, which has not been withdrawn: the next step is another round."""
        return self.award is not None and not self.renewal.is_begun and self.renewal.state != "withdrawn"

    @property
    def step(self) -> str:
        """Which of the four steps it is on."""
        if self.has_walked:
            return "mark"
        if not self.held_on:
            return "course"
        if self.mark and self.mark.waits:
            return "mark"
        return "measures" if self.mapping == "accepted" else "mapping"

    @property
    def prepared(self) -> dict[Preparation, bool]:
        """What has to be so before people can begin, in the order it is asked for."""
        return {
            "courses": bool(self.facts.courses),
            "channel": self.facts.channel_known,
            "people": self.facts.roster > 1 or self.facts.declared == 1 or bool(self.links),
            "date": self.facts.date_set,
        }

    @property
    def is_preparing(self) -> bool:
        return not self.has_walked and not self.held_on and not all(self.prepared.values())

    @property
    def people(self) -> int:
        """How many there are, as far as anybody has said."""
        return max(self.facts.roster, self.facts.declared)

    @property
    def is_small(self) -> bool:
        """Too few for anything anonymous; an organisation that has said nothing yet may be of any size."""
        return self.people < FEWEST_FOR_SHARING and (self.facts.roster > 1 or self.facts.declared > 0)

    @property
    def is_big(self) -> bool:
        return self.people >= MANY_PEOPLE

    @property
    def next_thing(self) -> Thing:
        """The one thing to do now."""
        facts = self.facts
        if self.has_walked:
            return Thing("renewal" if self.renewal.can_begin else "mark_given")
        if self.mark and self.mark.request:
            return _next_with(self.mark)
        if self.plan:
            return _next_in(self.plan)
        if self.held_on:
            return Thing(_AFTER_THE_SESSION[self.mapping])
        for preparation, done in self.prepared.items():
            if not done:
                return Thing(preparation)
        if self.meeting and self.meeting.starts_at and norwegian_day(self.meeting.starts_at) < self.today:
            return Thing("passed")
        if facts.roster <= 1 and facts.declared != 1:
            return Thing("send")
        if not facts.place_set:
            return Thing("place")
        if not facts.facilitator_set:
            return Thing("facilitator")
        if facts.not_entered > facts.roster:
            return Thing("send", people=facts.not_entered)
        if self.missing:
            course = max(self.missing, key=lambda key: self.missing[key])
            return Thing("missing", course, self.missing[course])
        return Thing("meet" if facts.roster_confirmed else "roster")


_AFTER_THE_SESSION: dict[str, Kind] = {
    "none": "mapping",
    "draft": "mapping",
    "returned": "returned",
    "delivered": "delivered",
    "accepted": "measures",
}


def _next_in(plan: PlanStanding) -> Thing:
    """What the plan of measures wants next: an answer to every high risk, then every requirement, then the mark."""
    if not plan.measures or plan.high_risks_unanswered:
        return Thing("measures")
    return Thing("requirement", requirement=plan.unmet[0].key) if plan.unmet else Thing("mark")


def _next_with(mark: MarkStanding) -> Thing:
    """Once the mark has been asked for: wait, or mend what came back; a withdrawn one is asked for anew."""
    if mark.waits:
        return Thing("mark_asked")
    return Thing("mark_returned" if mark.returned else "mark")


def way_of(organisation: Organisation) -> Way:
    """How far the organisation has come: eight questions, and eight when it plans measures, whatever its size."""
    outlook = outlook_of(organisation, with_names=False)
    missing: dict[str, int] = {}
    for blocker in outlook.readiness.blockers:
        if blocker.course:
            missing[blocker.course] = missing.get(blocker.course, 0) + blocker.missing
    held_on, award = _held_and_awarded(organisation.id, outlook.round)
    mapping = mapping_of(organisation.id).state if held_on else "none"
    plans = mapping == "accepted"
    return Way(
        facts=outlook.readiness.facts,
        round=outlook.round,
        meeting=outlook.meeting,
        missing=missing,
        links=tuple(link for link in join_links_of(organisation.id) if not link.closed),
        held_on=held_on,
        today=norwegian_day(now()),
        mapping=mapping,
        plan=plan_of(organisation.id) if plans else None,
        mark=standing_of_mark(organisation.id) if plans else None,
        award=award,
    )


def _held_and_awarded(organisation_id: UUID, round: Round) -> tuple[date | None, Award | None]:
    """The day of this round's group session, once it has been held, and the latest award; in one question."""
    held_at = select(func.max(GroupSession.held_at)).where(
        GroupSession.organisation_id == organisation_id, GroupSession.held_at >= round.started_at
    )
    latest = and_(Award.organisation_id == Organisation.id, Award.id == newest_award(organisation_id))
    row = session.execute(
        select(held_at.scalar_subquery(), Award)
        .select_from(Organisation)
        .outerjoin(Award, latest)
        .where(Organisation.id == organisation_id)
    ).one()
    return norwegian_day(row[0]) if row[0] else None, row[1]
