"""The coordinator's page of new hires."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, render_template, request
from werkzeug.wrappers import Response

from lms.languages import _
from lms.learning.onboarding.new_hires import DAYS, count_new_hires, look_at, screenful
from lms.organisations.models import current_round, organisation_coordinated_by
from lms.organisations.ways_in import join_links_of
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("onboarding", __name__)


@bp.get("/organisations/<uuid:organisation_id>/new-hires")
def new_hires(organisation_id: UUID) -> Response:
    """Show who has come lately by a link with a time limit, and who is past her day."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = organisation_coordinated_by(g.person, organisation_id) or abort(404)
    round, search = current_round(organisation.id), look_at(request.args)
    count = count_new_hires(round, int(search["days"]))
    page = render_template(
        "lms/learning/onboarding/new_hires.html",
        organisation=organisation,
        round=round,
        search=search,
        count=count,
        found=screenful(round, search, count),
        spans=[(str(days), _("%(number)s days", number=days)) for days in DAYS],
        ways_in=[link for link in join_links_of(organisation.id) if link.due_days and not link.closed],
    )
    return make_response(page)
