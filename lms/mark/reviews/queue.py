"""The requests that a facilitator has before her: waiting for an answer, and answered lately."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from lms.database import session
from lms.group_sessions.following import may_review
from lms.mark.models import Award, MarkDecision, MarkProposal, MarkRequest
from lms.mark.standing import REQUESTS
from lms.organisations.models import Organisation
from lms.people.models import Person

ON_A_PAGE = 50
WHOSE = Organisation.id == MarkRequest.organisation_id
WITH_ORGANISATION = REQUESTS.join(Organisation, WHOSE).add_columns(Organisation)


@dataclass(frozen=True)
class Asked:
    """A request, whose it is, and what has been said to it."""

    request: MarkRequest
    proposal: MarkProposal | None
    decision: MarkDecision | None
    organisation: Organisation

    @property
    def since(self) -> datetime:
        """Since when it waits, or has waited."""
        return self.request.requested_at

    def waits_for(self, facilitator: Person) -> bool:
        """Whether the decision waits for her: there is none, and it was not she who said that she would award it."""
        said_it = self.proposal is not None and self.proposal.proposed_by == facilitator.id
        return self.decision is None and not said_it


def marks_waiting(facilitator: Person, page: int = 1) -> tuple[list[Asked], bool]:
    """Requests without an answer, the longest wait first, and whether another page follows."""
    asked = (
        WITH_ORGANISATION.where(_may_review(facilitator), MarkDecision.request_id.is_(None))
        .order_by(MarkRequest.requested_at, MarkRequest.id)
        .offset((page - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    found = [Asked(*row) for row in session.execute(asked)]
    return found[:ON_A_PAGE], len(found) > ON_A_PAGE


def how_many_marks_wait(facilitator: Person) -> int:
    """How many requests have no answer yet."""
    waiting = WITH_ORGANISATION.where(_may_review(facilitator), MarkDecision.request_id.is_(None))
    return session.scalar(waiting.with_only_columns(func.count())) or 0


def answered_lately(facilitator: Person) -> list[Asked]:
    """Requests with an answer, the newest answer first."""
    asked = (
        WITH_ORGANISATION.where(_may_review(facilitator), MarkDecision.request_id.is_not(None))
        .order_by(MarkDecision.decided_at.desc())
        .limit(ON_A_PAGE)
    )
    return [Asked(*row) for row in session.execute(asked)]


def request_for(facilitator: Person, organisation_id: UUID, request_id: UUID) -> Asked | None:
    """This request, if she may review it."""
    return _one(organisation_id, request_id, _may_review(facilitator))


def request_looked_through_by(facilitator: Person, organisation_id: UUID, request_id: UUID) -> Asked | None:
    """This request, while she may read what it rests on, whoever follows them: its decision waits for her."""
    found = request_for(facilitator, organisation_id, request_id)
    return found if found is not None and found.waits_for(facilitator) else None


def request_in(organisation_id: UUID, request_id: UUID) -> Asked | None:
    """This request of the organisation, for its coordinators."""
    return _one(organisation_id, request_id)


def requests_of(organisation_id: UUID) -> list[Asked]:
    """The organisation's requests, the newest first."""
    asked = WITH_ORGANISATION.where(MarkRequest.organisation_id == organisation_id)
    return [Asked(*row) for row in session.execute(asked.order_by(MarkRequest.requested_at.desc()).limit(ON_A_PAGE))]


def award_for(facilitator: Person, organisation_id: UUID, award_id: UUID) -> tuple[Award, Organisation] | None:
    """This award and whose it is, if she may withdraw it."""
    row = session.execute(
        select(Award, Organisation)
        .join(Organisation, Organisation.id == Award.organisation_id)
        .where(
            Award.organisation_id == organisation_id, Award.id == award_id, is_hers(facilitator, Award.organisation_id)
        )
        .execution_options(populate_existing=True)
    ).first()
    return (row[0], row[1]) if row else None


def _one(organisation_id: UUID, request_id: UUID, *more: ColumnElement[bool]) -> Asked | None:
    here = MarkRequest.organisation_id == organisation_id, MarkRequest.id == request_id
    row = session.execute(WITH_ORGANISATION.where(*here, *more)).first()
    return Asked(*row) if row else None


def _may_review(facilitator: Person) -> ColumnElement[bool]:
    """Whose organisation it is, and with four eyes everybody in the staff once one has said that she would award it."""
    return or_(
        is_hers(facilitator, MarkRequest.organisation_id),
        and_(MarkProposal.request_id.is_not(None), MarkDecision.request_id.is_(None)),
        MarkDecision.seconded_by == facilitator.id,
    )


def is_hers(facilitator: Person, organisation_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """She follows the organisation, or nobody does, or she is the administrator: no request lies unseen."""
    return true() if facilitator.scheme_role == "administrator" else may_review(facilitator, organisation_id)
