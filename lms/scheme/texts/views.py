"""The scheme's own texts: read by its staff, written by its administrators."""

from collections.abc import Mapping

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _
from lms.scheme.staff import administrator, staff_reads
from lms.scheme.texts.models import KEYS, LONGEST, WRITTEN_IN, texts_of, write

bp = Blueprint("scheme_texts", __name__)


@bp.get("/scheme/texts")
def show() -> Response:
    """Show what the scheme tells organisations in its own words."""
    if (away := staff_reads()) is not None:
        return away
    return _page()


@bp.post("/scheme/texts")
def save() -> Response:
    """Say it in these words from now on."""
    by = administrator()
    errors: dict[str, str] = {}
    for key in KEYS:
        for code in WRITTEN_IN:
            text = request.form.get(f"{key}-{code}", "").replace("\r\n", "\n").strip()
            if len(text) > LONGEST:
                errors[f"{key}-{code}"] = _("The text can have at most %(number)s characters.", number=LONGEST)
            elif not errors:
                write(key, code, text, by)
    if errors:
        session.rollback()
        return _page(errors)
    session.commit()
    return redirect(url_for(".show", saved=1), 303)


def _page(errors: Mapping[str, str] | None = None) -> Response:
    page = render_template(
        "lms/scheme/texts/texts.html",
        texts={key: texts_of(key) for key in KEYS},
        written_in=WRITTEN_IN,
        decides=g.person.is_administrator,
        written=request.form,
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)
