"""Reading a guideline and confirming it, and what a person has confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.learning.awaiting import Awaiting, awaits_whoever_enters
from lms.measures.guidelines.asked import asked_in, asked_of, confirmation_of, read_by
from lms.measures.guidelines.models import GuidelineUse, NewerVersion, NotInUse, in_force, use_in
from lms.measures.guidelines.views import ONE
from lms.organisations.invitations import ForgedChoice
from lms.organisations.models import Employee, Organisation, employee_of
from lms.people.sign_in import must_be_signed_in
from lms.risks.words import read_revision

bp = Blueprint("guideline_reading", __name__)
READ = f"{ONE}/read"


@bp.get(READ)
def read(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Show the text to somebody who works here, with a button for having read it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _reading_page(*_asked(organisation_id, guideline_id))


@bp.post(READ)
def confirm(organisation_id: UUID, guideline_id: UUID) -> Response:
    """Keep that she has read the version that stood on her page."""
    if g.person is None:
        abort(401)
    employee, use = _asked(organisation_id, guideline_id)
    try:
        number = read_revision(request.form)
    except ForgedChoice:
        abort(400)
    if not 0 < number <= use.number:
        abort(400)
    try:
        use.confirm(in_force(use), number, employee)
    except NewerVersion:
        newer = _("A new version has come since you opened the page. Here it is: read it, and confirm.")
        return _reading_page(employee, use, {"number": newer})
    except NotInUse:
        return _reading_page(employee, use, {"number": _("Nobody is asked to confirm this any longer.")})
    session.commit()
    here: dict[str, Any] = {"organisation_id": organisation_id, "guideline_id": guideline_id}
    return redirect(url_for(".read", confirmed=1, **here), 303)


@bp.get("/me/guidelines")
def mine() -> Response:
    """Show a person what she has confirmed, and what she is asked to read."""
    if (away := must_be_signed_in()) is not None:
        return away
    page = render_template(
        "lms/measures/guidelines/mine.html", asked=asked_of(g.person), confirmed=read_by(g.person), locale=language()
    )
    return make_response(page)


@awaits_whoever_enters
def _to_read_and_confirm(organisation_id: UUID) -> Sequence[Awaiting]:
    return [
        Awaiting(
            version.wording(language()).title,
            url_for("lms.guideline_reading.read", organisation_id=organisation_id, guideline_id=guideline.id),
        )
        for guideline, version in asked_in(organisation_id)
    ]


def _asked(organisation_id: UUID, guideline_id: UUID) -> tuple[Employee, GuidelineUse]:
    employee = employee_of(g.person, organisation_id)
    if employee is None or employee.left_at is not None:
        abort(404)
    return employee, use_in(organisation_id, guideline_id) or abort(404)


def _reading_page(employee: Employee, use: GuidelineUse, errors: Mapping[str, str] | None = None) -> Response:
    version = in_force(use)
    page = render_template(
        "lms/measures/guidelines/read.html",
        organisation=session.get_one(Organisation, use.organisation_id),
        owner=None if use.is_own else session.get_one(Organisation, use.owner_id),
        use=use,
        version=version,
        confirmation=confirmation_of(employee, version),
        others=[each for each in asked_of(g.person) if each.guideline.id != use.guideline_id],
        errors=errors or {},
        locale=language(),
    )
    return make_response(page, 422 if errors else 200)
