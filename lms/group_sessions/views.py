"""Planning the group session, and readiness for it: for coordinators, and the facilitator who meets them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import new_id, norwegian_day, now, session
from lms.group_sessions.calendars.telling import how_many_know
from lms.group_sessions.models import (
    Follower,
    GroupSession,
    follower,
    last_cancelled,
    next_group_session,
    sessions_led_by,
)
from lms.group_sessions.picture import days_towards
from lms.group_sessions.planning import MINUTES, Plan, length_of
from lms.group_sessions.readiness import outlook_of, readiness_for
from lms.group_sessions.reminders.sending import take_back_stale
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import record
from lms.people.models import Person, facilitators
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("group_sessions", __name__)
READINESS = "/organisations/<uuid:organisation_id>/readiness"
PLANNING = "/organisations/<uuid:organisation_id>/group-session"
LOOK_BACK = timedelta(days=60)


@bp.get(READINESS)
def readiness(organisation_id: UUID) -> Response:
    """Show the verdict, every reason with what mends it, and who has completed what."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by = _follower(organisation_id)
    outlook = outlook_of(seen_by.organisation, with_names=seen_by.coordinates)
    starts_at = outlook.meeting.starts_at if outlook.meeting else None
    page = render_template(
        "lms/group_sessions/readiness.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        outlook=outlook,
        last_held=seen_by.last_held,
        days=days_towards(outlook, norwegian_day(now()), starts_at and norwegian_day(starts_at)),
    )
    return make_response(page)


@bp.get(PLANNING)
def planning(organisation_id: UUID) -> Response:
    """Show when, where and with whom the session is, and let it be planned."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _planning_page(_follower(organisation_id))


@bp.post(PLANNING)
def plan(organisation_id: UUID) -> Response:
    """Plan the session, or plan it anew."""
    organiser = _follower(organisation_id)
    try:
        planned = Plan.read(request.form, facilitators())
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _planning_page(organiser, request.form, error.errors)
    meeting = next_group_session(organisation_id) or _new_session(organisation_id)
    planned.apply_to(meeting)
    meeting.planned_at, meeting.planned_by = now(), g.person.id
    session.flush()
    take_back_stale(now(), organisation_id)
    record(organisation_id, "group_session.planned", by=g.person, group_session=str(meeting.id))
    session.commit()
    if follower(g.person, organisation_id) is None:  # the facilitator has handed the session over
        return redirect(url_for(".sessions"), 303)
    return redirect(url_for(".planning", organisation_id=organisation_id, saved=1), 303)


@bp.post(f"{PLANNING}/cancellation")
def cancel(organisation_id: UUID) -> Response:
    """Cancel the session; a coordinator can take that back."""
    meeting = _coordinated_session(organisation_id, next_group_session(organisation_id))
    meeting.cancel()
    session.flush()
    take_back_stale(now(), organisation_id)
    record(organisation_id, "group_session.cancelled", by=g.person, group_session=str(meeting.id))
    session.commit()
    return redirect(url_for(".planning", organisation_id=organisation_id), 303)


@bp.post(f"{PLANNING}/cancellation/undo")
def restore(organisation_id: UUID) -> Response:
    """Let the session that was cancelled last take place after all, unless another one has been planned."""
    meeting = _coordinated_session(organisation_id, last_cancelled(organisation_id))
    if next_group_session(organisation_id) is None:
        meeting.restore()
        record(organisation_id, "group_session.restored", by=g.person, group_session=str(meeting.id))
    session.commit()
    return redirect(url_for(".planning", organisation_id=organisation_id), 303)


@bp.get("/group-sessions")
def sessions() -> Response:
    """Show a facilitator her sessions, each with its verdict."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    meetings = sessions_led_by(g.person, now() - LOOK_BACK)
    judged = [(*pair, verdict) for pair, verdict in zip(meetings, readiness_for(meetings), strict=True)]
    page = render_template(
        "lms/group_sessions/sessions.html",
        coming=[each for each in judged if not _is_past(each[0])],
        past=[each for each in reversed(judged) if _is_past(each[0])],
        due=current_app.extensions["lms"].latest.due(norwegian_day(now())),
    )
    return make_response(page)


def _is_past(meeting: GroupSession) -> bool:
    over = meeting.starts_at is not None and meeting.starts_at < now() - timedelta(hours=12)
    return over or meeting.held_at is not None


def _follower(organisation_id: UUID) -> Follower:
    if g.person is None:
        abort(401)
    return follower(g.person, organisation_id) or abort(404)


def _coordinated_session(organisation_id: UUID, meeting: GroupSession | None) -> GroupSession:
    if not _follower(organisation_id).coordinates or meeting is None:
        abort(404)
    return meeting


def _new_session(organisation_id: UUID) -> GroupSession:
    meeting = GroupSession(id=new_id(), organisation_id=organisation_id)
    session.add(meeting)
    return meeting


def _planning_page(
    organiser: Follower, written: Mapping[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    meeting = next_group_session(organiser.organisation.id)
    planned_by = session.get(Person, meeting.planned_by) if meeting and meeting.planned_by else None
    words: dict[str, Any] = {
        "organisation": organiser.organisation,
        "coordinates": organiser.coordinates,
        "meeting": meeting,
        "last_held": organiser.last_held,
        "know": how_many_know(meeting) if meeting and meeting.invited_at else 0,
        "planned_by": planned_by,
        "cancelled": last_cancelled(organiser.organisation.id) if meeting is None else None,
        "facilitators": facilitators(),
        "lengths": {minutes: length_of(minutes) for minutes in MINUTES},
        "written": written,
        "errors": errors or {},
        "today": norwegian_day(now()).isoformat(),
    }
    return make_response(render_template("lms/group_sessions/planning.html", **words), 422 if errors else 200)
