"""The pages on which the scheme's staff keeps facts and help services true."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.courses.packs import Library
from lms.courses.upkeep.entries import HOLDS_FOR, Entry, corrections_left_over, entries_of, with_words, words_of
from lms.courses.upkeep.models import all_revisions, history_of
from lms.courses.upkeep.search import lessons_in, look_at, screenful
from lms.courses.upkeep.writing import LENGTHS, fields_of, read_words
from lms.database import norwegian_day, now, session
from lms.languages import _
from lms.organisations.invitations import Invalid
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("upkeep", __name__)
ENTRY = "/upkeep/<any(facts, help):kind>/<entry_key>"


@bp.get("/upkeep")
def index() -> Response:
    """Show every help service and fact, what is due for checking first."""
    if (away := must_be_signed_in()) is not None:
        return away
    _must_be_staff()
    library, today = _packs(), norwegian_day(now())
    search, revisions = look_at(library, request.args), all_revisions()
    entries = entries_of(library, revisions)
    page = render_template(
        "lms/courses/upkeep/index.html",
        search=search,
        screenful=screenful(library, entries, search, today),
        number=len(entries),
        due=sum(entry.is_due(today) for entry in entries),
        next_due=min((entry.last_verified for entry in entries), default=today) + HOLDS_FOR + timedelta(days=1),
        today=today,
        left_over=corrections_left_over(entries, revisions),
    )
    return make_response(page)


@bp.get(ENTRY)
def entry(kind: str, entry_key: str) -> Response:
    """Show one of them in every language, with its history, and let it be corrected."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _entry_page(_entry(kind, entry_key))


@bp.post(f"{ENTRY}/check")
def check(kind: str, entry_key: str) -> Response:
    """Note that somebody has looked it up today, and that it holds."""
    found = _entry(kind, entry_key)
    if request.form.get("seen") != found.seen:
        return _entry_page(found, {"seen": _changed_meanwhile()})
    found.confirm(g.person)
    _keep()
    if "stay" in request.form:
        return _back_to(found, "checked")
    search = look_at(_packs(), request.args)
    return redirect(url_for(".index", done="checked", **search.but(page=search.page)), 303)


@bp.post(f"{ENTRY}/correction")
def correct(kind: str, entry_key: str) -> Response:
    """Let readers get other words, until a new version of the courses has other words itself."""
    found = _entry(kind, entry_key)
    try:
        words = read_words(found.shown, request.form)
    except Invalid as error:
        return _entry_page(found, error.errors)
    is_shown, has_seen = words == words_of(found.shown), request.form.get("seen") == found.seen
    if is_shown and has_seen:
        return _entry_page(found, {"same": _("Nothing is different from what readers get now. Does it still hold?")})
    if not is_shown:
        if not has_seen:
            return _entry_page(found, {"seen": _changed_meanwhile()})
        found.correct(words, g.person)
        _keep()
    return _back_to(found, "corrected")


@bp.post(f"{ENTRY}/correction/undo")
def withdraw(kind: str, entry_key: str) -> Response:
    """Let readers get the text of the courses again."""
    found = _entry(kind, entry_key)
    if found.is_corrected and request.form.get("seen") != found.seen:
        return _entry_page(found, {"seen": _changed_meanwhile()})
    found.withdraw(g.person)
    _keep()
    return _back_to(found, "withdrawn")


def _must_be_staff() -> None:
    if g.person is None:
        abort(401)
    if not g.person.is_facilitator:
        abort(404)


def _packs() -> Library:
    library: Library = current_app.extensions["lms"].library
    return library


def _entry(kind: str, key: str) -> Entry:
    """The entry as the database has it now, and not as this process found it half a minute ago."""
    _must_be_staff()
    entries = entries_of(_packs(), all_revisions())
    return next((each for each in entries if (each.kind, each.key) == (kind, key)), None) or abort(404)


def _keep() -> None:
    session.commit()
    current_app.extensions["lms"].latest.look_again()


def _back_to(entry: Entry, done: str) -> Response:
    return redirect(url_for(".entry", kind=entry.kind, entry_key=entry.key, done=done), 303)


def _changed_meanwhile() -> str:
    return _("Somebody changed this while you had the page open. Read what it says now, and press again.")


def _entry_page(entry: Entry, errors: dict[str, str] | None = None) -> Response:
    again = entry.lapsed if "again" in request.args else None
    written: Mapping[str, str] = fields_of(again or entry.shown)
    words: dict[str, Any] = {
        "entry": entry,
        "written": {**written, **request.form.to_dict()} if errors else written,
        "errors": errors or {},
        "history": history_of(entry.kind, entry.key),
        "today": norwegian_day(now()),
        "lessons": [
            (course, lesson)
            for course, lesson in lessons_in(_packs())
            if entry.kind == "facts" and entry.key in lesson.facts
        ],
        "lengths": LENGTHS,
        "with_words": with_words,
    }
    return make_response(render_template("lms/courses/upkeep/entry.html", **words), 422 if errors else 200)
