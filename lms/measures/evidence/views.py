"""Evidence: a coordinator adds links and files at a requirement or a measure, and the scheme's staff looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.measures.evidence.handing_out import file_of
from lms.measures.evidence.kinds import ENDINGS, LARGEST_FILE, MEDIA_TYPES
from lms.measures.evidence.models import (
    EnoughEvidence,
    Evidence,
    TooLate,
    add_file,
    add_link,
    evidence_in,
    must_have_room,
)
from lms.measures.evidence.receiving import Offer, read_offer
from lms.measures.evidence.showing import (
    Subject,
    names_in,
    organisation_reviewed_by,
    shelf_of,
    shelves,
    subject_called,
)
from lms.measures.evidence.store import store
from lms.measures.evidence.troubles import what_is_wrong
from lms.measures.models import MeasurePlan, open_plan, plan_in
from lms.organisations.invitations import Invalid
from lms.organisations.models import Organisation, hold_roster, organisation_coordinated_by
from lms.organisations.names_left import pass_on
from lms.people.sign_in import limiter, must_be_signed_in

bp = Blueprint("evidence", __name__)
PLACE = "/organisations/<uuid:organisation_id>/evidence"
ABOUT = f"{PLACE}/about/<about>"
ONE = f"{PLACE}/<uuid:evidence_id>"


@dataclass(frozen=True)
class _Reader:
    """Somebody who looks at an organisation's evidence: its coordinator, or the scheme's staff."""

    organisation: Organisation
    coordinates: bool


@bp.get(PLACE)
def show(organisation_id: UUID) -> Response:
    """Show all the evidence of the round, and which links want a look."""
    if (away := must_be_signed_in()) is not None:
        return away
    reader = _reader(organisation_id)
    plan = plan_in(organisation_id)
    shown = shelves(plan, language())
    return _page("show", reader, shelves=shown, names=names_in(shown))


@bp.get(ABOUT)
def about(organisation_id: UUID, about: str) -> Response:
    """Show the evidence about one requirement or measure, and ask for more."""
    if (away := must_be_signed_in()) is not None:
        return away
    reader = _reader(organisation_id)
    plan = plan_in(organisation_id)
    return _about_page(reader, plan, subject_called(about, plan, language()) or abort(404))


@bp.post(ABOUT)
@limiter.limit("120 per hour", key_func=lambda: str(g.person.id) if g.person else "nobody")
def add(organisation_id: UUID, about: str) -> Response:
    """Add a link or a file."""
    reader = _coordinator(organisation_id)
    hold_roster(organisation_id)
    plan = plan_in(organisation_id, to_change=True)
    subject = subject_called(about, plan, language()) or abort(404)
    try:
        added = _take(read_offer(), plan or open_plan(organisation_id, g.person), subject.key)
    except Invalid as error:
        return _about_page(reader, plan, subject, error.errors)
    except EnoughEvidence:
        session.rollback()
        return _about_page(_coordinator(organisation_id), plan_in(organisation_id), subject, {"url": _enough()})
    session.commit()
    return _to(added)


@bp.get(f"{ONE}/replacement")
def replacement(organisation_id: UUID, evidence_id: UUID) -> Response:
    """Ask for something in place of a piece of evidence."""
    if (away := must_be_signed_in()) is not None:
        return away
    reader = _coordinator(organisation_id)
    plan, replaced = _there(organisation_id, evidence_id)
    return _replacement_page(reader, plan, replaced)


@bp.post(f"{ONE}/replacement")
@limiter.limit("120 per hour", key_func=lambda: str(g.person.id) if g.person else "nobody")
def replace(organisation_id: UUID, evidence_id: UUID) -> Response:
    """Put a link or a file in the place of another, which can be put back."""
    reader = _coordinator(organisation_id)
    plan, replaced = _there(organisation_id, evidence_id, to_change=True)
    try:
        offer = read_offer()
        replaced.remove(g.person)
        added = _take(offer, plan, replaced.requirement or replaced.measure_id or "")
        # The form begins with what the old one was called.
        if added.title == replaced.title:
            pass_on(organisation_id, "evidence", {replaced.id: added.id}, {"title": "title"})
    except Invalid as error:
        return _replacement_page(reader, plan, replaced, error.errors)
    except EnoughEvidence:
        session.rollback()
        plan, replaced = _there(organisation_id, evidence_id)
        return _replacement_page(_coordinator(organisation_id), plan, replaced, {"url": _enough()})
    session.commit()
    return _to(added)


@bp.get(f"{ONE}/file")
def download(organisation_id: UUID, evidence_id: UUID) -> Response:
    """Hand out a file as it was added, to be kept and not shown."""
    if (away := must_be_signed_in()) is not None:
        return away
    _reader(organisation_id)
    return file_of(evidence_in(organisation_id, evidence_id))


@bp.post(f"{ONE}/confirmation")
def confirm(organisation_id: UUID, evidence_id: UUID) -> Response:
    """Say that a page is what is meant, as it is now."""
    _coordinator(organisation_id)
    _plan, evidence = _there(organisation_id, evidence_id, to_change=True)
    if evidence.kind != "link":
        abort(404)
    evidence.still_good(g.person)
    session.commit()
    return _to(evidence)


@bp.post(f"{ONE}/removal")
def remove(organisation_id: UUID, evidence_id: UUID) -> Response:
    """Take evidence away."""
    _coordinator(organisation_id)
    _plan, evidence = _there(organisation_id, evidence_id, to_change=True, removed=True)
    evidence.remove(g.person)
    session.commit()
    return _to(evidence)


@bp.post(f"{ONE}/removal/undo")
def put_back(organisation_id: UUID, evidence_id: UUID) -> Response:
    """Have evidence there again that was taken away."""
    _coordinator(organisation_id)
    _plan, evidence = _there(organisation_id, evidence_id, to_change=True, removed=True)
    try:
        evidence.put_back(g.person)
    except TooLate:
        abort(404)
    session.commit()
    return _to(evidence)


def _reader(organisation_id: UUID) -> _Reader:
    organisation = organisation_coordinated_by(g.person, organisation_id)
    if organisation is not None:
        return _Reader(organisation, True)
    return _Reader(organisation_reviewed_by(g.person, organisation_id) or abort(404), False)


def _coordinator(organisation_id: UUID) -> _Reader:
    if g.person is None:
        abort(401)
    return _Reader(organisation_coordinated_by(g.person, organisation_id) or abort(404), True)


def _there(
    organisation_id: UUID, evidence_id: UUID, to_change: bool = False, removed: bool = False
) -> tuple[MeasurePlan, Evidence]:
    """The plan of the round, and this evidence in it."""
    plan = plan_in(organisation_id) or abort(404)
    evidence = evidence_in(organisation_id, evidence_id, to_change) or abort(404)
    if evidence.plan_id != plan.id or (evidence.removed_at is not None and not removed):
        abort(404)
    return plan, evidence


def _take(offer: Offer, plan: MeasurePlan, about: UUID | str) -> Evidence:
    if offer.file is None or offer.kind is None:
        return add_link(plan, about, offer.title, offer.url, g.person)
    must_have_room(plan)
    kept = store().keep(offer.file, plan.organisation_id)
    return add_file(plan, about, offer.title, offer.name, offer.kind, kept, g.person)


def _to(evidence: Evidence) -> Response:
    page, anchor = evidence.about, f"evidence-{evidence.id}"
    return redirect(url_for(".about", organisation_id=evidence.organisation_id, about=page, _anchor=anchor), 303)


def _enough() -> str:
    return _("There is as much here as anybody can look through. First remove what is no longer needed.")


def _about_page(
    reader: _Reader, plan: MeasurePlan | None, subject: Subject, errors: Mapping[str, str] | None = None
) -> Response:
    shelf = shelf_of(plan, subject)
    return _page("about", reader, errors, shelf=shelf, subject=subject, names=names_in([shelf]))


def _replacement_page(
    reader: _Reader, plan: MeasurePlan, replaced: Evidence, errors: Mapping[str, str] | None = None
) -> Response:
    subject = subject_called(replaced.about, plan, language()) or abort(404)
    return _page("replacement", reader, errors, replaced=replaced, subject=subject)


def _page(name: str, reader: _Reader, errors: Mapping[str, str] | None = None, **words: object) -> Response:
    page = render_template(
        f"lms/measures/evidence/{name}.html",
        organisation=reader.organisation,
        coordinates=reader.coordinates,
        written=request.form,
        errors=errors or {},
        accepted=",".join([*(f".{ending}" for ending in ENDINGS), *MEDIA_TYPES]),
        largest=LARGEST_FILE,
        what_is_wrong=what_is_wrong,
        **words,
    )
    return make_response(page, 422 if errors else 200)
