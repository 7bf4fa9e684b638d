"""Applying: a public form, and the page on which the applicant confirms her address and follows what becomes of it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.organisations.fields import FIELDS
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.people.limits import limiter
from lms.people.models import keyed_digest
from lms.scheme.applications.form import LONGEST_MESSAGE, countries, read_application
from lms.scheme.applications.letters import mail_confirmation_of
from lms.scheme.applications.models import AlreadyDecided, Application, application_with, messages_about
from lms.scheme.applying.opening import BAIT, Opening
from lms.scheme.texts.models import in_language, texts_of

bp = Blueprint("applying", __name__)


def _address_written() -> str:
    return keyed_digest(request.form.get("contact_email", "").strip().lower())


@bp.get("/apply")
def form() -> Response:
    """Show what to write to apply."""
    return _form_page(Opening.fresh())


@bp.post("/apply")
@limiter.limit("10 per hour; 30 per day")
@limiter.limit("3 per hour; 6 per day", key_func=_address_written)
def apply() -> Response:
    """Keep the application and write to its address; the answer is the same for every address."""
    if request.form.get(BAIT):
        return redirect(url_for(".sent"), 303)
    opening = Opening.read(request.form.get("opening", ""))
    if opening is None or not opening.is_credible:
        told = _("Nothing has been sent yet. Look through what you have written, and press the button once more.")
        return _form_page(opening if opening and not opening.is_stale else Opening.fresh(), request.form, {"": told})
    try:
        application = read_application(request.form, opening.number, language())
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _form_page(opening, request.form, error.errors)
    if session.get(Application, opening.number) is None:  # else the same page was sent twice
        session.add(application)
        mail_confirmation_of(application)
        session.commit()
    return redirect(url_for(".sent"), 303)


@bp.get("/apply/sent")
def sent() -> str:
    """Say that a letter is on its way."""
    return render_template("lms/scheme/applying/sent.html")


@bp.get("/apply/<token>")
@limiter.limit("60 per minute")
def own(token: str) -> Response:
    """Show the applicant her application, and a button: whoever only looks, like a mail scanner, confirms nothing."""
    return _own_page(_application(token))


@bp.post("/apply/<token>/confirmation")
@limiter.limit("30 per minute")
def confirm(token: str) -> Response:
    """The applicant says that the address is hers: from now on the scheme sees the application."""
    _application(token).confirm()
    session.commit()
    return redirect(url_for(".own", token=token), 303)


@bp.post("/apply/<token>/answers")
@limiter.limit("30 per hour")
def answer(token: str) -> Response:
    """The applicant answers what the scheme has asked."""
    application = _application(token)
    text = request.form.get("answer", "").replace("\r\n", "\n").strip()
    if not 0 < len(text) <= LONGEST_MESSAGE:
        error = _("Write an answer with at most %(number)s characters.", number=LONGEST_MESSAGE)
        return _own_page(application, {"answer": error})
    if application.state == "asked":
        application.say(text, None)
        session.commit()
    return redirect(url_for(".own", token=token), 303)


@bp.errorhandler(AlreadyDecided)
def decided(error: AlreadyDecided) -> Response:
    """Show what was decided meanwhile."""
    session.rollback()
    return redirect(url_for(".own", **(request.view_args or {})), 303)


@bp.after_request
def keep_private(response: Response) -> Response:
    """These pages hold what somebody has written: no cache keeps them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _application(token: str) -> Application:
    return application_with(token) or abort(404)


def _own_page(application: Application, errors: Mapping[str, str] | None = None) -> Response:
    page = render_template(
        "lms/scheme/applying/own.html",
        application=application,
        token=request.view_args["token"] if request.view_args else "",
        messages=messages_about(application),
        country=countries(language()).get(application.country, ""),
        fields=FIELDS,
        written=request.form,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)


def _form_page(
    opening: Opening, written: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    told, told_in = in_language(texts_of("non_member"), language())
    words: dict[str, Any] = {
        "opening": opening.token,
        "bait": BAIT,
        "fields": FIELDS,
        "countries": countries(language()),
        "told": told,
        "told_in": told_in,
        "written": written or {},
        "errors": errors or {},
    }
    return make_response(render_template("lms/scheme/applying/form.html", **words), 422 if errors else 200)
