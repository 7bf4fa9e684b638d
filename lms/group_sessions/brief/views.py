"""The facilitator's brief: a page, a sheet of paper, and the cards that are laid ready for the session."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.courses.packs import Library
from lms.database import session
from lms.group_sessions.brief import wording
from lms.group_sessions.brief.brief import brief_of
from lms.group_sessions.brief.letter import can_be_written_to
from lms.group_sessions.brief.models import MOST_CARDS, TooManyCards, cards_for, choose_cards
from lms.group_sessions.brief.sheet import as_pdf, nothing_yet
from lms.group_sessions.brief.themes import courses_of, gather
from lms.group_sessions.models import Follower, GroupSession, followed_session
from lms.languages import _, language
from lms.organisations.events import record
from lms.organisations.models import current_round
from lms.people.sign_in import limiter, must_be_signed_in
from lms.typesetting import can_be_pdf

bp = Blueprint("briefs", __name__)
SESSION = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>"


@bp.get(f"{SESSION}/brief")
def show(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show the brief, to whoever leads the session and to those who want to know what she is told."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, meeting = _followed(organisation_id, group_session_id)
    brief = brief_of(seen_by.organisation, meeting, _library(), language())
    page = render_template(
        "lms/group_sessions/brief/brief.html",
        brief=brief,
        organisation=brief.organisation,
        meeting=meeting,
        coordinates=seen_by.coordinates,
        words=wording,
        nothing=nothing_yet(brief),
        letters_go_nowhere=meeting.facilitator_id == g.person.id and not can_be_written_to(g.person),
        can_be_pdf=can_be_pdf(),
    )
    return make_response(page)


@bp.get(f"{SESSION}/brief.pdf")
@limiter.limit("30 per minute")
def file(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Hand the brief over as a PDF of one sheet."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, meeting = _followed(organisation_id, group_session_id)
    if not can_be_pdf():
        abort(404)
    response = make_response(as_pdf(brief_of(seen_by.organisation, meeting, _library(), language()), _library()))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = "attachment; filename=balanse-brief.pdf"
    return response


@bp.post(f"{SESSION}/brief/counts")
@limiter.limit("20 per minute", key_func=lambda: str(g.person.id) if g.person else "nobody")
def count_again(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Bring in what people have answered and shared since, as far as there are five more of them."""
    _seen_by, meeting = _followed(organisation_id, group_session_id)
    gather(current_round(organisation_id), _library())
    session.commit()
    return redirect(url_for(".show", counted=1, **_named(meeting), _anchor="answers"), 303)


@bp.get(f"{SESSION}/brief/cards")
def cards(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show the cards that can be laid ready, one course at a time, with those that are."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _cards_page(*_followed(organisation_id, group_session_id))


@bp.post(f"{SESSION}/brief/cards")
def lay_ready(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Keep which of the cards on the page are laid ready."""
    seen_by, meeting = _followed(organisation_id, group_session_id, "update")
    courses = courses_of(current_round(organisation_id), _library())
    known = {card.name for course in courses for card in course.cards}
    shown, ticked = request.form.getlist("shown"), request.form.getlist("card")
    if not set(ticked) <= set(shown) <= known:
        abort(400)
    before, chosen = cards_for(meeting, [card for course in courses for card in course.cards])
    kept = [card.name for card in before if chosen and (card.name not in shown or card.name in ticked)]
    try:
        choose_cards(meeting, list(dict.fromkeys([*kept, *ticked])), g.person)
    except TooManyCards:
        error = _("Choose %(number)s cards at the most: there is no time for more.", number=MOST_CARDS)
        return _cards_page(seen_by, meeting, error)
    record(organisation_id, "group_session.cards", by=g.person, group_session=str(meeting.id))
    session.commit()
    return redirect(url_for(".cards", saved=1, course=request.form.get("course") or None, **_named(meeting)), 303)


def _cards_page(seen_by: Follower, meeting: GroupSession, error: str = "") -> Response:
    courses = [course for course in courses_of(current_round(meeting.organisation_id), _library()) if course.cards]
    ready, chosen = cards_for(meeting, [card for course in courses for card in course.cards])
    wanted = request.values.get("course", "")
    course = next((course for course in courses if course.key == wanted), courses[0] if courses else None)
    page = render_template(
        "lms/group_sessions/brief/cards.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        meeting=meeting,
        courses=courses,
        course=course,
        ready=ready if chosen else (),
        suggested=() if chosen else ready,
        ticked=set(request.form.getlist("card")) if error else {card.name for card in ready} if chosen else set(),
        error=error,
    )
    return make_response(page, 422 if error else 200)


def _followed(organisation_id: UUID, group_session_id: UUID, lock: Any = "") -> tuple[Follower, GroupSession]:
    if g.person is None:
        abort(401)
    return followed_session(g.person, organisation_id, group_session_id, lock) or abort(404)


def _named(meeting: GroupSession) -> dict[str, Any]:
    return {"organisation_id": meeting.organisation_id, "group_session_id": meeting.id}


def _library() -> Library:
    library: Library = current_app.extensions["lms"].library
    return library
