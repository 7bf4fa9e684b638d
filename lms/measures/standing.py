"""Where a plan stands: its measures, what is there and what is missing for each requirement, and which risks ask."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select

from lms.database import session
from lms.measures.catalogue import catalogue
from lms.measures.evidence.models import Evidence
from lms.measures.evidence.models import evidence_of as shown_in
from lms.measures.guidelines.standing import Confirmed, confirmed
from lms.measures.models import LivesWith, Measure, MeasurePlan, MeasureRisk, measures_of, plan_in
from lms.organisations.models import Organisation
from lms.risks.delivery import Standing, mapping_of
from lms.risks.models import Risk, RiskMapping

HIGH = 6
ACTIVITIES_A_YEAR = 4
# Which requirement a published guideline of each kind shows something for.
SHOWS = {"against_harassment": "guidelines", "code_of_conduct": "guidelines", "reporting_routine": "reporting_channels"}


@dataclass(frozen=True)
class Piece:
    """Something that is there, or missing, for a requirement: what kind, in which words, how many.

    For a guideline that people confirm, `number` is its version, and `guideline` says how many have.
    """

    kind: str
    words: str = ""
    number: int = 0
    guideline: Confirmed | None = None


@dataclass(frozen=True)
class RequirementStanding:
    """What there is for a requirement, and what is missing; it is met when nothing is."""

    key: str
    has: tuple[Piece, ...] = ()
    missing: tuple[Piece, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class PlanStanding:
    """A plan with its measures, its requirements, and the high risks that nobody has answered."""

    plan: MeasurePlan | None
    measures: tuple[Measure, ...]
    mapping: Standing
    requirements: tuple[RequirementStanding, ...]
    high_risks_unanswered: tuple[Risk, ...]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many measures have each status."""
        return Counter(measure.status for measure in self.measures)

    @property
    def begun(self) -> int:
        """With how many measures something has happened."""
        return sum(measure.is_begun for measure in self.measures)

    @property
    def overdue(self) -> tuple[Measure, ...]:
        """The measures whose day has passed."""
        return tuple(measure for measure in self.measures if measure.is_overdue)

    @property
    def unmet(self) -> tuple[RequirementStanding, ...]:
        """The requirements for which something is missing."""
        return tuple(each for each in self.requirements if not each.is_met)

    def requirement(self, key: str) -> RequirementStanding:
        """How one requirement stands."""
        return next(each for each in self.requirements if each.key == key)


def plan_of(organisation_id: UUID, round_id: UUID | None = None) -> PlanStanding:
    """Where the plan of a round stands, or of the one they walk now; eight questions, whatever its size."""
    plan = plan_in(organisation_id, round_id)
    measures = tuple(measures_of(plan)) if plan else ()
    mapping = mapping_of(organisation_id, round_id)
    channel = session.scalar(select(Organisation.reporting_channel).where(Organisation.id == organisation_id))
    evidence = evidence_of(plan, measures) if plan else {}
    for guideline in confirmed(organisation_id):
        piece = Piece("guideline", guideline.title, guideline.number, guideline)
        evidence.setdefault(SHOWS[guideline.kind], []).append(piece)
    return PlanStanding(
        plan=plan,
        measures=measures,
        mapping=mapping,
        requirements=tuple(_requirements(mapping, bool(channel), measures, evidence)),
        high_risks_unanswered=tuple(high_risks_unanswered(mapping.mapping) if mapping.mapping else ()),
    )


def evidence_of(plan: MeasurePlan, measures: Iterable[Measure]) -> dict[str, list[Piece]]:
    """What shows that a requirement is met: links and files, and measures with which something has happened.

    What was added at a measure shows the requirement that the measure is for; a link to nowhere shows nothing.
    """
    there: dict[str, list[Piece]] = {}
    shown = shown_in(plan.organisation_id, plan.id)
    for requirement in catalogue().requirements:
        there[requirement.key] = _shown(shown.get(requirement.key, ()))
    for measure in measures:
        if measure.requirement in there:
            begun = [Piece("measure", measure.what)] if measure.is_begun else []
            there[measure.requirement] += begun + _shown(shown.get(measure.id, ()))
    return there


def _shown(evidence: Iterable[Evidence]) -> list[Piece]:
    return [Piece("shown", each.title) for each in evidence if each.state != "gone"]


def high_risks_unanswered(mapping: RiskMapping) -> list[Risk]:
    """The risks that ask for a measure: high, and neither tied to one nor lived with; the highest first."""
    answered = exists().where(
        MeasureRisk.organisation_id == Risk.organisation_id,
        MeasureRisk.risk_id == Risk.id,
        Measure.organisation_id == MeasureRisk.organisation_id,
        Measure.id == MeasureRisk.measure_id,
        Measure.removed_at.is_(None),
        Measure.status != "not_relevant",
    )
    lived_with = exists().where(LivesWith.organisation_id == Risk.organisation_id, LivesWith.risk_id == Risk.id)
    return list(session.scalars(asking_in(mapping).where(~answered, ~lived_with)))


def asking_in(mapping: RiskMapping) -> Select[Any]:
    """The high risks of a mapping, the highest first: likelihood times consequence at least six, and not irrelevant."""
    points = Risk.likelihood * Risk.consequence
    return (
        select(Risk)
        .where(
            Risk.organisation_id == mapping.organisation_id,
            Risk.mapping_id == mapping.id,
            Risk.removed_at.is_(None),
            Risk.relevant != "no",
            points >= HIGH,
        )
        .order_by(points.desc(), Risk.place, Risk.id)
    )


def activities_in_a_year(measures: Iterable[Measure]) -> int:
    """How many activities there are in the fullest twelve months; what recurs counts as often as it happens."""
    planned = [one for one in measures if one.status != "not_relevant" and one.times_a_year]
    recurring = sum(one.times_a_year for one in planned if one.recurring)
    days = sorted(one.due for one in planned if one.due and not one.recurring)
    fullest = max((sum(first <= day < _a_year_after(first) for day in days) for first in days), default=0)
    return recurring + fullest


def _a_year_after(day: date) -> date:
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def _requirements(
    mapping: Standing, channel: bool, measures: Iterable[Measure], evidence: Mapping[str, list[Piece]]
) -> Iterator[RequirementStanding]:
    for requirement in catalogue().requirements:
        key = requirement.key
        there = tuple(evidence.get(key, ()))
        if key == "risk_mapping":
            yield _mapping_standing(key, mapping)
        elif key == "awareness_plan":
            count = activities_in_a_year(one for one in measures if one.requirement == key)
            shown = tuple(piece for piece in there if piece.kind != "measure")
            planned = (Piece("activities", number=count),) if count else ()
            enough = count >= ACTIVITIES_A_YEAR or shown
            left = () if enough else (Piece("activities", number=ACTIVITIES_A_YEAR - count),)
            yield RequirementStanding(key, planned + shown, left)
        else:
            known = (Piece("channel"),) if key == "reporting_channels" else ()
            missing = (() if channel else known) + (() if there else (Piece("evidence"),))
            yield RequirementStanding(key, (known if channel else ()) + there, missing)


def _mapping_standing(key: str, mapping: Standing) -> RequirementStanding:
    if mapping.state == "accepted":
        return RequirementStanding(key, has=(Piece("mapping_accepted"),))
    missing = {"none": "mapping_opened", "delivered": "mapping_accepted"}.get(mapping.state, "mapping_delivered")
    begun = {"none": (), "delivered": (Piece("mapping_delivered"),)}.get(mapping.state, (Piece("mapping_opened"),))
    return RequirementStanding(key, has=begun, missing=(Piece(missing),))
