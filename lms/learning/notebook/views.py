"""A person's own pages with everything she has written: to read, keep and delete."""

from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.learning.notebook.book import Page, as_text, notebook
from lms.learning.reflections import VISIBILITIES, Reflection, own_reflection, reflections_of
from lms.learning.together import shares
from lms.people.sign_in import must_be_signed_in, reflections_open_from

bp = Blueprint("notebook", __name__)


@bp.get("/me/reflections")
def reflections() -> Response:
    """Show the person everything she has written."""
    if (away := must_be_signed_in()) is not None:
        return away
    return make_response(render_template("lms/learning/reflections.html", pages=_pages()))


@bp.get("/me/reflections.txt")
def reflections_file() -> Response:
    """Hand the person everything she has written, as a text to keep."""
    if (away := must_be_signed_in()) is not None:
        return away
    response = make_response(as_text(_pages()))
    response.mimetype = "text/plain"
    response.headers["Content-Disposition"] = "attachment; filename=reflections.txt"
    return response


@bp.post("/me/reflections/<uuid:reflection_id>/removal")
def remove_reflection(reflection_id: UUID) -> Response:
    """Delete a text for good."""
    if g.person is None:
        abort(401)
    _own(reflection_id).remove()
    session.commit()
    return redirect(url_for(".reflections"), 303)


@bp.get("/me/reflections/<uuid:reflection_id>/readers")
def readers(reflection_id: UUID) -> Response:
    """Show who may read one text, and let its writer choose anew."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _readers_page(_own(reflection_id))


@bp.post("/me/reflections/<uuid:reflection_id>/readers")
def choose_readers(reflection_id: UUID) -> Response:
    """Keep who may read a text from now on."""
    if g.person is None:
        abort(401)
    reflection = _own(reflection_id)
    chosen = request.form.get("visibility")
    if chosen not in VISIBILITIES:
        abort(400)
    if chosen == "without_name" and not shares(reflection.organisation_id):
        error = _("You are fewer than five by now, so nothing is shared. Nothing was changed.")
        return _readers_page(reflection, error)
    reflection.show_to(chosen)
    session.commit()
    return redirect(url_for(".reflections", _anchor=f"text-{reflection.id}"), 303)


def _own(reflection_id: UUID) -> Reflection:
    return own_reflection(g.person.id, reflection_id, reflections_open_from()) or abort(404)


def _readers_page(reflection: Reflection, error: str = "") -> Response:
    page = render_template(
        "lms/learning/readers.html", reflection=reflection, shares=shares(reflection.organisation_id), error=error
    )
    return make_response(page, 422 if error else 200)


def _pages() -> list[Page]:
    written = reflections_of(g.person.id, reflections_open_from())
    return notebook(written, current_app.extensions["lms"].library, language())
