"""Delivered mappings: a facilitator's queue, and the frozen form she accepts or returns."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.organisations.models import organisation_coordinated_by
from lms.people.models import Person
from lms.people.sign_in import must_be_signed_in
from lms.risks.delivery import AlreadyDecided, decide
from lms.risks.models import hold_mapping
from lms.risks.picture import picture_of
from lms.risks.reviews.queue import Delivery, answered_lately, delivery_for, delivery_in, waiting_for
from lms.risks.words import read_text

bp = Blueprint("risk_reviews", __name__)
DELIVERY = "/organisations/<uuid:organisation_id>/risks/deliveries/<uuid:delivery_id>"


@bp.get("/risk-mappings")
def queue() -> Response:
    """Show a facilitator the mappings that wait for her answer."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    page = request.args.get("page", 1, type=int)
    waiting, more = waiting_for(g.person, max(1, min(page, 1000)))
    shown = render_template(
        "lms/risks/queue.html", waiting=waiting, answered=answered_lately(g.person), page=page, more=more
    )
    return make_response(shown)


@bp.get(DELIVERY)
def delivered(organisation_id: UUID, delivery_id: UUID) -> Response:
    """Show a form as it was delivered, to those who delivered it and whoever answers it."""
    if (away := must_be_signed_in()) is not None:
        return away
    delivery = delivery_for(g.person, organisation_id, delivery_id) if g.person.is_facilitator else None
    reviews = delivery is not None
    if delivery is None and organisation_coordinated_by(g.person, organisation_id) is not None:
        delivery = delivery_in(organisation_id, delivery_id)
    return _delivery_page(delivery or abort(404), reviews)


@bp.post(f"{DELIVERY}/decision")
def answer(organisation_id: UUID, delivery_id: UUID) -> Response:
    """Accept the form, or return it with what to look at again."""
    if g.person is None:
        abort(401)
    if not g.person.is_facilitator:
        abort(404)
    delivery = delivery_for(g.person, organisation_id, delivery_id) or abort(404)
    verdict = request.form.get("verdict", "")
    if verdict not in ("accepted", "returned"):
        abort(400)
    hold_mapping(organisation_id, delivery.delivered.mapping_id)
    errors: dict[str, str] = {}
    comment = read_text(request.form, "comment", errors)
    written = {
        row["id"]: read_text(request.form, f"comment-{row['id']}", errors) for row in delivery.delivered.form["rows"]
    }
    comments = {row: text for row, text in written.items() if text}
    if verdict == "returned" and not (comment or comments or errors):
        errors["comment"] = _("Say what to look at again, here or at a row.")
    if errors:
        return _delivery_page(delivery, True, errors)
    try:
        decide(delivery.delivered, verdict, comment, comments, g.person)
    except AlreadyDecided:
        session.rollback()
        told = {"decided": _("Somebody has answered this form meanwhile; that answer stands.")}
        return _delivery_page(delivery_for(g.person, organisation_id, delivery_id) or abort(404), True, told)
    session.commit()
    return redirect(url_for(".delivered", organisation_id=organisation_id, delivery_id=delivery_id), 303)


def _delivery_page(delivery: Delivery, reviews: bool, errors: Mapping[str, str] | None = None) -> Response:
    decision = delivery.decision
    page = render_template(
        "lms/risks/delivered.html",
        delivered=delivery.delivered,
        organisation=delivery.organisation,
        decision=decision,
        form=delivery.delivered.form,
        picture=picture_of(delivery.delivered.form["rows"]),
        delivered_by=_name(delivery.delivered.delivered_by),
        decided_by=_name(decision.decided_by) if decision else "",
        reviews=reviews,
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)


def _name(person_id: UUID) -> str:
    person = session.get(Person, person_id)
    return person.name if person else ""
