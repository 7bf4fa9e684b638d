"""Several sessions for one house: people choose one or are placed, and say in advance when they cannot come."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.calendars.telling import how_many_know_each
from lms.group_sessions.models import GroupSession, sessions_ahead
from lms.group_sessions.seats import giving
from lms.group_sessions.seats.models import SessionFull, TooLate, can_be_chosen, places_in, waiting_for
from lms.group_sessions.seats.people import SHOWS, are_here, placed_in
from lms.languages import _, ngettext
from lms.learning.roster.people import head_count, teams_in
from lms.organisations.events import record
from lms.organisations.models import Employee, Organisation, employee_of, hold_roster, organisation_coordinated_by
from lms.people.lists import ROWS_SHOWN, Look, read_look
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("seats", __name__)
SESSION = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>"
SESSIONS = "/organisations/<uuid:organisation_id>/group-sessions"
NO_SESSION = "none"


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
    meeting = _chosen(organisation)
    team = request.form.get("team", "")
    if team not in teams_in(organisation.id):
        abort(400)
    try:
        placed = giving.place_team(meeting, team, g.person)
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


@bp.get(f"{SESSIONS}/people")
def people(organisation_id: UUID) -> Response:
    """Show the coordinator who has a place where, who waits in which line, and let her place one or several."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _people_page(_organisation(organisation_id))


@bp.post(f"{SESSIONS}/people")
def place_people(organisation_id: UUID) -> Response:
    """Give the chosen people places in one session, or take them out of theirs."""
    organisation = _organisation(organisation_id)
    meeting = None if request.form.get("group_session") == NO_SESSION else _chosen(organisation)
    try:
        chosen = {UUID(number) for number in request.form.getlist("employee")}
    except ValueError:
        abort(400)
    if len(chosen) > ROWS_SHOWN or not are_here(organisation_id, chosen):
        abort(400)
    if not chosen:
        return _people_page(organisation, error=_("Tick the people you want to place."))
    if meeting is None:
        hold_roster(organisation_id)
        done = giving.take_out(organisation_id, chosen)
        record(organisation_id, "group_session.taken_out", by=g.person, people=done)
    else:
        try:
            done = giving.place(meeting, chosen, g.person, over_capacity="over" in request.form)
        except SessionFull as error:
            return _people_page(organisation, full=error)
        except TooLate:
            return _people_page(organisation, error=_("That session cannot be chosen any more. Choose another one."))
        record(organisation_id, "group_session.placed", by=g.person, group_session=str(meeting.id), people=done)
    session.commit()
    look = _look(organisation_id, sessions_ahead(organisation_id))
    address = url_for(".people", organisation_id=organisation_id, done=done, **look.but(page=look.page))
    return redirect(address, 303)


@bp.post(f"{SESSION}/seat")
def take(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Choose this session, as long as there is room."""
    try:
        return _as_she_says(giving.take_seat, organisation_id, group_session_id)
    except SessionFull:
        session.commit()  # a place that was free may have gone to the first in line
        return redirect(url_for("lms.calendars.mine", full=group_session_id), 303)


@bp.post(f"{SESSION}/absence")
def stay_away(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Say in advance that one cannot come; choosing a session takes that back."""
    return _as_she_says(giving.decline, organisation_id, group_session_id)


@bp.post(f"{SESSION}/line")
def wait(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Stand in line for a session that is full."""
    return _as_she_says(giving.wait_for, organisation_id, group_session_id)


@bp.post(f"{SESSION}/line/undo")
def stop_waiting(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Leave the line."""
    return _as_she_says(giving.stop_waiting, organisation_id, group_session_id)


def _as_she_says(
    verb: Callable[[GroupSession, Employee], object], organisation_id: UUID, group_session_id: UUID
) -> Response:
    """Change her answer to this session, and back to all of them; once it has begun nothing changes any more."""
    meeting, employee = _hers(organisation_id, group_session_id)
    try:
        verb(meeting, employee)
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


def _chosen(organisation: Organisation) -> GroupSession:
    try:
        number = UUID(request.form.get("group_session", ""))
    except ValueError:
        abort(400)
    return _locked(organisation.id, number)


def _locked(organisation_id: UUID, group_session_id: UUID) -> GroupSession:
    """The session, held with the roster: the places of a house are given one after the other."""
    hold_roster(organisation_id)
    key = (organisation_id, group_session_id)
    return session.get(GroupSession, key, with_for_update=True, populate_existing=True) or abort(404)


def _look(organisation_id: UUID, ahead: list[GroupSession]) -> Look:
    teams = ("", *teams_in(organisation_id))
    return read_look(request.args, show=SHOWS, team=teams, session=("", *(str(meeting.id) for meeting in ahead)))


def _people_page(organisation: Organisation, error: str = "", full: SessionFull | None = None) -> Response:
    """The list for placing; with what was ticked, where that could not be done."""
    is_refused = bool(error) or full is not None
    if is_refused:
        session.rollback()
    ahead = sessions_ahead(organisation.id)
    look = _look(organisation.id, ahead)
    page = render_template(
        "lms/group_sessions/seats/people.html",
        organisation=organisation,
        sessions={meeting.id: meeting for meeting in ahead},
        choosable=[meeting for meeting in ahead if can_be_chosen(meeting)],
        places=places_in(ahead),
        look=look,
        teams=teams_in(organisation.id),
        found=placed_in(organisation.id, ahead, look),
        ticked=request.form.getlist("employee"),
        written=request.form,
        error=error,
        full=full,
    )
    return make_response(page, 422 if is_refused else 200)


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
        waiting=waiting_for(organisation.id),
        know=how_many_know_each(ahead),
        head_count=head_count(organisation.id),
        teams=teams_in(organisation.id),
        written=request.form,
        error=error,
    )
    return make_response(page, 422 if error else 200)
