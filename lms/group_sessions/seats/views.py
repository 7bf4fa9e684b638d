"""Several sessions for one house: people choose one or are placed, and say in advance when they cannot come."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.calendars.telling import how_many_know_each
from lms.group_sessions.models import GroupSession, sessions_ahead
from lms.group_sessions.seats.models import (
    SessionFull,
    TooLate,
    can_be_chosen,
    decline,
    place_team,
    places_in,
    take_seat,
)
from lms.languages import _, ngettext
from lms.learning.roster.people import head_count, teams_in
from lms.organisations.models import Employee, Organisation, employee_of, organisation_coordinated_by, record
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("seats", __name__)
SESSION = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>"
SESSIONS = "/organisations/<uuid:organisation_id>/group-sessions"


@bp.get(SESSIONS)
def overview(organisation_id: UUID) -> Response:
    """Show the coordinator every session ahead, with its places, and let teams be placed."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _overview_page(_organisation(organisation_id))


@bp.post(f"{SESSIONS}/places")
def place(organisation_id: UUID) -> Response:
    """Give a whole team places in one session."""
    organisation = _organisation(organisation_id)
    try:
        number = UUID(request.form.get("group_session", ""))
    except ValueError:
        abort(400)
    meeting = _locked(organisation.id, number)
    team = request.form.get("team", "")
    if team not in teams_in(organisation.id):
        abort(400)
    try:
        placed = place_team(meeting, team, g.person)
    except SessionFull as error:
        full = ngettext(
            "There is room for %(num)s more in that session, so nobody in the team was placed. Choose another one.",
            "There is room for %(num)s more in that session, so nobody in the team was placed. Choose another one.",
            error.left,
        )
        return _overview_page(organisation, full)
    except TooLate:
        return _overview_page(organisation, _("That session cannot be chosen any more. Choose another one."))
    record(organisation_id, "group_session.placed", by=g.person, group_session=str(meeting.id), people=placed)
    session.commit()
    return redirect(url_for(".overview", organisation_id=organisation_id, placed=placed), 303)


@bp.post(f"{SESSION}/seat")
def take(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Choose this session, as long as there is room."""
    meeting, employee = _hers(organisation_id, group_session_id)
    try:
        take_seat(meeting, employee)
    except SessionFull:
        session.rollback()
        return redirect(url_for("lms.calendars.mine", full=group_session_id), 303)
    except TooLate:
        session.rollback()
        return redirect(url_for("lms.calendars.mine", late=1), 303)
    session.commit()
    return redirect(url_for("lms.calendars.mine", saved=1), 303)


@bp.post(f"{SESSION}/absence")
def stay_away(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Say in advance that one cannot come; choosing a session takes that back."""
    meeting, employee = _hers(organisation_id, group_session_id)
    try:
        decline(meeting, employee)
    except TooLate:
        session.rollback()
        return redirect(url_for("lms.calendars.mine", late=1), 303)
    session.commit()
    return redirect(url_for("lms.calendars.mine", saved=1), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _hers(organisation_id: UUID, group_session_id: UUID) -> tuple[GroupSession, Employee]:
    if g.person is None:
        abort(401)
    employee = employee_of(g.person, organisation_id)
    if employee is None or employee.left_at is not None:
        abort(404)
    return _locked(organisation_id, group_session_id), employee


def _locked(organisation_id: UUID, group_session_id: UUID) -> GroupSession:
    """The session, held alone: places are given one after the other."""
    key = (organisation_id, group_session_id)
    return session.get(GroupSession, key, with_for_update=True, populate_existing=True) or abort(404)


def _overview_page(organisation: Organisation, error: str = "") -> Response:
    if error:
        session.rollback()
    ahead = sessions_ahead(organisation.id)
    page = render_template(
        "lms/group_sessions/seats/overview.html",
        organisation=organisation,
        sessions=ahead,
        choosable=[meeting for meeting in ahead if can_be_chosen(meeting)],
        places=places_in(ahead),
        know=how_many_know_each(ahead),
        head_count=head_count(organisation.id),
        teams=teams_in(organisation.id),
        written=request.form,
        error=error,
    )
    return make_response(page, 422 if error else 200)
