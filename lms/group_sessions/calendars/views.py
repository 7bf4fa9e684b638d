"""A person's group sessions: where and when, to keep in a calendar once, or in one that comes back to ask."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import now, session
from lms.group_sessions.calendars.events import feed, invitation, tag_of
from lms.group_sessions.calendars.models import KINDS, Kind, end_feed, feed_with, feeds_of, new_feed
from lms.group_sessions.calendars.showing import led_by, session_for, sessions_of
from lms.group_sessions.models import followed_session
from lms.group_sessions.seats.models import lines_of, seats_of
from lms.group_sessions.seats.offers import Shown, offers_among
from lms.languages import _, speaking
from lms.organisations.events import record
from lms.people.letters import absolute
from lms.people.models import Person
from lms.people.sign_in import limiter, must_be_signed_in

bp = Blueprint("calendars", __name__)
SESSION = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>"


@bp.get("/calendar")
def mine() -> Response:
    """Show a person the sessions ahead of her, and how they get into her calendar."""
    if (away := must_be_signed_in()) is not None:
        return away
    ahead = [pair for pair in sessions_of(g.person) if _is_ahead(pair[0])]
    return _page("mine", offers=offers_among(ahead, seats_of(g.person), lines_of(g.person)), feeds=feeds_of(g.person))


@bp.post("/calendar/feeds")
@limiter.limit("20 per hour", key_func=lambda: str(g.person.id) if g.person else "nobody")
def subscribe() -> Response:
    """Show the address of a new feed, this once, in place of the one she may have had."""
    kind = _kind()
    secret = new_feed(g.person, kind)
    session.commit()
    return _page("address", kind=kind, address=absolute("lms.calendars.show_feed", secret=secret))


@bp.post("/calendar/feeds/end")
def stop() -> Response:
    """End a feed: its address shows nothing any more."""
    kind = _kind()
    end_feed(g.person, kind)
    session.commit()
    return redirect(url_for(".mine", _anchor="feeds"), 303)


@bp.get("/calendar/<secret>.ics")
@limiter.limit("60 per minute", misses=404)
def show_feed(secret: str) -> Response:
    """Hand a calendar program the sessions behind an address that only one person has been given."""
    kept, person = feed_with(secret) or abort(404)
    leads = kept.kind == "led"
    with speaking(person.language or "nb"):
        shown = [
            (
                meeting,
                organisation,
                absolute("lms.group_sessions.readiness", organisation_id=organisation.id)
                if leads
                else absolute("lms.calendars.mine"),
            )
            for meeting, organisation in (led_by(person) if leads else _expected_at(person))
        ]
        name = _("Group sessions you lead") if leads else _("Your group sessions")
        tag = tag_of(shown, name)
        # Whoever asks every quarter of an hour is told that nothing is new, and the calendar is not even written.
        is_known = request.if_none_match.contains_weak(tag)
        response = make_response("", 304) if is_known else _as_calendar(feed(shown, name))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get(f"{SESSION}/session.ics")
def download(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Hand over one session to be kept in a calendar."""
    if (away := must_be_signed_in()) is not None:
        return away
    meeting, organisation = session_for(g.person, organisation_id, group_session_id) or abort(404)
    if not meeting.is_on:
        abort(404)
    response = _as_calendar(invitation(meeting, organisation, "PUBLISH", absolute("lms.calendars.mine")))
    response.headers["Content-Disposition"] = "attachment; filename=balanse.ics"
    return response


@bp.post(f"{SESSION}/invitation")
def invite(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Have everybody the session is for invited by mail, and told when it changes."""
    if g.person is None:
        abort(401)
    seen_by, meeting = followed_session(g.person, organisation_id, group_session_id, "update") or abort(404)
    if not seen_by.coordinates or not meeting.is_on or meeting.held_at is not None:
        abort(404)
    if meeting.invited_at is None:
        record(organisation_id, "group_session.invited", by=g.person, group_session=str(meeting.id))
    meeting.invite(g.person)
    session.commit()
    return redirect(url_for("lms.group_sessions.planning", organisation_id=organisation_id, _anchor="invitation"), 303)


def _expected_at(person: Person) -> Shown:
    """The sessions that were, and of those ahead the ones she has a place in."""
    shown = sessions_of(person)
    elsewhere = {offer.meeting.id for offer in offers_among(shown, seats_of(person), {}) if not offer.is_hers}
    return [(meeting, organisation) for meeting, organisation in shown if meeting.id not in elsewhere]


def _kind() -> Kind:
    if g.person is None:
        abort(401)
    kind = next((kind for kind in KINDS if kind == request.form.get("kind")), None) or abort(400)
    if kind == "led" and not g.person.is_facilitator:
        abort(404)
    return kind


def _is_ahead(meeting: Any) -> bool:
    return meeting.held_at is None and meeting.ends_at is not None and meeting.ends_at > now()


def _as_calendar(text: str) -> Response:
    response = make_response(text)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    return response


def _page(name: str, **words: Any) -> Response:
    return make_response(render_template(f"lms/group_sessions/calendars/{name}.html", **words))
