"""The plans a facilitator has before her: handed in and waiting for her, and those that are under way."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from lms.database import session
from lms.group_sessions.following import may_review
from lms.measures.models import MeasurePlan
from lms.organisations.models import Organisation, Round
from lms.people.models import Person

ON_A_PAGE = 50
PLANS = (
    select(MeasurePlan, Organisation)
    .join(Organisation, Organisation.id == MeasurePlan.organisation_id)
    .join(Round, and_(Round.organisation_id == MeasurePlan.organisation_id, Round.id == MeasurePlan.round_id))
    .where(Round.ended_at.is_(None))
)
WAITS = and_(MeasurePlan.handed_in_at.is_not(None), MeasurePlan.answered_at.is_(None))


@dataclass(frozen=True)
class PlanAtHand:
    """A plan, and whose it is."""

    plan: MeasurePlan
    organisation: Organisation

    @property
    def since(self) -> datetime:
        """Since when it waits for the scheme; before it was handed in, since it was opened."""
        return self.plan.handed_in_at or self.plan.opened_at


def plans_waiting(facilitator: Person, page: int = 1) -> tuple[list[PlanAtHand], bool]:
    """Plans that wait for the scheme to look, the longest wait first, and whether another page follows."""
    asked = (
        PLANS.where(may_review(facilitator, MeasurePlan.organisation_id), WAITS)
        .order_by(MeasurePlan.handed_in_at, MeasurePlan.id)
        .offset((page - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    found = [PlanAtHand(*row) for row in session.execute(asked)]
    return found[:ON_A_PAGE], len(found) > ON_A_PAGE


def how_many_plans_wait(facilitator: Person) -> int:
    """How many plans wait for the scheme to look."""
    waiting = PLANS.where(may_review(facilitator, MeasurePlan.organisation_id), WAITS)
    return session.scalar(waiting.with_only_columns(func.count())) or 0


def plans_under_way(facilitator: Person) -> list[PlanAtHand]:
    """Plans that wait for nobody, those opened last first."""
    asked = (
        PLANS.where(may_review(facilitator, MeasurePlan.organisation_id), ~WAITS)
        .order_by(MeasurePlan.opened_at.desc(), MeasurePlan.id)
        .limit(ON_A_PAGE)
    )
    return [PlanAtHand(*row) for row in session.execute(asked)]


def plan_for(facilitator: Person, organisation_id: UUID) -> PlanAtHand | None:
    """The plan of the organisation's round, if she may read it."""
    here = MeasurePlan.organisation_id == organisation_id
    row = session.execute(PLANS.where(here, may_review(facilitator, MeasurePlan.organisation_id))).first()
    return PlanAtHand(*row) if row else None
