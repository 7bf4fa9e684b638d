"""Asking for the mark, and the one decision there can be about it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select

from lms.database import new_id, norwegian_day, now, session, upsert
from lms.mark.dates import last_day
from lms.mark.grounds import evidence_named_in, grounds_of, missing_in
from lms.mark.models import (
    POINTS,
    Award,
    MarkDecision,
    MarkProposal,
    MarkRequest,
    WithoutEvidence,
    latest_award,
    rests_on_evidence,
)
from lms.mark.standing import standing_of_mark
from lms.measures.evidence.models import rely_on
from lms.organisations.events import record
from lms.organisations.models import current_round, hold_roster
from lms.people.models import Person
from lms.risks.delivery import AlreadyDecided, digest_of


class NotYet(Exception):
    """Something is missing that no reason can stand in for."""


class AlreadyAsked(Exception):
    """A request waits for its answer; one is enough."""


class AlreadyGiven(Exception):
    """This round has led to the mark; the next one begins with a new round."""


class NeedsReason(Exception):
    """Something is missing, or comes back, and nobody has said why."""


class SecondNeeded(Exception):
    """Whoever would award the mark cannot be the second pair of eyes as well."""


class NotWhole(Exception):
    """The request is not the one that was sent: somebody has changed the database."""


def ask_for_mark(organisation_id: UUID, statement: str, by: Person) -> MarkRequest:
    """Send the scheme what there is now, with the plan for the way on. Raises NotYet, AlreadyAsked, AlreadyGiven."""
    hold_roster(organisation_id)
    round = current_round(organisation_id)
    standing = standing_of_mark(organisation_id)
    if standing.waits:
        raise AlreadyAsked
    if standing.given_in(round.id):
        raise AlreadyGiven
    form = {**grounds_of(round), "statement": statement}
    if not rests_on_evidence(form):
        raise NotYet
    here = MarkRequest.organisation_id == organisation_id, MarkRequest.round_id == round.id
    before = session.scalar(select(func.max(MarkRequest.number)).where(*here))
    request = MarkRequest(
        organisation_id=organisation_id,
        id=new_id(),
        round_id=round.id,
        number=(before or 0) + 1,
        form=form,
        digest=digest_of(form),
        requested_by=by.id,
    )
    session.add(request)
    rely_on(organisation_id, evidence_named_in(form))
    record(organisation_id, "mark.requested", by, number=request.number, digest=request.digest)
    return request


def return_request(request: MarkRequest, reasons: Mapping[str, str], by: Person) -> MarkDecision:
    """Say at which points something is missing. Raises NeedsReason, AlreadyDecided."""
    said = {point: reasons[point] for point in POINTS if reasons.get(point)}
    if not said:
        raise NeedsReason
    hold_roster(request.organisation_id)
    decision = _decide(request, {"verdict": "returned", "reasons": said, "decided_by": by.id, "decided_at": now()})
    record(request.organisation_id, "mark.returned", by, number=request.number, points=list(said))
    return decision


def grant(request: MarkRequest, in_spite: str, by: Person, four_eyes: bool) -> Award | MarkProposal:
    """Award the mark, or with `four_eyes` propose it to a second member of the staff, whose agreement awards it.

    `in_spite` is why, where something is missing. Raises WithoutEvidence, NotWhole, NeedsReason, SecondNeeded,
    AlreadyDecided.
    """
    if not request.is_whole:
        raise NotWhole
    if not rests_on_evidence(request.form):
        raise WithoutEvidence
    hold_roster(request.organisation_id)
    key = request.organisation_id, request.id
    proposal = session.get(MarkProposal, key, populate_existing=True)
    if proposal is None and missing_in(request.form) and not in_spite:
        raise NeedsReason
    if four_eyes and proposal is None:
        return _propose(request, in_spite, by)
    decided = {"verdict": "awarded", "in_spite": in_spite, "decided_by": by.id, "decided_at": now()}
    if proposal is not None and proposal.proposed_by != by.id:
        decided |= {
            "in_spite": proposal.in_spite,
            "decided_by": proposal.proposed_by,
            "decided_at": proposal.proposed_at,
            "seconded_by": by.id,
            "seconded_at": now(),
        }
    elif proposal is not None and four_eyes:
        raise SecondNeeded
    award = award_mark(request, _decide(request, decided))
    record(request.organisation_id, "mark.awarded", by, award=str(award.id), number=request.number)
    return award


def award_mark(request: MarkRequest, decision: MarkDecision) -> Award:
    """Give the mark that was decided on. A valid award before it is replaced, and its cycle is kept if it is early.

    Raises WithoutEvidence. Whoever calls holds the organisation's roster.
    """
    if decision.verdict != "awarded" or not rests_on_evidence(request.form):
        raise WithoutEvidence
    awarded_at = decision.seconded_at or decision.decided_at
    today = norwegian_day(awarded_at)
    before = latest_award(request.organisation_id)
    in_force = before if before is not None and before.state(today) == "valid" else None
    award = Award(
        id=new_id(),
        organisation_id=request.organisation_id,
        round_id=request.round_id,
        request_id=request.id,
        awarded_on=today,
        valid_until=last_day(today, in_force.valid_until if in_force else None),
        awarded_at=awarded_at,
        awarded_by=decision.decided_by,
        seconded_by=decision.seconded_by,
        requirements_version=request.form["requirements_version"],
        catalogue_version=request.form["mapping"]["catalogue"],
    )
    session.add(award)
    session.flush()
    if in_force is not None:
        in_force.replaced_by, in_force.replaced_on = award.id, today
    return award


def _propose(request: MarkRequest, in_spite: str, by: Person) -> MarkProposal:
    key = {"organisation_id": request.organisation_id, "request_id": request.id}
    if session.get(MarkDecision, tuple(key.values()), populate_existing=True) is not None:
        raise AlreadyDecided
    proposal = MarkProposal(in_spite=in_spite, proposed_by=by.id, **key)
    session.add(proposal)
    record(request.organisation_id, "mark.proposed", by, number=request.number)
    return proposal


def _decide(request: MarkRequest, decided: Mapping[str, object]) -> MarkDecision:
    """Write the decision, if there is none yet."""
    key = {"organisation_id": request.organisation_id, "request_id": request.id}
    row = {"reasons": {}, "in_spite": "", "seconded_by": None, "seconded_at": None, **key, **decided}
    if not upsert(MarkDecision, row, tuple(key)):
        raise AlreadyDecided
    return session.get_one(MarkDecision, tuple(key.values()))
