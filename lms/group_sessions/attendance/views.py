"""Who came: the list and the count, the room's own code, checking in, and the session as it was when it was held."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions import held as holding
from lms.group_sessions.attendance.models import (
    CheckInClosed,
    check_in,
    has_come,
    how_many_came,
    mark,
    mark_everybody,
    mark_nobody,
    session_with_code,
    spoken_code,
)
from lms.group_sessions.attendance.people import found_in, look_at, screenful, work_here
from lms.group_sessions.models import (
    AlreadyHeld,
    CannotReopen,
    Follower,
    GroupSession,
    NotHeldYet,
    followed_session,
)
from lms.languages import _
from lms.organisations.events import record
from lms.organisations.models import Organisation, employee_of
from lms.organisations.qr import squares_of
from lms.organisations.ways_in import join_links_of
from lms.people.letters import absolute
from lms.people.models import Person
from lms.people.sign_in import limiter, must_be_signed_in

bp = Blueprint("attendance", __name__)
SESSION = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>"
MOST_COUNTED = 100_000


@bp.get(f"{SESSION}/attendance")
def people(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show who has come so far; names for the coordinator, a count for whoever leads the session."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _people_page(*_followed(organisation_id, group_session_id))


@bp.post(f"{SESSION}/attendance")
def mark_shown(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Keep who came, of those on the page that was shown."""
    seen_by, meeting = _named(organisation_id, group_session_id)
    try:
        shown = {UUID(number) for number in request.form.getlist("shown")}
        came = {UUID(number) for number in request.form.getlist("came")}
    except ValueError:
        abort(400)
    if not came <= shown or not work_here(organisation_id, shown):
        abort(400)
    mark(meeting, shown, came, g.person)
    session.commit()
    return _back(seen_by, meeting)


@bp.post(f"{SESSION}/attendance/all")
def mark_all(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Everybody who fits the search came, or nobody did."""
    seen_by, meeting = _named(organisation_id, group_session_id)
    if request.form.get("who") == "everybody":
        mark_everybody(meeting, found_in(meeting, look_at(request.form)), g.person)
    elif request.form.get("who") == "nobody":
        mark_nobody(meeting)
    else:
        abort(400)
    session.commit()
    return _back(seen_by, meeting)


@bp.post(f"{SESSION}/attendance/count")
def count(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Keep how many somebody has counted in the room."""
    seen_by, meeting = _followed(organisation_id, group_session_id, "update")
    written = request.form.get("counted", "").strip()
    if written and not (written.isascii() and written.isdecimal() and len(written) < 7 and int(written) < MOST_COUNTED):
        error = _("Write how many you are, in digits, or leave the field empty.")
        return _people_page(seen_by, meeting, request.form, {"counted": error})
    meeting.count(int(written) if written else None)
    session.commit()
    return _back(seen_by, meeting)


@bp.get(f"{SESSION}/room")
def room(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show the code people point their phones at, large enough for the last row."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, meeting = _followed(organisation_id, group_session_id)
    address = absolute("lms.attendance.arrive", code=spoken_code(meeting.check_in_code))
    page = render_template(
        "lms/group_sessions/attendance/room.html",
        organisation=seen_by.organisation,
        meeting=meeting,
        came=how_many_came(meeting),
        address=address,
        squares=squares_of(address),
    )
    return make_response(page)


@bp.get("/here/<code>")
@limiter.limit("30 per minute", misses=404)
def arrive(code: str) -> Response:
    """Ask whoever has the room's code to say that she is here, and let her sign in or enter first."""
    return _door(session_with_code(code) or abort(404))


@bp.post("/here/<code>")
@limiter.limit("30 per minute", misses=404)
def come(code: str) -> Response:
    """Write down that somebody is here."""
    meeting = session_with_code(code, lock=True) or abort(404)
    employee = employee_of(g.person, meeting.organisation_id) if g.person else None
    if employee is None or employee.left_at is not None:
        return _door(meeting, 422)
    try:
        check_in(meeting, employee)
    except CheckInClosed:
        session.rollback()
        return _door(meeting)
    session.commit()
    return redirect(url_for(".arrive", code=code), 303)


@bp.post(f"{SESSION}/held")
def hold(organisation_id: UUID, group_session_id: UUID) -> Response:
    """The session has been held: freeze what is true now."""
    seen_by, meeting = _followed(organisation_id, group_session_id, "update")
    try:
        holding.hold(meeting, seen_by.organisation, g.person)
    except NotHeldYet:
        error = _("The session has not begun yet. Was it moved? Correct its day first, and press once more.")
        return _people_page(seen_by, meeting, errors={"held": error})
    named = {"group_session": str(meeting.id), "hash": meeting.frozen_hash}
    record(organisation_id, "group_session.held", by=g.person, **named)
    session.commit()
    return _to_held(meeting)


@bp.get(f"{SESSION}/held")
def as_it_was(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show the session as it was when it was held."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _held_page(*_followed(organisation_id, group_session_id))


@bp.post(f"{SESSION}/held/undo")
def reopen(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Take back that the session was held: only who said so, and only within a day."""
    seen_by, meeting = _followed(organisation_id, group_session_id, "update")
    sealed = meeting.frozen_hash
    try:
        meeting.reopen(g.person)
    except CannotReopen:
        return _held_page(seen_by, meeting, 422) if meeting.held_at else _back(seen_by, meeting)
    record(organisation_id, "group_session.reopened", by=g.person, group_session=str(meeting.id), hash=sealed)
    session.commit()
    return _back(seen_by, meeting)


@bp.errorhandler(AlreadyHeld)
def already_held(error: AlreadyHeld) -> Response:
    """Somebody has closed the list meanwhile: show what was frozen."""
    session.rollback()
    arguments: Mapping[str, Any] = request.view_args or {}
    return redirect(url_for(".as_it_was", closed=1, **arguments), 303)


def _followed(
    organisation_id: UUID, group_session_id: UUID, lock: Literal["", "share", "update"] = ""
) -> tuple[Follower, GroupSession]:
    if g.person is None:
        abort(401)
    return followed_session(g.person, organisation_id, group_session_id, lock) or abort(404)


def _named(organisation_id: UUID, group_session_id: UUID) -> tuple[Follower, GroupSession]:
    """The session, for somebody who sees the names in its list."""
    seen_by, meeting = _followed(organisation_id, group_session_id, "share")
    if not seen_by.sees_names:
        abort(404)
    return seen_by, meeting


def _back(seen_by: Follower, meeting: GroupSession) -> Response:
    return redirect(url_for(".people", saved=1, **_named_in_address(meeting), **_same_page()), 303)


def _to_held(meeting: GroupSession) -> Response:
    return redirect(url_for(".as_it_was", **_named_in_address(meeting)), 303)


def _same_page() -> dict[str, Any]:
    search = look_at(request.form)
    return search.but(page=search.page)


def _named_in_address(meeting: GroupSession) -> dict[str, Any]:
    return {"organisation_id": meeting.organisation_id, "group_session_id": meeting.id}


def _people_page(
    seen_by: Follower,
    meeting: GroupSession,
    written: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    search = look_at(request.values)
    page = render_template(
        "lms/group_sessions/attendance/people.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        sees_names=seen_by.sees_names,
        meeting=meeting,
        search=search,
        came=how_many_came(meeting),
        roster=screenful(meeting, search) if seen_by.sees_names else None,
        written=written or {},
        errors=errors or {},
    )
    return make_response(page, 422 if errors else 200)


def _held_page(seen_by: Follower, meeting: GroupSession, status: int = 200) -> Response:
    if meeting.held_at is None:
        abort(404)
    ids = [number for number in (meeting.held_by, meeting.facilitator_id) if number is not None]
    names = {person.id: person.name for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    page = render_template(
        "lms/group_sessions/held.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        sees_names=seen_by.sees_names,
        meeting=meeting,
        held=holding.held(meeting),
        policy=(meeting.frozen_facts or {})["policy"],
        held_by=names.get(meeting.held_by) if meeting.held_by else "",
        facilitator=names.get(meeting.facilitator_id) if meeting.facilitator_id else None,
        can_reopen=meeting.can_reopen(g.person),
        too_late=status == 422,
    )
    return make_response(page, status)


def _door(meeting: GroupSession, status: int = 200) -> Response:
    """What somebody with the room's code meets: closed, not known here, about to say so, or already written down."""
    employee = employee_of(g.person, meeting.organisation_id) if g.person else None
    if employee is not None and employee.left_at is not None:
        employee = None
    why = meeting.check_in_closed
    came = has_come(meeting, employee) if employee else None
    links = [] if employee or why else join_links_of(meeting.organisation_id)
    # Never one that makes leaders; and one for a domain or a team would be wrong for some of those in the room.
    ways = [link for link in links if not (link.closed or link.is_leader)]
    ways.sort(key=lambda link: (bool(link.mail_domain), bool(link.team)))
    page = render_template(
        "lms/group_sessions/attendance/here.html",
        organisation=session.get_one(Organisation, meeting.organisation_id),
        meeting=meeting,
        code=spoken_code(meeting.check_in_code),
        why=why,
        employee=employee,
        came=came,
        way_in=ways[0] if ways else None,
    )
    return make_response(page, 410 if why and not came else status)
