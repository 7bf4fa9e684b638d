"""What comes of a mapping, for its coordinators; and, where they want it, for everybody."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.learning.together import ratings_in
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in
from lms.risks.delivery import form_of, mapping_of
from lms.risks.models import rows_of
from lms.risks.outcome.before import compared, form_before
from lms.risks.outcome.models import NotAccepted, end_publication, for_everybody, publish, read_by_everybody
from lms.risks.picture import picture_of
from lms.risks.reviews.queue import delivery_in
from lms.risks.words import owner_in_words, score_of
from lms.sheets import KINDS, Cell, handed_out

bp = Blueprint("risk_outcome", __name__)
MAPPING = "/organisations/<uuid:organisation_id>/risks"


@bp.get(f"{MAPPING}/form.<kind>")
def file(organisation_id: UUID, kind: str) -> Response:
    """Hand out the form as it stands now, for a spreadsheet."""
    if kind not in KINDS:
        abort(404)
    if (away := must_be_signed_in()) is not None:
        return away
    _organisation, form = _form(organisation_id)
    return handed_out(kind, "balanse", _("Risk mapping"), _lines(form["rows"]))


@bp.get(f"{MAPPING}/comparison")
def comparison(organisation_id: UUID) -> Response:
    """Show what has become of each risk since the round before."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, form = _form(organisation_id)
    before = form_before(organisation.id)
    page = render_template(
        "lms/risks/comparison.html",
        organisation=organisation,
        before=before,
        rows=compared(before.form["rows"], form["rows"]) if before else [],
        locale=language(),
    )
    return make_response(page)


@bp.post(f"{MAPPING}/deliveries/<uuid:delivery_id>/publication")
def show_everybody(organisation_id: UUID, delivery_id: UUID) -> Response:
    """Show an accepted form to everybody, or to nobody else again."""
    if g.person is None:
        abort(401)
    organisation = organisation_coordinated_by(g.person, organisation_id) or abort(404)
    delivery = delivery_in(organisation.id, delivery_id) or abort(404)
    try:
        if "end" in request.form:
            end_publication(delivery.delivered, g.person)
        else:
            publish(delivery.delivered, delivery.decision, g.person)
    except NotAccepted:
        abort(400)
    session.commit()
    there = url_for("lms.risk_reviews.delivered", organisation_id=organisation.id, delivery_id=delivery_id)
    return redirect(f"{there}#publication", 303)


@bp.get("/published-risk-mappings/<uuid:delivery_id>")
def published(delivery_id: UUID) -> Response:
    """Show everybody a form that its organisation has published."""
    delivered, organisation = read_by_everybody(delivery_id) or abort(404)
    form = for_everybody(delivered.form)
    page = render_template(
        "lms/risks/published.html",
        organisation=organisation,
        delivered=delivered,
        form=form,
        picture=picture_of(form["rows"]),
        locale=language(),
    )
    return make_response(page)


def _form(organisation_id: UUID) -> tuple[Organisation, dict[str, Any]]:
    organisation = organisation_coordinated_by(g.person, organisation_id) or abort(404)
    mapping = mapping_of(organisation.id).mapping or abort(404)
    return organisation, form_of(mapping, rows_of(mapping), ratings_in(organisation.id, mapping.round_id))


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
    relevances = {"yes": _("Yes"), "partly": _("Partly"), "no": _("No"), "unknown": _("We don't know")}
    yield (
        _("No."),
        _("Risk factor"),
        _("Does it apply to us?"),
        _("Where and when?"),
        _("Likelihood"),
        _("Consequence"),
        _("Points"),
        _("What do we do already?"),
        _("What do we propose to do?"),
        _("Who sees to it?"),
        _("By when?"),
    )
    for number, row in enumerate(rows, 1):
        yield (
            number,
            row["names"][language()],
            relevances.get(row["relevant"], ""),
            row["where_and_when"],
            row["likelihood"] or "",
            row["consequence"] or "",
            score_of(row) or "",
            row["already"],
            row["proposed"],
            owner_in_words(row["owner"]),
            date.fromisoformat(row["deadline"]) if row["deadline"] else "",
        )
