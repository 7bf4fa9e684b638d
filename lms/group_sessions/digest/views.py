"""The weekly letter: for the coordinator who may want it, and stops it with one press."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.digest.models import stop_weekly_letter, want_weekly_letter, wants_weekly_letter
from lms.group_sessions.digest.sending import ABOUT
from lms.group_sessions.reminders.stopping import who_stops
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.people.limits import limiter
from lms.people.models import Person

bp = Blueprint("digest", __name__)
STOP = "/weekly-letter/stop/<weekly_token>"


@bp.post("/me/weekly-letter/<uuid:organisation_id>")
def prefer(organisation_id: UUID) -> Response:
    """Let a coordinator have the weekly letter, or not."""
    if g.person is None:
        abort(401)
    if organisation_coordinated_by(g.person, organisation_id) is None:
        abort(404)
    act = {"on": want_weekly_letter, "off": stop_weekly_letter}.get(request.form.get("weekly", "")) or abort(400)
    act(organisation_id, g.person.id)
    session.commit()
    return redirect(url_for("lms.reminders.preferences", saved=1, _anchor="weekly"), 303)


@bp.get(STOP)
@limiter.limit("60 per minute")
def stop(weekly_token: str) -> Response:
    """Show a button: whoever only looks at the link, such as a mail scanner, changes nothing."""
    organisation, person_id = _stopping(weekly_token)
    return _page(weekly_token, organisation, not wants_weekly_letter(organisation.id, person_id))


@bp.post(STOP)
@limiter.limit("60 per minute")
def stop_now(weekly_token: str) -> Response:
    """Stop the letters; from the page or from a mail program's own button, as often as it likes (RFC 8058)."""
    organisation, person_id = _stopping(weekly_token)
    stop_weekly_letter(organisation.id, person_id)
    session.commit()
    return _page(weekly_token, organisation, stopped=True)


@bp.post(f"{STOP}/undo")
@limiter.limit("60 per minute")
def resume(weekly_token: str) -> Response:
    """Take it back."""
    organisation, person_id = _stopping(weekly_token)
    want_weekly_letter(organisation.id, person_id)
    session.commit()
    return redirect(url_for(".stop", weekly_token=weekly_token), 303)


def _stopping(token: str) -> tuple[Organisation, UUID]:
    organisation_id, person_id = who_stops(token, ABOUT) or abort(404)
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        abort(404)
    return session.get(Organisation, organisation_id) or abort(404), person_id


def _page(token: str, organisation: Organisation, stopped: bool) -> Response:
    page = render_template(
        "lms/group_sessions/digest/stop.html", token=token, organisation=organisation, stopped=stopped
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
