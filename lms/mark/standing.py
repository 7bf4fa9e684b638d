"""Where an organisation is with the mark, and since when."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select

from lms.database import norwegian_day, now, session
from lms.mark.models import Award, MarkDecision, MarkProposal, MarkRequest, latest_award
from lms.organisations.models import Round

REQUESTS = (
    select(MarkRequest, MarkProposal, MarkDecision)
    .outerjoin(
        MarkProposal,
        and_(MarkProposal.organisation_id == MarkRequest.organisation_id, MarkProposal.request_id == MarkRequest.id),
    )
    .outerjoin(
        MarkDecision,
        and_(MarkDecision.organisation_id == MarkRequest.organisation_id, MarkDecision.request_id == MarkRequest.id),
    )
)


@dataclass(frozen=True)
class MarkStanding:
    """Where an organisation is with the mark: what it asked for last, what was answered, and its latest award."""

    on: date
    request: MarkRequest | None = None
    proposal: MarkProposal | None = None
    decision: MarkDecision | None = None
    award: Award | None = None

    @property
    def state(self) -> str:
        """none, requested, returned, awarded, lapsed or withdrawn.

        Whoever has a valid award has it, also while she asks for the next one: see `waits` and `returned`.
        """
        held = {"valid": "awarded", "expired": "lapsed", "withdrawn": "withdrawn"}
        state = held.get(self.award.state(self.on), "none") if self.award else "none"
        if state == "awarded":
            return state
        if self.waits:
            return "requested"
        return "returned" if self.returned else state

    @property
    def waits(self) -> bool:
        """Whether a request waits for the scheme's answer."""
        return self.request is not None and self.decision is None

    @property
    def returned(self) -> bool:
        """Whether the last request came back, with reasons."""
        return self.decision is not None and self.decision.verdict == "returned"

    def given_in(self, round_id: UUID) -> bool:
        """Whether this round has led to the mark already, and it has not been withdrawn."""
        award = self.award
        return award is not None and award.round_id == round_id and award.state(self.on) != "withdrawn"

    @property
    def since(self) -> datetime | date | None:
        """When it came there: a moment, or for an award and its end the day."""
        if self.state == "requested":
            return self.request.requested_at if self.request else None
        if self.state == "returned":
            return self.decision.decided_at if self.decision else None
        if self.award is None:
            return None
        days = {"awarded": self.award.awarded_on, "lapsed": self.award.valid_until}
        return days.get(self.state, self.award.withdrawn_at)


def standing_of_mark(organisation_id: UUID) -> MarkStanding:
    """Where the organisation is with the mark today; two questions to the database."""
    this_round = and_(Round.organisation_id == MarkRequest.organisation_id, Round.id == MarkRequest.round_id)
    row = session.execute(
        REQUESTS.join(Round, this_round)
        .where(MarkRequest.organisation_id == organisation_id, Round.ended_at.is_(None))
        .order_by(MarkRequest.number.desc())
        .limit(1)
    ).first()
    request, proposal, decision = row or (None, None, None)
    return MarkStanding(norwegian_day(now()), request, proposal, decision, latest_award(organisation_id))
