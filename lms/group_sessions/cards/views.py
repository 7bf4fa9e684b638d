"""Conversation cards at the table: to filter, draw, pick, shuffle, show one at a time and print.

Open to everybody: the cards hold nothing private, and nobody stores which ones are drawn.
"""

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.courses.packs import Library
from lms.group_sessions.cards.hand import Deal, deal_from, page_of

bp = Blueprint("cards", __name__, url_prefix="/cards")


@bp.get("")
def browse() -> Response:
    """Show the cards that match, to pick from or draw among."""
    deal = _deal()
    others = [card for card in deal.matching if card not in deal.picks]
    courses = [course for course in _library().courses if course.cards]
    themes = {card.theme.key: card.theme for card in deal.deck}
    page = page_of(others, request.args.get("page", 1, type=int))
    return _page("browse", deal, courses=courses, themes=themes.values(), page=page)


@bp.get("/hand")
def hand() -> Response:
    """Show a hand: what was picked, drawn or shuffled."""
    deal = _deal()
    if deal.unshuffled:
        return redirect(url_for(".hand", **deal.shuffled().address()), 303)
    return _page("hand", deal, page=page_of(deal.hand, request.args.get("page", 1, type=int)))


@bp.get("/one")
def one() -> Response:
    """Show one card of a hand, large enough for a projector."""
    deal = _deal()
    at = min(max(request.args.get("at", 1, type=int), 1), max(len(deal.hand), 1))
    if deal.unshuffled:
        return redirect(url_for(".one", **deal.shuffled().address()), 303)
    return _page("one", deal, at=at)


@bp.get("/sheet")
def sheet() -> Response:
    """Show a hand as sheets to print and cut out."""
    deal = _deal()
    if deal.unshuffled:
        return redirect(url_for(".sheet", **deal.shuffled().address()), 303)
    return _page("sheet", deal)


def _library() -> Library:
    library: Library = current_app.extensions["lms"].library
    return library


def _deal() -> Deal:
    return deal_from(request.args, _library().courses)


def _page(name: str, deal: Deal, **more: Any) -> Response:
    return make_response(render_template(f"lms/group_sessions/cards/{name}.html", deal=deal, **more))
