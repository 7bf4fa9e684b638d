"""Branches, for whoever coordinates their parent and for the scheme's administrator: bringing them in, and each one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.overview.branches import branches_of
from lms.languages import LANGUAGES, _, language
from lms.learning.roster_import.files import read_file, read_list
from lms.learning.roster_import.limits import Unreadable
from lms.organisations.branches import MOST_BRANCHES, CannotBeABranch, branch_of, hold_branches
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.people.models import NAME_LENGTH
from lms.people.names import is_address, one_line
from lms.people.sign_in import limiter, must_be_signed_in
from lms.scheme.branches.bringing_in import bring_in, may_be_invited_to, somebody
from lms.scheme.branches.entries import Entry, read_entries, read_one
from lms.scheme.holders.entries import as_list
from lms.scheme.organisations.coordinators import EnoughLetters, IsHereAlready, coordinators_of, invite_coordinator
from lms.scheme.organisations.parents import why_not

bp = Blueprint("branches", __name__)
BRANCHES = "/organisations/<uuid:organisation_id>/branches"


@dataclass(frozen=True)
class Parent:
    """An organisation that may have branches, and whether whoever looks at it coordinates it or decides for all."""

    organisation: Organisation
    coordinates: bool


@bp.get(f"{BRANCHES}/new")
def form(organisation_id: UUID) -> Response:
    """Ask for branches: one by hand, a list, or a file."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _form(_parent(organisation_id))


@bp.post(f"{BRANCHES}/new")
def found(organisation_id: UUID) -> Response:
    """Bring one branch in, which somebody has written by hand."""
    parent = _parent(organisation_id)
    hold_branches(parent.organisation)
    written = {name: one_line(request.form.get(name, "")) for name in ("name", "contact", "email", "people")}
    entry = read_one(written, parent.organisation)
    if entry.is_here:
        entry.faults.append(_("There is a branch with this name already."))
    if entry.faults:
        return _form(parent, {"one": " ".join(entry.faults)})
    return _brought_in(parent, [entry])


@bp.post(f"{BRANCHES}/list")
def look_through(organisation_id: UUID) -> Response:
    """Say row by row what a list or a file would bring in; nothing is written."""
    parent = _parent(organisation_id)
    file = request.files.get("file")
    try:
        rows = read_file(file.read()) if file and file.filename else read_list(request.form.get("list", ""))
        # What is looked through is what is brought in: as text, and no longer than can be handed in again.
        text = as_list(rows)
        entries = read_entries(read_file(text.encode()), parent.organisation)
    except Unreadable as error:
        return _form(parent, {"list": str(error)})
    return _form(parent, entries=entries, text=text)


@bp.post(BRANCHES)
def carry_out(organisation_id: UUID) -> Response:
    """Bring in the rows that are right."""
    parent = _parent(organisation_id)
    hold_branches(parent.organisation)
    try:
        entries = read_entries(read_file(request.form.get("list", "").encode()), parent.organisation)
    except Unreadable:
        abort(400)
    return _brought_in(parent, entries)


@bp.get(f"{BRANCHES}/<uuid:branch_id>")
def one(organisation_id: UUID, branch_id: UUID) -> Response:
    """Show how far one branch has come, and whether somebody coordinates it."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _branch_page(_parent(organisation_id), branch_id)


@bp.post(f"{BRANCHES}/<uuid:branch_id>/coordinators")
@limiter.limit("30 per minute")
def invite(organisation_id: UUID, branch_id: UUID) -> Response:
    """Invite somebody to coordinate a branch in which nobody has come yet; or once more, who was invited."""
    parent = _parent(organisation_id)
    branch = branch_of(parent.organisation, branch_id) or abort(404)
    reader, errors = request.form.get("language", language()), {}
    if reader not in LANGUAGES:
        abort(400)
    name, email = one_line(request.form.get("contact", "")), request.form.get("email", "").strip().lower()
    if len(name) > NAME_LENGTH:
        errors["contact"] = _("Write a name with at most %(number)s characters.", number=NAME_LENGTH)
    if not is_address(email):
        errors["email"] = _("This does not look like an e-mail address.")
    if not may_be_invited_to(branch):
        errors["email"] = _(
            "There are people in the branch already: the branch itself or the scheme says who coordinates it."
        )
    if not errors:
        try:
            invite_coordinator(branch, name or somebody(reader), email, reader, g.person)
        except IsHereAlready:
            errors["email"] = _(
                "Somebody with this address is here already. A coordinator there can give them the role."
            )
        except EnoughLetters:
            errors["email"] = _("They have been invited three times. Try another address.")
    if errors:
        session.rollback()
        return _branch_page(parent, branch_id, errors)
    session.commit()
    return redirect(url_for(".one", organisation_id=organisation_id, branch_id=branch_id, invited=1), 303)


def _parent(organisation_id: UUID) -> Parent:
    """The organisation, for its coordinator or an administrator of the scheme; a branch has no branches."""
    if g.person is None:
        abort(404)
    organisation, coordinates = organisation_coordinated_by(g.person, organisation_id), True
    if organisation is None and g.person.is_administrator:
        organisation, coordinates = session.get(Organisation, organisation_id), False
    if organisation is None or organisation.parent_id is not None:
        abort(404)
    return Parent(organisation, coordinates)


def _brought_in(parent: Parent, entries: Sequence[Entry]) -> Response:
    try:
        many = bring_in(parent.organisation, entries, g.person, language())
    except CannotBeABranch as error:
        session.rollback()
        return _form(parent, {"list": why_not(error.why)})
    session.commit()
    return redirect(url_for(".form", organisation_id=parent.organisation.id, brought=many), 303)


def _form(
    parent: Parent, errors: Mapping[str, str] | None = None, entries: Sequence[Entry] | None = None, text: str = ""
) -> Response:
    by_change: dict[str, list[Entry]] = {change: [] for change in ("wrong", "new", "here")}
    for entry in entries or ():
        by_change[entry.change].append(entry)
    page = render_template(
        "lms/scheme/branches/form.html",
        organisation=parent.organisation,
        coordinates=parent.coordinates,
        most=MOST_BRANCHES,
        by_change=by_change if entries else {},
        with_address=sum(bool(entry.email) for entry in by_change["new"]),
        text=text or request.form.get("list", ""),
        written=request.form,
        errors=errors or {},
        brought=request.args.get("brought", type=int),
    )
    return make_response(page, 422 if errors else 200)


def _branch_page(parent: Parent, branch_id: UUID, errors: Mapping[str, str] | None = None) -> Response:
    found = [each for each in branches_of(parent.organisation) if each.organisation.id == branch_id] or abort(404)
    coordinators = coordinators_of(found[0].organisation)
    words: dict[str, Any] = {
        "organisation": parent.organisation,
        "coordinates": parent.coordinates,
        "branch": found[0],
        "may_invite": may_be_invited_to(found[0].organisation),
        "has_coordinator": any(each.has_come for each in coordinators),
        "invited_at": max((each.invited_at for each in coordinators if each.invited_at), default=None),
        "written": request.form,
        "errors": errors or {},
    }
    return make_response(render_template("lms/scheme/branches/one.html", **words), 422 if errors else 200)
