"""The mappings that a facilitator has before her: delivered and waiting for an answer, and those answered lately."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import defer

from lms.database import session
from lms.group_sessions.following import may_review
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.risks.delivery import DeliveredMapping, MappingDecision

ON_A_PAGE = 50
DELIVERIES = (
    select(DeliveredMapping, Organisation, MappingDecision)
    .join(Organisation, Organisation.id == DeliveredMapping.organisation_id)
    .outerjoin(
        MappingDecision,
        and_(
            MappingDecision.organisation_id == DeliveredMapping.organisation_id,
            MappingDecision.delivery_id == DeliveredMapping.id,
        ),
    )
)
# In a list nobody reads the forms themselves, and a hundred of sixty rows are megabytes.
LISTED = DELIVERIES.options(defer(DeliveredMapping.form))


@dataclass(frozen=True)
class Delivery:
    """A delivered form, whose it is, and the decision about it."""

    delivered: DeliveredMapping
    organisation: Organisation
    decision: MappingDecision | None

    @property
    def since(self) -> datetime:
        """Since when it waits, or has waited."""
        return self.delivered.delivered_at


def waiting_for(facilitator: Person, page: int = 1) -> tuple[list[Delivery], bool]:
    """Forms without an answer, the longest wait first, and whether another page follows."""
    asked = (
        LISTED.where(may_review(facilitator, DeliveredMapping.organisation_id), MappingDecision.delivery_id.is_(None))
        .order_by(DeliveredMapping.delivered_at, DeliveredMapping.id)
        .offset((page - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    found = [Delivery(*row) for row in session.execute(asked)]
    return found[:ON_A_PAGE], len(found) > ON_A_PAGE


def how_many_wait(facilitator: Person) -> int:
    """How many forms have no answer yet."""
    waiting = DELIVERIES.where(
        may_review(facilitator, DeliveredMapping.organisation_id), MappingDecision.delivery_id.is_(None)
    )
    return session.scalar(waiting.with_only_columns(func.count())) or 0


def answered_lately(facilitator: Person) -> list[Delivery]:
    """Forms with an answer, the newest answer first."""
    asked = (
        LISTED.where(
            may_review(facilitator, DeliveredMapping.organisation_id), MappingDecision.delivery_id.is_not(None)
        )
        .order_by(MappingDecision.decided_at.desc())
        .limit(ON_A_PAGE)
    )
    return [Delivery(*row) for row in session.execute(asked)]


def delivery_for(facilitator: Person, organisation_id: UUID, delivery_id: UUID) -> Delivery | None:
    """This form, if she may review it."""
    return _one(organisation_id, delivery_id, may_review(facilitator, DeliveredMapping.organisation_id))


def newest_for(facilitator: Person, organisation_id: UUID, mapping_id: UUID) -> Delivery | None:
    """The form of a mapping that was delivered last, if she may review it."""
    here = DeliveredMapping.organisation_id == organisation_id, DeliveredMapping.mapping_id == mapping_id
    newest = (
        DELIVERIES.where(*here, may_review(facilitator, DeliveredMapping.organisation_id))
        .order_by(DeliveredMapping.number.desc())
        .limit(1)
    )
    row = session.execute(newest).first()
    return Delivery(*row) if row else None


def delivery_in(organisation_id: UUID, delivery_id: UUID) -> Delivery | None:
    """This form of the organisation, for its coordinators."""
    return _one(organisation_id, delivery_id)


def _one(organisation_id: UUID, delivery_id: UUID, *more: ColumnElement[bool]) -> Delivery | None:
    here = DeliveredMapping.organisation_id == organisation_id, DeliveredMapping.id == delivery_id
    row = session.execute(DELIVERIES.where(*here, *more)).first()
    return Delivery(*row) if row else None
