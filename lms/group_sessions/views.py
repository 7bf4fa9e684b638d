"""Readiness, for the organisation's coordinators and the facilitator who meets it."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, render_template
from werkzeug.wrappers import Response

from lms.group_sessions.models import organisation_awaited_by
from lms.group_sessions.readiness import outlook_of
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("group_sessions", __name__)


@bp.get("/organisations/<uuid:organisation_id>/readiness")
def readiness(organisation_id: UUID) -> Response:
    """Show the verdict, every reason, and who has completed what."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = organisation_awaited_by(g.person, organisation_id) or abort(404)
    return make_response(
        render_template(
            "lms/group_sessions/readiness.html", organisation=organisation, outlook=outlook_of(organisation)
        )
    )
