"""Whether a mark is genuine, for anybody; and what its holder shows of it: the certificate and the badge."""

from hashlib import sha256
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now
from lms.languages import LANGUAGES
from lms.mark.history import Proof, history_of, proof_of, spelled
from lms.mark.models import awards_of
from lms.mark.proof.badge import as_png, badge_of, embedding
from lms.mark.proof.certificate import certificate_of
from lms.organisations.models import organisation_coordinated_by
from lms.people.letters import absolute
from lms.people.sign_in import limiter, must_be_signed_in
from lms.settings import can_be_signed
from lms.typesetting import can_be_pdf

bp = Blueprint("proof", __name__)
# Nobody guesses a code; whoever tries is told to wait all the same.
GUESSES = "30 per minute"
BADGE_KEPT = "public, max-age=3600"


@bp.get("/mark")
def ask() -> Response:
    """Ask for a code, and lead to what it stands for."""
    written = request.args.get("code", "").strip()
    if code := spelled(written):
        return redirect(url_for(".show", code=code), 303)
    page = render_template("lms/mark/ask.html", written=written[:80], wrong=bool(written))
    return make_response(page, 422 if written else 200)


@bp.get("/mark/<code>")
@limiter.limit(GUESSES, misses=404)
def show(code: str) -> Response:
    """Say whether the mark behind a code is valid, expired, withdrawn or unknown, as of today."""
    today = norwegian_day(now())
    proof = proof_of(spelled(code), today)
    page = render_template("lms/mark/verification.html", proof=proof, written=code[:80], today=today)
    return make_response(page, 200 if proof else 404)


@bp.get("/mark/<code>/badge.svg")
@limiter.limit(GUESSES, misses=404)
def badge(code: str) -> Response:
    """The badge as a drawing that any site may show; it changes by itself when the mark does."""
    return _picture(_badge(_proof(code)).encode(), "image/svg+xml")


@bp.get("/mark/<code>/badge.png")
@limiter.limit(GUESSES)
def badge_in_points(code: str) -> Response:
    """The badge for where no drawing can stand, where the extra that makes it is installed."""
    proof = _proof(code)
    if not can_be_pdf():
        abort(404)
    return _picture(as_png(_badge(proof)), "image/png")


@bp.get("/mark/<code>/certificate")
@limiter.limit(GUESSES, misses=404)
def certificate(code: str) -> Response:
    """Show the certificate to print; of a mark that is no longer valid there is none."""
    proof = _proof(code)
    if proof.state != "valid":
        return redirect(url_for(".show", code=proof.award.code), 303)
    page = render_template(
        "lms/mark/certificate.html",
        code=proof.shown.code,
        certificate=certificate_of(proof, absolute("lms.proof.show", code=proof.shown.code)),
        can_be_pdf=can_be_pdf(),
    )
    return make_response(page)


@bp.get("/mark/<code>/certificate.pdf")
@limiter.limit(GUESSES)
def certificate_file(code: str) -> Response:
    """Hand the certificate over as a PDF."""
    proof = _proof(code)
    if proof.state != "valid" or not can_be_pdf():
        abort(404)
    sheet = certificate_of(proof, absolute("lms.proof.show", code=proof.shown.code))
    response = make_response(sheet.as_pdf())
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = "attachment; filename=balansemerket.pdf"
    return response


@bp.get("/organisations/<uuid:organisation_id>/mark/badge")
def share(organisation_id: UUID) -> Response:
    """Give a coordinator everything to show the mark with: certificate, badge, and what to paste into a site."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = organisation_coordinated_by(g.person, organisation_id) or abort(404)
    awards = awards_of(organisation.id)
    history = history_of(awards, norwegian_day(now())) if awards else None
    page = render_template(
        "lms/mark/share.html",
        organisation=organisation,
        history=history,
        snippets={tongue: _embedding(history.latest.code, tongue) for tongue in LANGUAGES} if history else {},
        absolute=absolute,
        can_be_pdf=can_be_pdf(),
        signed=can_be_signed(current_app),
    )
    return make_response(page)


def _proof(code: str) -> Proof:
    return proof_of(spelled(code), norwegian_day(now())) or abort(404)


def _badge(proof: Proof) -> str:
    return badge_of(proof, request.args.get("language", ""))


def _embedding(code: str, tongue: str) -> str:
    return embedding(absolute("lms.proof.show", code=code), absolute("lms.proof.badge", code=code, language=tongue))


def _picture(picture: bytes, kind: str) -> Response:
    response = make_response(picture)
    response.mimetype = kind
    response.headers["Cache-Control"] = BADGE_KEPT
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(sha256(picture).hexdigest()[:20])
    return response.make_conditional(request)
