"""The panel of jobs, for the scheme's staff: what the worker does, when it did so last, and what fails."""

from datetime import timedelta

from flask import Blueprint, abort, g, make_response, render_template
from werkzeug.wrappers import Response

from lms.database import now
from lms.mail.duties import duty_states
from lms.mail.models import mail_lately, waiting_mail
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("jobs", __name__)
LATELY = timedelta(days=1)


@bp.get("/jobs")
def panel() -> Response:
    """Show every duty, and how mail goes."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    moment = now()
    waiting, since = waiting_mail(moment)
    states = duty_states(moment)
    page = render_template(
        "lms/journey/jobs.html",
        states=states,
        silent=[state for state in states if state.silent],
        failing=[state for state in states if state.failures and not state.silent],
        waiting=waiting,
        since=since,
        lately=mail_lately(moment - LATELY),
    )
    return make_response(page)
