"""The organisations as the scheme sees them: the list, and each one's facts, membership and coordinators."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.languages import LANGUAGES, _, language
from lms.organisations.branches import CannotBeABranch, leave_parent, make_branch
from lms.organisations.events import record
from lms.organisations.fields import FIELDS
from lms.organisations.invitations import ForgedChoice, read_day
from lms.organisations.models import Organisation
from lms.organisations.profile import profile_to_change
from lms.people.lists import read_look
from lms.people.models import NAME_LENGTH, facilitators
from lms.people.names import is_address, one_line
from lms.scheme.applications.form import LONGEST_NAME, Description, countries
from lms.scheme.organisations.closing import close, reopen
from lms.scheme.organisations.coordinators import EnoughLetters, IsHereAlready, coordinators_of, invite_coordinator
from lms.scheme.organisations.directory import directory_of, line_of, offered, places
from lms.scheme.organisations.membership import DatesOverlap, Membership, begin_membership, memberships_of
from lms.scheme.organisations.parents import parents_called, why_not
from lms.scheme.staff import administrator, staff_reads

bp = Blueprint("scheme_organisations", __name__)
ONE = "/scheme/organisations/<uuid:organisation_id>"


@bp.get("/scheme/organisations")
def directory() -> Response:
    """Show the staff every organisation, a screenful at a time."""
    if (away := staff_reads()) is not None:
        return away
    staff, known_places = facilitators(), places()
    look = read_look(request.args, **offered(staff, known_places))
    page = render_template(
        "lms/scheme/organisations/directory.html",
        look=look,
        found=directory_of(look),
        fields=FIELDS,
        places=[("", _("all places")), *((place, place) for place in known_places)],
        followers=[("", _("anybody")), ("none", _("nobody")), *((str(each.id), each.name) for each in staff)],
    )
    return make_response(page)


@bp.get(ONE)
def one(organisation_id: UUID) -> Response:
    """Show what the scheme knows of one organisation."""
    if (away := staff_reads()) is not None:
        return away
    return _page(organisation_id)


@bp.post(f"{ONE}/facts")
def describe(organisation_id: UUID) -> Response:
    """Write down what is so of the organisation."""
    by, organisation = administrator(), _organisation(organisation_id)
    errors: dict[str, str] = {}
    try:
        described = Description.read(request.form, errors, strictly=False)
    except ForgedChoice:
        abort(400)
    if errors:
        return _page(organisation_id, errors)
    profile = profile_to_change(organisation.id)
    organisation.name = described.name
    profile.number, profile.country = described.number, described.country
    profile.field, profile.place, profile.changed_at = described.field, described.place, now()
    profile.employees, profile.freelancers, profile.volunteers = described.sizes.values()
    record(organisation.id, "organisation.described", by)
    return _saved(organisation.id)


@bp.post(f"{ONE}/facilitator")
def assign(organisation_id: UUID) -> Response:
    """Say who of the scheme follows the organisation, and so leads its next sessions unless somebody chooses."""
    by, organisation = administrator(), _organisation(organisation_id)
    known = {str(person.id): person.id for person in facilitators()}
    chosen = request.form.get("facilitator", "")
    if chosen and chosen not in known:
        abort(400)
    profile = profile_to_change(organisation.id)
    if profile.facilitator_id != known.get(chosen):
        profile.facilitator_id = known.get(chosen)
        record(organisation.id, "facilitator.assigned", by, facilitator=chosen)
    return _saved(organisation.id)


@bp.post(f"{ONE}/memberships")
def add_membership(organisation_id: UUID) -> Response:
    """Write down that the organisation is a member from a day on."""
    by, organisation = administrator(), _organisation(organisation_id)
    errors: dict[str, str] = {}
    from_on = _day("from_on", errors, optional=False)
    through = _day("through", errors)
    if from_on and through and through < from_on:
        errors["through"] = _("The last day comes before the first one.")
    if errors or from_on is None:
        return _page(organisation_id, errors)
    profile_to_change(organisation.id)  # two at once follow one another
    try:
        begin_membership(organisation.id, from_on, through, by)
    except DatesOverlap:
        session.rollback()
        return _page(organisation_id, {"from_on": _("There is a membership for some of these days already.")})
    return _saved(organisation.id)


@bp.post(f"{ONE}/memberships/<uuid:membership_id>/end")
def end_membership(organisation_id: UUID, membership_id: UUID) -> Response:
    """Give a membership its last day."""
    by = administrator()
    membership = session.get(Membership, (organisation_id, membership_id)) or abort(404)
    errors: dict[str, str] = {}
    through = _day("through", errors)
    if errors:
        return _page(organisation_id, {"ending": errors["through"]})
    membership.end(through or norwegian_day(now()), by)
    return _saved(organisation_id)


@bp.post(f"{ONE}/closing")
def close_it(organisation_id: UUID) -> Response:
    """Close the organisation."""
    by = administrator()
    close(_organisation(organisation_id), by)
    return _saved(organisation_id)


@bp.post(f"{ONE}/reopening")
def reopen_it(organisation_id: UUID) -> Response:
    """Let the organisation walk on."""
    by = administrator()
    reopen(_organisation(organisation_id), by)
    return _saved(organisation_id)


@bp.post(f"{ONE}/coordinators")
def invite(organisation_id: UUID) -> Response:
    """Invite somebody to coordinate the organisation; or once more, who has not come yet."""
    by, organisation = administrator(), _organisation(organisation_id)
    name, email = one_line(request.form.get("coordinator", "")), request.form.get("email", "").strip().lower()
    reader, errors = request.form.get("language", "nb"), {}
    if reader not in LANGUAGES:
        abort(400)
    if not 0 < len(name) <= NAME_LENGTH:
        errors["coordinator"] = _("Write a name with at most %(number)s characters.", number=NAME_LENGTH)
    if not is_address(email):
        errors["email"] = _("This does not look like an e-mail address.")
    if errors:
        return _page(organisation_id, errors)
    try:
        invite_coordinator(organisation, name, email, reader, by)
    except IsHereAlready:
        told = _("Somebody with this address is here already. A coordinator there can give them the role.")
        return _page(organisation_id, {"email": told})
    except EnoughLetters:
        return _page(organisation_id, {"email": _("They have been invited three times. Try another address.")})
    return _saved(organisation.id)


@bp.post(f"{ONE}/parent")
def put_under(organisation_id: UUID) -> Response:
    """Make the organisation a branch of the one that is written, or chosen among several that may be meant."""
    by, organisation = administrator(), _organisation(organisation_id)
    chosen, written = request.form.get("chosen", type=UUID), one_line(request.form.get("parent", ""))[:LONGEST_NAME]
    if chosen is not None:
        candidates = [session.get(Organisation, chosen) or abort(400)]
    else:
        candidates = parents_called(written, organisation)
    if not candidates:
        return _page(organisation_id, {"parent": _("We know no such organisation. Write its name or number.")})
    if len(candidates) > 1:
        return _page(organisation_id, {"parent": _("Several may be meant. Choose one of them.")}, candidates)
    try:
        make_branch(organisation, candidates[0], by)
    except CannotBeABranch as error:
        return _page(organisation_id, {"parent": why_not(error.why)})
    return _saved(organisation.id)


@bp.post(f"{ONE}/parent/removal")
def take_out(organisation_id: UUID) -> Response:
    """Let the organisation be a branch no longer."""
    by = administrator()
    leave_parent(_organisation(organisation_id), by)
    return _saved(organisation_id)


def _organisation(organisation_id: UUID) -> Organisation:
    return session.get(Organisation, organisation_id) or abort(404)


def _day(name: str, errors: dict[str, str], optional: bool = True) -> date | None:
    written = request.form.get(name, "").strip()
    day = read_day(written) if written else None
    if day is None and (written or not optional):
        errors[name] = _("Write the day as 31.12.2026.")
    return day


def _saved(organisation_id: UUID) -> Response:
    session.commit()
    return redirect(url_for(".one", organisation_id=organisation_id, saved=1), 303)


def _page(
    organisation_id: UUID, errors: Mapping[str, str] | None = None, candidates: Sequence[Organisation] = ()
) -> Response:
    if errors:
        session.rollback()
    line = line_of(organisation_id) or abort(404)
    words: dict[str, Any] = {
        "line": line,
        "organisation": line.organisation,
        "profile": line.profile,
        "memberships": memberships_of(organisation_id),
        "coordinators": coordinators_of(line.organisation),
        "candidates": candidates,
        "decides": g.person.is_administrator,
        "facilitators": facilitators(),
        "fields": FIELDS,
        "countries": countries(language()),
        "today": norwegian_day(now()),
        "written": request.form,
        "errors": errors or {},
    }
    return make_response(render_template("lms/scheme/organisations/one.html", **words), 422 if errors else 200)
