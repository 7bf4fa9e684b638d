"""What the courses share with everybody: the words they explain, and what they build on."""

from flask import Blueprint, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from lms.courses.glossary import under_letters
from lms.languages import language

bp = Blueprint("courses", __name__)
LONGEST_SOUGHT = 100


@bp.get("/glossary")
def glossary() -> Response:
    """Show every word that is explained, or those that speak of what somebody looks for."""
    sought = " ".join(request.args.get("q", "").split())[:LONGEST_SOUGHT]
    words = current_app.extensions["lms"].library.glossary(language())
    found = [word for word in words if word.speaks_of(sought, language())]
    return make_response(
        render_template(
            "lms/courses/glossary.html", sought=sought, found=found, letters=under_letters(found, language())
        )
    )


@bp.get("/facts")
def facts() -> Response:
    """Show what each lesson builds on: the facts, their sources, and when somebody last checked them."""
    library = current_app.extensions["lms"].latest.library
    return make_response(render_template("lms/courses/facts.html", lessons=library.facts_by_lesson()))
