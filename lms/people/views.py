"""Signing in and out, and the language somebody reads."""

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import LANGUAGES, _
from lms.people.models import Person, code_that_opens
from lms.people.sign_in import let_in, let_out, limiter

bp = Blueprint("people", __name__)


@bp.get("/sign-in")
def sign_in() -> str:
    """Ask for the personal code."""
    return render_template("lms/people/sign_in.html", wanted=_inside(request.args.get("wanted", "")), error="")


@bp.post("/sign-in")
@limiter.limit("10 per minute; 60 per hour")
def enter_code() -> Response:
    """Sign in with a personal code; a wrong one says nothing about whose codes exist."""
    code = code_that_opens(request.form.get("code", ""))
    wanted = _inside(request.form.get("wanted", ""))
    if code is None:
        error = _("We do not know that code. Look once more at each character, or ask for a new one.")
        return make_response(render_template("lms/people/sign_in.html", wanted=wanted, error=error), 422)
    person = session.get_one(Person, code.person_id)
    let_in(person, code.opens_reflections_from)
    return redirect(wanted or url_for("lms.journey.front"), 303)


@bp.post("/sign-out")
def sign_out() -> Response:
    """Sign out on this device."""
    let_out()
    return redirect(url_for("lms.journey.front"), 303)


@bp.post("/language")
def choose_language() -> Response:
    """Read in another language from now on."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    if g.person is not None:
        g.person.language = chosen
        session.commit()
    response = redirect(_inside(request.form.get("wanted", "")) or url_for("lms.journey.front"), 303)
    response.set_cookie("lms_language", chosen, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


def _inside(address: str) -> str:
    """An address to go back to, only if it is one of this site's own paths."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""
