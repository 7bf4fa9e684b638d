"""The ways into an organisation: its join links, for the coordinator who opens and closes them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.languages import LANGUAGES, _, language, speaking
from lms.organisations.after_the_event import erased_on, hand_erasure_on
from lms.organisations.events import record
from lms.organisations.invitations import (
    DAYS_FOR_NEW_HIRES,
    ForgedChoice,
    Invalid,
    Invitation,
    read_due_days,
    read_last_day,
)
from lms.organisations.models import JoinLink, Organisation, current_round, organisation_coordinated_by
from lms.organisations.onwards import onwards
from lms.organisations.poster import Poster, poster_of
from lms.organisations.qr import squares_of
from lms.organisations.shifts import ShiftCode, hand_shifts_on, read_shifts, set_shifts, shift_meant, shifts_of
from lms.organisations.ways_in import join_link_of, join_links_of
from lms.people.models import Person
from lms.people.sign_in import limiter, must_be_signed_in
from lms.typesetting import can_be_pdf

bp = Blueprint("organisations", __name__)


@bp.get("/organisations/<uuid:organisation_id>/join-links")
def join_links(organisation_id: UUID) -> Response:
    """Show the organisation's links, and a form for a new one."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _links_page(_organisation(organisation_id))


@bp.post("/organisations/<uuid:organisation_id>/join-links")
def open_join_link(organisation_id: UUID) -> Response:
    """Open a new way in."""
    organisation = _organisation(organisation_id)
    try:
        invitation = Invitation.read(request.form, current_round(organisation.id).courses)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _links_page(organisation, error.errors)
    link = invitation.open(organisation.id, g.person)
    record(organisation.id, "join_link.opened", by=g.person, join_link=str(link.id))
    session.commit()
    here = url_for(".show_join_link", organisation_id=organisation.id, link_id=link.id, new=1)
    return onwards(organisation.id, here)


@bp.get("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>")
def show_join_link(organisation_id: UUID, link_id: UUID) -> Response:
    """Show a link: its address and code to hand out, and what closes or renews it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _link_page(*_link(organisation_id, link_id))


@bp.get("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/poster")
def poster(organisation_id: UUID, link_id: UUID) -> Response:
    """Show a sheet to print and hang up."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, link = _link(organisation_id, link_id)
    return _page(
        "poster",
        organisation=organisation,
        link=link,
        poster=_poster(organisation, link),
        can_be_pdf=can_be_pdf(),
    )


@bp.get("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/poster.pdf")
@limiter.limit("30 per minute")
def poster_file(organisation_id: UUID, link_id: UUID) -> Response:
    """Hand the poster over as a PDF."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, link = _link(organisation_id, link_id)
    if link.closed or not can_be_pdf():
        abort(404)
    response = make_response(_poster(organisation, link).as_pdf())
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = "attachment; filename=balanse.pdf"
    return response


@bp.post("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/deadline")
def set_deadline(organisation_id: UUID, link_id: UUID) -> Response:
    """Give those who enter from now on more time, or less; nobody who has entered gets another day."""
    organisation, link = _link(organisation_id, link_id)
    errors: dict[str, str] = {}
    due_days = read_due_days(request.form.get("due_days", ""), errors)
    if errors:
        return _link_page(organisation, link, errors)
    if due_days != link.due_days:
        link.due_days = due_days
        record(organisation.id, "join_link.deadline_set", by=g.person, join_link=str(link.id), days=due_days)
    session.commit()
    here = url_for(".show_join_link", organisation_id=organisation.id, link_id=link.id, saved=1, _anchor="deadline")
    return redirect(here, 303)


@bp.post("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/shifts")
def choose_shifts(organisation_id: UUID, link_id: UUID) -> Response:
    """Let whoever enters say which shift, vendor or team she belongs to; those who are in stay where they are."""
    organisation, link = _link(organisation_id, link_id)
    errors: dict[str, str] = {}
    names = read_shifts(request.form.get("shifts", ""), errors)
    if errors:
        return _link_page(organisation, link, errors)
    if set_shifts(link, names):
        record(organisation.id, "join_link.shifts_set", by=g.person, join_link=str(link.id), shifts=len(names))
    session.commit()
    here = url_for(
        ".show_join_link", organisation_id=organisation.id, link_id=link.id, saved="shifts", _anchor="shifts"
    )
    return redirect(here, 303)


@bp.post("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/revocation")
def revoke_join_link(organisation_id: UUID, link_id: UUID) -> Response:
    """Close a link for good."""
    organisation, link = _link(organisation_id, link_id)
    if link.revoked_at is None:
        link.revoke(g.person)
        record(organisation.id, "join_link.revoked", by=g.person, join_link=str(link.id))
    session.commit()
    return redirect(url_for(".show_join_link", organisation_id=organisation.id, link_id=link.id), 303)


@bp.post("/organisations/<uuid:organisation_id>/join-links/<uuid:link_id>/renewal")
def renew_join_link(organisation_id: UUID, link_id: UUID) -> Response:
    """Close a link, and open a fresh one in its place."""
    organisation, link = _link(organisation_id, link_id)
    errors: dict[str, str] = {}
    expires_at = read_last_day(request.form.get("last_day", ""), errors)
    if errors:
        return _link_page(organisation, link, errors)
    fresh = link.renew(g.person, expires_at)
    hand_shifts_on(link, fresh)
    hand_erasure_on(link, fresh, g.person)
    record(organisation.id, "join_link.renewed", by=g.person, join_link=str(link.id), fresh=str(fresh.id))
    session.commit()
    return redirect(url_for(".show_join_link", organisation_id=organisation.id, link_id=fresh.id, new=1), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _link(organisation_id: UUID, link_id: UUID) -> tuple[Organisation, JoinLink]:
    organisation = _organisation(organisation_id)
    return organisation, join_link_of(organisation.id, link_id) or abort(404)


def _address(link: JoinLink, shift: ShiftCode | None = None) -> str:
    return url_for("lms.learning.join", code=link.code, shift=shift.code if shift else None, _external=True)


def _shift(link: JoinLink) -> ShiftCode | None:
    """The shift whose poster was asked for."""
    wanted = request.args.get("shift")
    return (shift_meant(shifts_of(link), wanted) or abort(404)) if wanted else None


def _poster(organisation: Organisation, link: JoinLink) -> Poster:
    """The poster in the language that was asked for, else in the reader's own; one shift's, if it was asked for."""
    shift = _shift(link)
    library = current_app.extensions["lms"].library
    found = [library.course(key) for key in link.courses_in(current_round(organisation.id))]
    wanted = request.args.get("language", "")
    with speaking(wanted if wanted in LANGUAGES else language()):
        courses = [(course.title(language()), course.minutes) for course in found if course]
        return poster_of(organisation, link, _address(link, shift), courses, shift.team if shift else "")


def _links_page(organisation: Organisation, errors: dict[str, str] | None = None) -> Response:
    return _page(
        "join_links",
        organisation=organisation,
        links=join_links_of(organisation.id),
        offered=current_round(organisation.id).courses,
        written=request.form if request.method == "POST" else _beginning(),
        errors=errors or {},
        today=norwegian_day(now()).isoformat(),
    )


def _beginning() -> MultiDict[str, str]:
    """What stands in the form for a new link when somebody comes from the page of new hires."""
    if "new_hires" in request.args:
        return MultiDict({"label": _("New hires"), "due_days": str(DAYS_FOR_NEW_HIRES)})
    return MultiDict()


def _link_page(organisation: Organisation, link: JoinLink, errors: dict[str, str] | None = None) -> Response:
    closed_by = session.get(Person, link.revoked_by) if link.revoked_by else None
    return _page(
        "join_link",
        organisation=organisation,
        link=link,
        closed_by=closed_by.name if closed_by else "",
        written=request.form,
        errors=errors or {},
        today=norwegian_day(now()).isoformat(),
        address=(address := _address(link)),
        squares=squares_of(address),
        erased_on=erased_on(link),
        shifts=[(shift, _address(link, shift)) for shift in shifts_of(link)],
    )


def _page(name: str, **words: Any) -> Response:
    page = render_template(f"lms/organisations/{name}.html", **words)
    return make_response(page, 422 if words.get("errors") else 200)
