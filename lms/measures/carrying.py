"""What an organisation takes with it from the plan of the round before."""

from collections.abc import Collection
from uuid import UUID

from lms.database import new_id, norwegian_day, now, session
from lms.measures.models import Measure, MeasurePlan, measures_of, open_plan
from lms.organisations.events import record
from lms.organisations.names_left import pass_on
from lms.people.models import Person


def goes_on(measure: Measure) -> bool:
    """Whether a measure is worth keeping unless somebody says otherwise: what recurs, goes on, or is not done yet."""
    return measure.status != "not_relevant" and (measure.status != "done" or bool(measure.recurring))


def carry_on(before: MeasurePlan, keep: Collection[UUID], by: Person) -> MeasurePlan | None:
    """Put these measures of a plan into the plan of the round the organisation walks now; None without any.

    What has begun was there before, and goes on; what was only planned is planned again. A day that has passed is not
    carried on, and neither are the risks, which are asked about anew. Whoever calls holds the roster.
    """
    kept = [measure for measure in measures_of(before) if measure.id in keep and measure.status != "not_relevant"]
    if not kept:
        return None
    plan, today = open_plan(before.organisation_id, by), norwegian_day(now())
    taken_on: dict[UUID, UUID] = {}
    for measure in kept:
        carried = Measure(
            organisation_id=plan.organisation_id,
            id=new_id(),
            plan_id=plan.id,
            requirement=measure.requirement,
            example=measure.example,
            what=measure.what,
            why=measure.why,
            owner=measure.owner,
            due=measure.due if measure.due and measure.due >= today else None,
            recurring=measure.recurring,
            already=measure.is_begun,
            status="continuing" if measure.is_begun else "planned",
            added_by=by.id,
            changed_by=by.id,
        )
        session.add(carried)
        taken_on[measure.id] = carried.id
        record(plan.organisation_id, "measure.carried", by, measure=str(carried.id), before=str(measure.id))
    session.flush()
    pass_on(plan.organisation_id, "measure", taken_on, {"what": "what", "why": "why", "owner": "owner"})
    return plan
