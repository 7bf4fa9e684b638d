"""Shared guidelines: the owner offers one by a code, and other coordinators look at it and take it into use."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.models import Follower
from lms.languages import _, language
from lms.measures.guidelines.models import (
    Guideline,
    GuidelineUse,
    guideline_of,
    in_force,
    newest_of,
    use_in,
)
from lms.measures.guidelines.sharing.offers import (
    NothingToOffer,
    Offer,
    close_offer,
    offer,
    offer_behind,
    take_into_use,
)
from lms.measures.guidelines.views import GUIDELINES, ONE, list_page
from lms.organisations.invitations import ForgedChoice
from lms.organisations.models import (
    Organisation,
    hold_roster,
    organisation_coordinated_by,
    organisations_coordinated_by,
)
from lms.people.limits import limiter
from lms.people.sign_in import must_be_signed_in
from lms.risks.models import ChangedMeanwhile
from lms.risks.words import read_revision

bp = Blueprint("guideline_sharing", __name__)
OFFER = "/guidelines/offered/<code>"


@bp.post(f"{ONE}/offer")
def offer_it(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Make a code by which other organisations can take the guideline into use."""
    guideline = _own_to_change(organisation_id, guideline_id)
    try:
        offer(guideline, g.person)
    except NothingToOffer:
        abort(400)
    session.commit()
    return _to_sharing(guideline)


@bp.post(f"{ONE}/offer/closing")
def close(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Close the code; those who use the guideline keep it."""
    guideline = _own_to_change(organisation_id, guideline_id)
    close_offer(guideline, g.person)
    session.commit()
    return _to_sharing(guideline)


@bp.post(f"{GUIDELINES}/offered")
@limiter.limit("30 per minute")
def find(organisation_id: UUID) -> Response:
    """Go to what the code leads to that a coordinator has typed."""
    organisation = _organisation(organisation_id)
    written = request.form.get("code", "").strip()
    found = offer_behind(written) if written else None
    if found is None:
        sorry = _(
            "Nobody offers a guideline with this code. Did you copy all of it? If so, ask whoever gave it to you."
        )
        return list_page(Follower(organisation, coordinates=True), {"code": sorry})
    return redirect(url_for(".look", code=found.guideline.offer_code), 303)


@bp.get(OFFER)
@limiter.limit("30 per minute", misses=404)
def look(code: str) -> Response:
    """Show a coordinator what another organisation offers."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _offer_page(_offer(code))


@bp.post(OFFER)
@limiter.limit("30 per minute", misses=404)
def take(code: str) -> Response:
    """Take what is offered into use, in one of the organisations she coordinates."""
    if g.person is None:
        abort(401)
    offered = _offer(code)
    organisation = _chosen(request.form.get("organisation", ""))
    if organisation.id == offered.owner.id:
        abort(400)
    return _taken(organisation, offered.guideline, lambda errors: _offer_page(offered, errors))


@bp.get(f"{ONE}/newest")
def newest(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Show a new version of the owner's beside the one in use."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _newest_page(*_shared(organisation_id, guideline_id))


@bp.post(f"{ONE}/newest")
def take_newest(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Take the new version into use; from then on her people are asked."""
    organisation, use = _shared(organisation_id, guideline_id)
    guideline = session.get_one(Guideline, (use.owner_id, use.guideline_id))
    return _taken(organisation, guideline, lambda errors: _newest_page(organisation, use, errors))


def _taken(organisation: Organisation, guideline: Guideline, again: Any) -> Response:
    try:
        number = read_revision(request.form)
    except ForgedChoice:
        abort(400)
    hold_roster(organisation.id)
    try:
        take_into_use(organisation.id, newest_of(guideline.organisation_id, guideline.id), number, g.person)
    except ChangedMeanwhile:
        newer = _("A newer version has been published while you were reading. Here it is: look at it first.")
        answer: Response = again({"number": newer})
        return answer
    session.commit()
    here: dict[str, Any] = {"organisation_id": organisation.id, "guideline_id": guideline.id}
    return redirect(url_for("lms.guidelines.show", done="taken", **here), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _own_to_change(organisation_id: UUID, guideline_id: UUID) -> Guideline:
    organisation = _organisation(organisation_id)
    return guideline_of(organisation.id, guideline_id, to_change=True) or abort(404)


def _shared(organisation_id: UUID, guideline_id: UUID) -> tuple[Organisation, GuidelineUse]:
    """How an organisation of hers uses what another one owns."""
    organisation = _organisation(organisation_id)
    use = use_in(organisation.id, guideline_id)
    if use is None or use.is_own:
        abort(404)
    return organisation, use


def _offer(code: str) -> Offer:
    offered = offer_behind(code) or abort(404)
    # What is offered is for coordinators: a code that has gone astray shows nobody else the text.
    return offered if organisations_coordinated_by(g.person) else abort(404)


def _chosen(written: str) -> Organisation:
    try:
        found = organisation_coordinated_by(g.person, UUID(written))
    except ValueError:
        abort(400)
    return found or abort(400)


def _to_sharing(guideline: Guideline) -> Response:
    here: dict[str, Any] = {"organisation_id": guideline.organisation_id, "guideline_id": guideline.id}
    return redirect(url_for("lms.guidelines.show", _anchor="sharing", **here), 303)


def _offer_page(offered: Offer, errors: Mapping[str, str] | None = None) -> Response:
    mine = [each for each in organisations_coordinated_by(g.person) if each.id != offered.owner.id]
    page = render_template(
        "lms/measures/guidelines/offer.html",
        offered=offered,
        organisations=mine,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)


def _newest_page(organisation: Organisation, use: GuidelineUse, errors: Mapping[str, str] | None = None) -> Response:
    page = render_template(
        "lms/measures/guidelines/newest.html",
        organisation=organisation,
        owner=session.get_one(Organisation, use.owner_id),
        use=use,
        before=in_force(use),
        version=newest_of(use.owner_id, use.guideline_id),
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)
