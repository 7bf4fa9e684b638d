"""Requests for the mark: a facilitator's queue, the request she answers, and an award that has to be withdrawn."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.group_sessions.following import leads_in
from lms.languages import _, language
from lms.mark.forgetting import names_taken_out_of
from lms.mark.grounds import evidence_named_in, missing_in
from lms.mark.letters import tell_awarded, tell_returned, tell_withdrawn
from lms.mark.models import POINTS, Award, NotInForce, WithoutEvidence, rests_on_evidence
from lms.mark.plan_read import plan_read
from lms.mark.points import missing_at_points, titles_of_points, where_to_mend
from lms.mark.requests import NeedsReason, NotWhole, SecondNeeded, grant, return_request
from lms.mark.reviews.queue import (
    Asked,
    answered_lately,
    award_for,
    marks_waiting,
    request_for,
    request_in,
    request_looked_through_by,
)
from lms.mark.showing import Opens, opens_in, opens_to_second, parts_of
from lms.measures.evidence.handing_out import file_of
from lms.measures.evidence.models import Evidence, evidence_in
from lms.measures.evidence.showing import organisation_reviewed_by
from lms.measures.evidence.troubles import what_is_wrong
from lms.organisations.models import Organisation, Round, hold_roster, organisation_coordinated_by
from lms.people.models import Person
from lms.people.sign_in import must_be_signed_in
from lms.risks.delivery import AlreadyDecided
from lms.risks.reviews.queue import delivery_in
from lms.risks.reviews.showing import delivery_page
from lms.risks.words import read_text

bp = Blueprint("mark_reviews", __name__)
REQUEST = "/organisations/<uuid:organisation_id>/mark/requests/<uuid:request_id>"
AWARD = "/organisations/<uuid:organisation_id>/mark/awards/<uuid:award_id>"


@bp.get("/marks")
def queue() -> Response:
    """Show a facilitator the requests for the mark that wait for her answer."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    page = max(1, min(request.args.get("page", 1, type=int), 1000))
    waiting, more = marks_waiting(g.person, page)
    answered = answered_lately(g.person)
    return make_response(
        render_template("lms/mark/queue.html", waiting=waiting, more=more, page=page, answered=answered)
    )


@bp.get(REQUEST)
def asked(organisation_id: UUID, request_id: UUID) -> Response:
    """Show a request as it was sent, to those who sent it and whoever answers it."""
    if (away := must_be_signed_in()) is not None:
        return away
    found = request_for(g.person, organisation_id, request_id) if g.person.is_facilitator else None
    reviews = found is not None
    if found is None and organisation_coordinated_by(g.person, organisation_id) is not None:
        found = request_in(organisation_id, request_id)
    return _request_page(found or abort(404), reviews)


@bp.post(f"{REQUEST}/decision")
def answer(organisation_id: UUID, request_id: UUID) -> Response:
    """Award the mark, or return the request with what is missing at which point."""
    found = _to_answer(organisation_id, request_id)
    verdict = request.form.get("verdict", "")
    if verdict not in ("awarded", "returned"):
        abort(400)
    errors: dict[str, str] = {}
    reasons = {point: read_text(request.form, f"reason-{point}", errors) for point in POINTS}
    in_spite = read_text(request.form, "in_spite", errors)
    if errors:
        return _request_page(found, True, errors)
    try:
        if verdict == "returned":
            tell_returned(return_request(found.request, reasons, g.person), found.organisation)
        else:
            given = grant(found.request, in_spite, g.person, bool(current_app.config["LMS_FOUR_EYES"]))
            if isinstance(given, Award):
                tell_awarded(given, found.organisation)
    except (AlreadyDecided, NeedsReason, NotWhole, SecondNeeded, WithoutEvidence) as refusal:
        session.rollback()
        return _request_page(_to_answer(organisation_id, request_id), True, _what_to_do(refusal, verdict))
    session.commit()
    return redirect(url_for(".asked", organisation_id=organisation_id, request_id=request_id, _anchor="state"), 303)


@bp.get(f"{REQUEST}/mapping")
def mapping(organisation_id: UUID, request_id: UUID) -> Response:
    """Show whoever is to decide the form that the request rests on, only to be read."""
    if (away := must_be_signed_in()) is not None:
        return away
    found = _to_look_through(organisation_id, request_id)
    accepted = found.request.form["mapping"]["delivery"] or abort(404)
    delivery = delivery_in(organisation_id, UUID(accepted)) or abort(404)
    return delivery_page(delivery, False, request_at=_address_of(found))


@bp.get(f"{REQUEST}/plan")
def plan(organisation_id: UUID, request_id: UUID) -> Response:
    """Show whoever is to decide the plan with what shows it, only to be read."""
    if (away := must_be_signed_in()) is not None:
        return away
    found = _to_look_through(organisation_id, request_id)
    proofs = evidence_named_in(found.request.form)

    def file_at(each: Evidence) -> str:
        return url_for(".evidence_file", organisation_id=organisation_id, request_id=request_id, evidence_id=each.id)

    page = render_template(
        "lms/mark/request_plan.html",
        organisation=found.organisation,
        request_at=_address_of(found),
        read=plan_read(organisation_id, found.request.round_id, only=proofs),
        file_at=file_at,
        what_is_wrong=what_is_wrong,
        locale=language(),
    )
    return make_response(page)


@bp.get(f"{REQUEST}/evidence/<uuid:evidence_id>/file")
def evidence_file(organisation_id: UUID, request_id: UUID, evidence_id: UUID) -> Response:
    """Hand whoever is to decide a file that the request rests on."""
    if (away := must_be_signed_in()) is not None:
        return away
    found = _to_look_through(organisation_id, request_id)
    if evidence_id not in evidence_named_in(found.request.form):
        abort(404)
    return file_of(evidence_in(organisation_id, evidence_id))


@bp.get(f"{AWARD}/withdrawal")
def withdrawing(organisation_id: UUID, award_id: UUID) -> Response:
    """Show an award, and what it means to withdraw it, before anybody does."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _award_page(*_awarded(organisation_id, award_id))


@bp.post(f"{AWARD}/withdrawal")
def withdraw(organisation_id: UUID, award_id: UUID) -> Response:
    """Withdraw the mark, with a reason and for good."""
    if g.person is None:
        abort(401)
    hold_roster(organisation_id)
    award, organisation = _awarded(organisation_id, award_id)
    errors: dict[str, str] = {}
    because = read_text(request.form, "because", errors)
    if not (because or errors):
        errors["because"] = _("Write why the mark is withdrawn. The organisation reads it.")
    if "sure" not in request.form:
        errors["sure"] = _("Confirm that you mean it: it can't be undone.")
    if errors:
        return _award_page(award, organisation, errors)
    try:
        award.withdraw(because, g.person)
        tell_withdrawn(award, organisation)
    except NotInForce:
        session.rollback()
    session.commit()
    return redirect(url_for(".withdrawing", organisation_id=organisation_id, award_id=award_id), 303)


def _to_answer(organisation_id: UUID, request_id: UUID) -> Asked:
    if g.person is None:
        abort(401)
    if not g.person.is_facilitator:
        abort(404)
    return request_for(g.person, organisation_id, request_id) or abort(404)


def _to_look_through(organisation_id: UUID, request_id: UUID) -> Asked:
    if not g.person.is_facilitator:
        abort(404)
    return request_looked_through_by(g.person, organisation_id, request_id) or abort(404)


def _address_of(found: Asked) -> str:
    return url_for(".asked", organisation_id=found.organisation.id, request_id=found.request.id)


def _opens(found: Asked, reviews: bool) -> Opens | None:
    """Where what it rests on opens for her who reads the request; None where she sees no more than the request."""
    if not reviews or organisation_reviewed_by(g.person, found.organisation.id) is not None:
        round = session.get_one(Round, (found.request.organisation_id, found.request.round_id))
        leads = leads_in(g.person, found.organisation.id)
        return opens_in(round, found.request.form, not reviews or leads)
    return opens_to_second(found.request) if found.waits_for(g.person) else None


def _awarded(organisation_id: UUID, award_id: UUID) -> tuple[Award, Organisation]:
    if not g.person.is_facilitator:
        abort(404)
    return award_for(g.person, organisation_id, award_id) or abort(404)


def _what_to_do(refusal: Exception, verdict: str) -> dict[str, str]:
    if isinstance(refusal, AlreadyDecided):
        return {"decided": _("Somebody has answered this request meanwhile; that answer stands.")}
    if isinstance(refusal, NotWhole):
        return {
            "decided": _(
                "This is not what was sent: somebody has changed the database. Return it, so that they can ask again."
            )
        }
    if isinstance(refusal, SecondNeeded):
        return {"decided": _("You have proposed the award. Somebody else has to confirm it.")}
    if isinstance(refusal, WithoutEvidence):
        return {"decided": _("Without an accepted mapping and evidence for each requirement there can be no award.")}
    if verdict == "returned":
        return {"reasons": _("Say what is missing, at one point or more.")}
    return {"in_spite": _("Something is missing. Write why the mark is awarded all the same.")}


def _request_page(found: Asked, reviews: bool, errors: Mapping[str, str] | None = None) -> Response:
    decision, proposal = found.decision, found.proposal
    form = found.request.form
    names = _names(
        found.request.requested_by,
        proposal.proposed_by if proposal else None,
        decision.decided_by if decision else None,
        decision.seconded_by if decision else None,
    )
    page = render_template(
        "lms/mark/request.html",
        asked=found.request,
        organisation=found.organisation,
        proposal=proposal,
        decision=decision,
        award=_award_of(found) if decision else None,
        today=norwegian_day(now()),
        form=form,
        parts=parts_of(found.organisation.id, form),
        missing=missing_in(form),
        rests_on_evidence=rests_on_evidence(form),
        titles=titles_of_points(),
        lacks=missing_at_points(),
        mend=where_to_mend(found.organisation.id),
        names=names,
        reviews=reviews,
        names_taken_out=names_taken_out_of(found.request),
        opens=_opens(found, reviews),
        may_second=not proposal or proposal.proposed_by != g.person.id,
        four_eyes=current_app.config["LMS_FOUR_EYES"],
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)


def _award_page(award: Award, organisation: Organisation, errors: Mapping[str, str] | None = None) -> Response:
    page = render_template(
        "lms/mark/withdrawal.html",
        award=award,
        organisation=organisation,
        state=award.state(norwegian_day(now())),
        names=_names(award.awarded_by, award.seconded_by, award.withdrawn_by),
        written=request.form,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)


def _award_of(found: Asked) -> Award | None:
    here = Award.organisation_id == found.organisation.id, Award.request_id == found.request.id
    return session.scalar(select(Award).where(*here))


def _names(*people: UUID | None) -> dict[UUID, str]:
    """What these people are called; empty for somebody who has been erased."""
    asked = select(Person.id, Person.name).where(Person.id.in_({each for each in people if each}))
    return {row[0]: row[1] for row in session.execute(asked)}
