"""A person's certificates: a page to print, and the same as a PDF where the extra is installed."""

from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, render_template
from werkzeug.wrappers import Response

from lms.courses.packs import Course
from lms.learning.certificates.certificate import (
    Certificate,
    as_pdf,
    certificate_of,
    certificates_of,
    facts_of,
)
from lms.people.sign_in import limiter, must_be_signed_in
from lms.typesetting import can_be_pdf

bp = Blueprint("certificates", __name__)


@bp.get("/me/certificates")
def mine() -> Response:
    """Show the person every course she has completed."""
    if (away := must_be_signed_in()) is not None:
        return away
    return make_response(render_template("lms/learning/certificates.html", certificates=certificates_of(g.person.id)))


@bp.get("/me/certificates/<uuid:enrolment_id>")
def show(enrolment_id: UUID) -> Response:
    """Show one certificate, to print."""
    if (away := must_be_signed_in()) is not None:
        return away
    certificate, course = _certificate(enrolment_id)
    page = render_template(
        "lms/learning/certificate.html",
        certificate=certificate,
        course=course,
        facts=facts_of(certificate, course),
        can_be_pdf=can_be_pdf(),
    )
    return make_response(page)


@bp.get("/me/certificates/<uuid:enrolment_id>.pdf")
@limiter.limit("30 per minute")
def file(enrolment_id: UUID) -> Response:
    """Hand the certificate over as a PDF."""
    if (away := must_be_signed_in()) is not None:
        return away
    certificate, course = _certificate(enrolment_id)
    if not can_be_pdf():
        abort(404)
    response = make_response(as_pdf(certificate, course))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = "attachment; filename=balanse.pdf"
    return response


def _certificate(enrolment_id: UUID) -> tuple[Certificate, Course | None]:
    certificate = certificate_of(g.person.id, enrolment_id) or abort(404)
    return certificate, current_app.extensions["lms"].library.course(certificate.course)
