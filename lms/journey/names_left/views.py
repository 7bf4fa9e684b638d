"""Where somebody who has been erased may still be named, to be opened, read through, and told to be done with."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.journey.names_left.places import places_in
from lms.languages import language
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.organisations.names_left import name_left
from lms.people.sign_in import must_be_signed_in
from lms.risks.forgetting import forget_what_stood_meanwhile

bp = Blueprint("names_left", __name__)
PLACES = "/organisations/<uuid:organisation_id>/names-left"


@bp.get(PLACES)
def show(organisation_id: UUID) -> Response:
    """Show a coordinator what she is asked to read through."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    page = render_template(
        "lms/journey/names_left.html",
        organisation=organisation,
        places=places_in(organisation.id, language()),
        done="done" in request.args,
    )
    return make_response(page)


@bp.post(f"{PLACES}/<uuid:left_id>")
def settle(organisation_id: UUID, left_id: UUID) -> Response:
    """Say that a place has been read through: the name is gone, or was not hers."""
    organisation = _organisation(organisation_id)
    left = name_left(organisation.id, left_id) or abort(404)
    if left.kind == "risk":
        forget_what_stood_meanwhile(left)
    left.settle(g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, done=1), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)
