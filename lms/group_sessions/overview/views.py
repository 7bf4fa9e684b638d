"""Readiness seen closer: team by team, and by the names of those who are missing."""

from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, render_template, request
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now, session
from lms.group_sessions.diary import month_of, read_month
from lms.group_sessions.models import Follower, follower
from lms.group_sessions.overview import files
from lms.group_sessions.overview import missing as waiting
from lms.group_sessions.overview.branches import SHOWS as BRANCHES_SHOWN
from lms.group_sessions.overview.branches import SORTS as BRANCH_SORTS
from lms.group_sessions.overview.branches import branches_of, together
from lms.group_sessions.overview.branches import looked_for as branches_sought
from lms.group_sessions.overview.teams import SORTS, looked_for, teams_of, told_as_numbers
from lms.languages import _, weekdays
from lms.organisations.models import Organisation, Round, current_round, organisation_coordinated_by
from lms.people.lists import read_look, screenful_of
from lms.people.sign_in import must_be_signed_in
from lms.sheets import handed_out

bp = Blueprint("overview", __name__)
READINESS = "/organisations/<uuid:organisation_id>/readiness"


@bp.get(f"{READINESS}/teams")
def teams(organisation_id: UUID) -> Response:
    """Show how far each team has come, and what is missing in it."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, round = _follower(organisation_id)
    everything = teams_of(round)
    lines = everything if _sees_names(seen_by, round) else told_as_numbers(everything)
    look = read_look(request.args, sort=SORTS)
    page = render_template(
        "lms/group_sessions/overview/teams.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        sees_names=_sees_names(seen_by, round),
        round=round,
        look=look,
        lines=lines,
        teams=screenful_of(looked_for(lines, look), look),
    )
    return make_response(page)


@bp.get(f"{READINESS}/missing")
def missing(organisation_id: UUID) -> Response:
    """Show who is missing something, to whoever may see names."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, round = _follower(organisation_id)
    if not _sees_names(seen_by, round):
        abort(404)
    look = read_look(request.args, who=waiting.WHO, course=["", *round.courses], sort=waiting.SORTS)
    page = render_template(
        "lms/group_sessions/overview/missing.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        round=round,
        look=look,
        people=waiting.missing_in(round, look),
    )
    return make_response(page)


@bp.get(f"{READINESS}.<any(csv, xlsx):kind>")
def file(organisation_id: UUID, kind: str) -> Response:
    """Hand out readiness as a file: by name, or as numbers to whoever sees no names."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, round = _follower(organisation_id)
    library = current_app.extensions["lms"].library
    if _sees_names(seen_by, round):
        rows = files.by_name(round, library)
    else:
        rows = files.as_numbers(round, teams_of(round), library)
    return handed_out(kind, "balanse", _("Readiness"), rows)


@bp.get("/organisations/<uuid:organisation_id>/branches")
def branches(organisation_id: UUID) -> Response:
    """Show how ready each branch is, and all of them together, to whoever coordinates their parent, and the scheme."""
    if (away := must_be_signed_in()) is not None:
        return away
    parent, coordinates = organisation_coordinated_by(g.person, organisation_id), True
    if parent is None and g.person.is_administrator:
        parent, coordinates = session.get(Organisation, organisation_id), False
    if parent is None:
        abort(404)
    everything = branches_of(parent) or abort(404)
    look = read_look(request.args, show=BRANCHES_SHOWN, sort=BRANCH_SORTS)
    page = render_template(
        "lms/group_sessions/overview/branches.html",
        organisation=parent,
        coordinates=coordinates,
        look=look,
        whole=together(everything),
        branches=screenful_of(branches_sought(everything, look), look),
    )
    return make_response(page)


@bp.get("/group-sessions/calendar")
def calendar() -> Response:
    """Show a facilitator a month of her sessions."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    month = month_of(g.person, read_month(request.args.get("month", "")))
    page = render_template(
        "lms/group_sessions/overview/calendar.html", month=month, weekdays=weekdays(), today=norwegian_day(now())
    )
    return make_response(page)


def _follower(organisation_id: UUID) -> tuple[Follower, Round]:
    seen_by = follower(g.person, organisation_id) or abort(404)
    return seen_by, current_round(organisation_id)


def _sees_names(seen_by: Follower, round: Round) -> bool:
    return seen_by.coordinates or round.shows_names
