"""In the room: the big screen for everybody, and on her own phone what each of them has brought along."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, render_template, request
from werkzeug.wrappers import Response

from lms.group_sessions.brief.models import cards_for
from lms.group_sessions.brief.themes import courses_of, seed_of, themes_of
from lms.group_sessions.calendars.showing import session_for
from lms.group_sessions.models import followed_session
from lms.group_sessions.screen.steps import TEXTS_ON_A_SCREEN, Screen, screens_of, texts_are_open
from lms.languages import language
from lms.learning.notebook.book import notebook
from lms.learning.reflections import reflections_of
from lms.learning.sharing import texts_about
from lms.organisations.models import Round, current_round
from lms.people.sign_in import must_be_signed_in, reflections_open_from

bp = Blueprint("screen", __name__)
SESSION = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>"
LOOKS = ("light", "dark")


@bp.get(f"{SESSION}/screen")
def show(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show one screen of the session, large enough for a projector; without a name, a time or an order."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, meeting = followed_session(g.person, organisation_id, group_session_id) or abort(404)
    library = current_app.extensions["lms"].library
    round = current_round(organisation_id)
    themes = themes_of(round, library, language())
    cards, _chosen = cards_for(meeting, [card for course in courses_of(round, library) for card in course.cards])
    screens = screens_of(meeting, themes, cards)
    at = min(max(request.args.get("at", 1, type=int), 1), len(screens))
    look = request.args.get("look", "")
    page = render_template(
        "lms/group_sessions/screen/screen.html",
        organisation=seen_by.organisation,
        meeting=meeting,
        round=round,
        screen=screens[at - 1],
        texts=_texts(round, meeting.id, screens[at - 1]),
        texts_are_open=texts_are_open(meeting),
        at=at,
        all=len(screens),
        look=look if look in LOOKS else "",
    )
    return make_response(page)


@bp.get(f"{SESSION}/brought")
def brought(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show a person, and nobody else, the texts she has marked to bring to this session."""
    if (away := must_be_signed_in()) is not None:
        return away
    meeting, organisation = session_for(g.person, organisation_id, group_session_id) or abort(404)
    hers = reflections_of(g.person.id, reflections_open_from())
    here = [(text, course) for text, course in hers if text.organisation_id == organisation.id]
    marked = [(text, course) for text, course in here if text.visibility == "my_session"]
    library = current_app.extensions["lms"].library
    page = render_template(
        "lms/group_sessions/screen/brought.html",
        organisation=organisation,
        meeting=meeting,
        pages=notebook(marked, library, language()),
        shared=sum(text.visibility == "without_name" for text, _course in here),
    )
    return _unkept(page)


def _texts(round: Round, group_session_id: UUID, screen: Screen) -> list[str]:
    if screen.shared is None:
        return []
    question = screen.shared.question
    return texts_about(round, question, seed_of(group_session_id, question), screen.first, TEXTS_ON_A_SCREEN)


def _unkept(page: Any) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
