"""A coordinator is asked about people who may stand on the roster twice, and says which of them are one."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.here_twice.one_person import IsCounted, make_one
from lms.learning.roster.alike import ask_again, pair_of, pairs_in, tell_apart
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("here_twice", __name__)
PAIRS = "/organisations/<uuid:organisation_id>/people/twice"
ANSWERS = ("one", "two", "again")


@bp.get(PAIRS)
def pairs(organisation_id: UUID) -> Response:
    """Show who may be here twice, side by side; or whom somebody has told apart."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _page(_organisation(organisation_id))


@bp.post(f"{PAIRS}/<uuid:line_id>/<uuid:employee_id>")
def decide(organisation_id: UUID, line_id: UUID, employee_id: UUID) -> Response:
    """Let two lines be one person, or two; or ask about them again."""
    organisation = _organisation(organisation_id)
    answer = request.form.get("answer", "")
    if answer not in ANSWERS:
        abort(400)
    hold_roster(organisation.id)
    pair = pair_of(organisation.id, line_id, employee_id)
    if pair is None:
        return redirect(url_for(".pairs", organisation_id=organisation.id, done="gone"), 303)
    try:
        if answer == "two":
            tell_apart(organisation.id, pair, g.person)
        elif answer == "again":
            ask_again(organisation.id, pair, g.person)
        else:
            make_one(organisation.id, pair, g.person, opens_pages="coordinator" in request.form)
    except IsCounted:
        session.rollback()
        return _page(_organisation(organisation_id), line_id)
    session.commit()
    return redirect(url_for(".pairs", organisation_id=organisation.id, done=answer), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _page(organisation: Organisation, counted: UUID | None = None) -> Response:
    apart = request.args.get("show") == "apart"
    page = render_template(
        "lms/group_sessions/here_twice/pairs.html",
        organisation=organisation,
        apart=apart,
        pairs=pairs_in(organisation.id, told_apart=apart),
        counted=counted,
    )
    return make_response(page, 422 if counted else 200)
