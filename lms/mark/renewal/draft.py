"""The draft for a renewal, prepared from what stands in the log: promised, done, risks then and now, new people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select

from lms.database import NORWAY, session
from lms.learning.models import Enrolment
from lms.mark.models import Award
from lms.mark.renewal.standing import RenewalStanding
from lms.measures.evidence.models import Evidence, evidence_of
from lms.measures.models import Measure
from lms.measures.standing import PlanStanding, plan_of
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, Round
from lms.risks.delivery import form_of, mapping_of
from lms.risks.models import RiskMapping, rows_of
from lms.risks.outcome.before import Compared, compared


@dataclass(frozen=True)
class NewPeople:
    """Those who have come since the award and are here: how many, and how far they are with what they are asked."""

    people: int
    completed: int
    begun: int

    @property
    def not_begun(self) -> int:
        return self.people - self.completed - self.begun

    @property
    def are_some(self) -> bool:
        """Whether numbers about them are about nobody in particular."""
        return self.people >= FEWEST_FOR_SHARING


@dataclass(frozen=True)
class Draft:
    """What the round that led to the mark promised and what has become of it, beside what is so now."""

    plan: PlanStanding
    evidence: Mapping[str, tuple[Evidence, ...]]
    risks: tuple[Compared, ...]
    mapped_anew: bool
    joined: NewPeople

    @property
    def done(self) -> tuple[Measure, ...]:
        """What has been carried through, or goes on."""
        return tuple(each for each in self.plan.measures if each.status in ("done", "continuing"))

    @property
    def under_way(self) -> tuple[Measure, ...]:
        """What has been started and is not done."""
        return tuple(each for each in self.plan.measures if each.status == "started")

    @property
    def only_promised(self) -> tuple[Measure, ...]:
        """What was planned, and has not been started."""
        return tuple(each for each in self.plan.measures if each.status == "planned")

    @property
    def given_up(self) -> tuple[Measure, ...]:
        """What is not relevant any more, with why."""
        return tuple(each for each in self.plan.measures if each.status == "not_relevant")

    @property
    def shown(self) -> int:
        """For how many of the minimum requirements there is something that shows it."""
        return sum(1 for each in self.plan.requirements if each.is_met)


def draft_of(standing: RenewalStanding) -> Draft | None:
    """The draft for the round that led to the latest award; None where none did, or it was walked elsewhere.

    Fifteen questions at the most.
    """
    award = standing.award
    if award is None or award.round_id is None:
        return None
    before = award.round_id
    plan = plan_of(standing.round.organisation_id, before)
    anew = mapping_of(standing.round.organisation_id).mapping if standing.round.id != before else None
    return Draft(
        plan=plan,
        evidence=_evidence(plan),
        risks=tuple(_risks(plan, anew)),
        mapped_anew=anew is not None,
        joined=people_since(award, standing.round),
    )


def _evidence(plan: PlanStanding) -> dict[str, tuple[Evidence, ...]]:
    """The links and files at each requirement, and at the measures that are for it."""
    if plan.plan is None:
        return {}
    shown = evidence_of(plan.plan.organisation_id, plan.plan.id)
    found = {each.key: shown.get(each.key, ()) for each in plan.requirements}
    for measure in plan.measures:
        if measure.requirement in found:
            found[measure.requirement] += shown.get(measure.id, ())
    return found


def _risks(plan: PlanStanding, anew: RiskMapping | None) -> list[Compared]:
    """What concerned the organisation then, the highest first; beside what it says now, if it has mapped anew."""
    delivered = plan.mapping.delivered
    then: list[Mapping[str, Any]] = delivered.form["rows"] if delivered is not None else []
    if anew is None:
        rows = [Compared(row["names"], row, None) for row in then if row["relevant"] in ("yes", "partly")]
    else:
        both = compared(then, form_of(anew, rows_of(anew), {})["rows"])
        rows = [each for each in both if _concerns(each.before) or _concerns(each.now)]
    return sorted(rows, key=lambda each: -max(each.points_before or 0, each.points_now or 0))


def _concerns(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row["relevant"] in ("yes", "partly")


def people_since(award: Award, round: Round) -> NewPeople:
    """Who has come after the day of the award and is here; how far they are in the courses of this round."""
    since = datetime.combine(award.awarded_on + timedelta(days=1), time(), NORWAY)
    left = func.count().filter(Enrolment.completed_on.is_(None), Enrolment.counts_as != "excused")
    begun = func.count().filter(Enrolment.begun_at.is_not(None))
    enrolled = and_(
        Enrolment.organisation_id == Employee.organisation_id,
        Enrolment.employee_id == Employee.id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
    )
    each = (
        select(
            Employee.id,
            case((func.count(Enrolment.id) == 0, 0), (left == 0, 2), (begun > 0, 1), else_=0).label("how_far"),
        )
        .outerjoin(Enrolment, enrolled)
        .where(
            Employee.organisation_id == round.organisation_id,
            Employee.left_at.is_(None),
            Employee.joined_at >= since,
        )
        .group_by(Employee.id)
        .subquery()
    )
    row = session.execute(
        select(
            func.count(),
            func.count().filter(each.c.how_far == 2),
            func.count().filter(each.c.how_far == 1),
        ).select_from(each)
    ).one()
    return NewPeople(*row)
