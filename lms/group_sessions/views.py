"""Planning the group session, and readiness for it: for coordinators, and the facilitator who meets them."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import new_id, norwegian_day, now, session
from lms.group_sessions.brief.letter import can_be_written_to
from lms.group_sessions.calendars.telling import how_many_know
from lms.group_sessions.diary import SHOWS, SORTS, VERDICTS, diary_of
from lms.group_sessions.forecast import forecasts_of
from lms.group_sessions.models import (
    KINDS,
    AlreadyHeld,
    Follower,
    GroupSession,
    followed_session,
    follower,
    last_cancelled,
    next_group_session,
    sessions_ahead,
)
from lms.group_sessions.picture import days_towards
from lms.group_sessions.planning import MINUTES, Plan, length_of
from lms.group_sessions.readiness import outlook_of
from lms.group_sessions.reminders.sending import take_back_stale
from lms.group_sessions.seats.giving import ask_anew, give_free_places
from lms.organisations.events import record
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import FEWEST_FOR_SHARING, hold_roster
from lms.organisations.onwards import onwards
from lms.organisations.profile import usual_facilitator
from lms.people.lists import read_look
from lms.people.models import Person, facilitators
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("group_sessions", __name__)
READINESS = "/organisations/<uuid:organisation_id>/readiness"
PLANNING = "/organisations/<uuid:organisation_id>/group-session"
SESSIONS = "/organisations/<uuid:organisation_id>/group-sessions"
SESSION = f"{SESSIONS}/<uuid:group_session_id>"


@bp.get(READINESS)
def readiness(organisation_id: UUID) -> Response:
    """Show the verdict, every reason with what mends it, and who has completed what."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by = _follower(organisation_id)
    outlook = outlook_of(seen_by.organisation, with_names=seen_by.coordinates)
    starts_at = outlook.meeting.starts_at if outlook.meeting else None
    today, session_on = norwegian_day(now()), starts_at and norwegian_day(starts_at)
    forecasts = forecasts_of(outlook, today, session_on)
    sees_names = seen_by.coordinates or outlook.round.shows_names
    page = render_template(
        "lms/group_sessions/readiness.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        sees_names=sees_names,
        # As numbers there must be two groups of at least five.
        by_team=outlook.has_teams and outlook.readiness.facts.roster >= FEWEST_FOR_SHARING * (1 if sees_names else 2),
        outlook=outlook,
        letters_go_nowhere=_letters_go_nowhere(outlook.meeting),
        last_held=seen_by.last_held,
        forecasts=forecasts.values(),
        days=days_towards(outlook, today, session_on, forecasts),
    )
    return make_response(page)


@bp.get(PLANNING)
def planning(organisation_id: UUID) -> Response:
    """Show when, where and with whom the next session is, and let it be planned."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _planning_page(_follower(organisation_id), next_group_session(organisation_id))


@bp.post(PLANNING)
def plan(organisation_id: UUID) -> Response:
    """Plan the next session, or plan it anew."""
    organiser = _follower(organisation_id)
    hold_roster(organisation_id)
    return _plan(organiser, next_group_session(organisation_id, to_change=True))


@bp.get(f"{SESSIONS}/new")
def planning_another(organisation_id: UUID) -> Response:
    """Let one more session be planned, for a house that is too big for one."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _planning_page(_coordinator(organisation_id), None)


@bp.post(f"{SESSIONS}/new")
def plan_another(organisation_id: UUID) -> Response:
    """Plan one more session."""
    organiser = _coordinator(organisation_id)
    hold_roster(organisation_id)
    return _plan(organiser, None)


@bp.get(SESSION)
def planning_of(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show when, where and with whom this session is, and let it be planned."""
    if (away := must_be_signed_in()) is not None:
        return away
    organiser, meeting = _followed(organisation_id, group_session_id)
    if meeting.held_at is not None:
        raise AlreadyHeld
    return _planning_page(organiser, meeting)


@bp.post(SESSION)
def plan_one(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Plan this session anew."""
    return _plan(*_followed(organisation_id, group_session_id, to_change=True))


@bp.post(f"{PLANNING}/cancellation")
def cancel(organisation_id: UUID) -> Response:
    """Cancel the next session; a coordinator can take that back."""
    return _cancel(_coordinated_session(organisation_id, next_group_session(organisation_id, to_change=True)))


@bp.post(f"{SESSION}/cancellation")
def cancel_one(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Cancel this session; a coordinator can take that back."""
    _organiser, meeting = _followed(organisation_id, group_session_id, to_change=True)
    return _cancel(_coordinated_session(organisation_id, meeting))


@bp.post(f"{PLANNING}/cancellation/undo")
def restore(organisation_id: UUID) -> Response:
    """Let the session that was cancelled last take place after all."""
    meeting = _coordinated_session(organisation_id, last_cancelled(organisation_id))
    meeting.restore()
    record(organisation_id, "group_session.restored", by=g.person, group_session=str(meeting.id))
    session.commit()
    return redirect(url_for(".planning_of", organisation_id=organisation_id, group_session_id=meeting.id), 303)


@bp.errorhandler(AlreadyHeld)
def already_held(error: AlreadyHeld) -> Response:
    """Somebody has said meanwhile that the session was held: show what was frozen."""
    session.rollback()
    arguments: Mapping[str, Any] = request.view_args or {}
    return redirect(url_for("lms.attendance.as_it_was", closed=1, **arguments), 303)


@bp.get("/group-sessions")
def sessions() -> Response:
    """Show a facilitator her sessions, those ahead each with its verdict."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    look = read_look(request.args, show=SHOWS, verdict=VERDICTS, sort=SORTS)
    page = render_template(
        "lms/group_sessions/sessions.html",
        look=look,
        diary=diary_of(g.person, look),
        letters_go_nowhere=not can_be_written_to(g.person),
        due=current_app.extensions["lms"].latest.due(norwegian_day(now())),
    )
    return make_response(page)


def _letters_go_nowhere(meeting: GroupSession | None) -> bool:
    """Whether she who looks leads this session and cannot be written to about it: nobody else is told."""
    return meeting is not None and meeting.facilitator_id == g.person.id and not can_be_written_to(g.person)


def _follower(organisation_id: UUID) -> Follower:
    if g.person is None:
        abort(401)
    return follower(g.person, organisation_id) or abort(404)


def _coordinator(organisation_id: UUID) -> Follower:
    seen_by = _follower(organisation_id)
    return seen_by if seen_by.coordinates else abort(404)


def _followed(organisation_id: UUID, group_session_id: UUID, to_change: bool = False) -> tuple[Follower, GroupSession]:
    if g.person is None:
        abort(401)
    lock: Literal["", "update"] = "update" if to_change else ""
    if to_change:
        hold_roster(organisation_id)
    return followed_session(g.person, organisation_id, group_session_id, lock) or abort(404)


def _coordinated_session(organisation_id: UUID, meeting: GroupSession | None) -> GroupSession:
    _coordinator(organisation_id)
    return meeting or abort(404)


def _plan(organiser: Follower, meeting: GroupSession | None) -> Response:
    """Keep what was written about this session, or about one more."""
    organisation_id = organiser.organisation.id
    if meeting is not None and meeting.held_at is not None:
        raise AlreadyHeld
    try:
        planned = Plan.read(request.form, facilitators(), None if meeting else usual_facilitator(organisation_id))
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _planning_page(organiser, meeting, request.form, error.errors)
    meeting = meeting or _new_session(organisation_id)
    if (kind := request.form.get("kind")) is not None:
        if kind not in KINDS:
            abort(400)
        meeting.kind = kind
    is_moved = meeting.starts_at != planned.starts_at
    planned.apply_to(meeting)
    if is_moved:
        ask_anew(meeting)
    meeting.planned_at, meeting.planned_by = now(), g.person.id
    session.flush()
    give_free_places(organisation_id)
    take_back_stale(now(), organisation_id)
    record(organisation_id, "group_session.planned", by=g.person, group_session=str(meeting.id))
    session.commit()
    if followed_session(g.person, organisation_id, meeting.id) is None:  # the facilitator has handed it over
        return redirect(url_for(".sessions"), 303)
    named: dict[str, Any] = {"organisation_id": organisation_id, "group_session_id": meeting.id}
    return onwards(organisation_id, url_for(".planning_of", saved=1, **named))


def _cancel(meeting: GroupSession) -> Response:
    meeting.cancel()
    session.flush()
    take_back_stale(now(), meeting.organisation_id)
    record(meeting.organisation_id, "group_session.cancelled", by=g.person, group_session=str(meeting.id))
    session.commit()
    return redirect(url_for(".planning", organisation_id=meeting.organisation_id), 303)


def _new_session(organisation_id: UUID) -> GroupSession:
    meeting = GroupSession(id=new_id(), organisation_id=organisation_id)
    session.add(meeting)
    return meeting


def _kind_of(meeting: GroupSession | None) -> str:
    """What kind of session the page is about: what was chosen on the way here, else what it is already."""
    asked = request.values.get("kind", "")
    return asked if asked in KINDS else meeting.kind if meeting else KINDS[0]


def _planning_page(
    organiser: Follower,
    meeting: GroupSession | None,
    written: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    organisation = organiser.organisation
    planned_by = session.get(Person, meeting.planned_by) if meeting and meeting.planned_by else None
    words: dict[str, Any] = {
        "organisation": organisation,
        "coordinates": organiser.coordinates,
        "meeting": meeting,
        "kind": _kind_of(meeting),
        "ahead": sessions_ahead(organisation.id),
        "last_held": organiser.last_held,
        "know": how_many_know(meeting) if meeting and meeting.invited_at else 0,
        "planned_by": planned_by,
        "cancelled": last_cancelled(organisation.id),
        "facilitators": facilitators(),
        "usual_facilitator": None if meeting else usual_facilitator(organisation.id),
        "lengths": {minutes: length_of(minutes) for minutes in MINUTES},
        "written": written,
        "errors": errors or {},
        "today": norwegian_day(now()).isoformat(),
    }
    return make_response(render_template("lms/group_sessions/planning.html", **words), 422 if errors else 200)
