"""Notes from a session for the risk mapping: kept with one press, written, changed, deleted and read."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.group_sessions.models import Follower, GroupSession, followed_session
from lms.languages import _, language
from lms.organisations.invitations import ForgedChoice
from lms.organisations.models import current_round
from lms.organisations.names_left import told_of_change
from lms.people.models import Person
from lms.people.sign_in import must_be_signed_in
from lms.risks.catalogue import catalogue
from lms.risks.contributions.models import readers_in
from lms.risks.models import ChangedMeanwhile, mapping_in
from lms.risks.notes.models import (
    NOTE_LENGTH,
    EnoughNotes,
    SessionNote,
    names_of,
    note_of,
    notes_of,
    write_note,
)
from lms.risks.words import TITLE_LENGTH, read_revision, read_text

bp = Blueprint("risk_notes", __name__)
NOTES = "/organisations/<uuid:organisation_id>/group-sessions/<uuid:group_session_id>/notes"
NOTE = f"{NOTES}/<uuid:note_id>"


@bp.get(NOTES)
def notes(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Show the notes of a session, and a place to write one."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _page(*_followed(organisation_id, group_session_id))


@bp.post(NOTES)
def keep(organisation_id: UUID, group_session_id: UUID) -> Response:
    """Keep a note: from the page of notes, or with one press from the big screen, where it goes on."""
    seen_by, meeting = _followed(organisation_id, group_session_id, "update")
    text, factor, errors = _read()
    if errors:
        return _page(seen_by, meeting, errors)
    try:
        note = write_note(meeting, current_round(organisation_id), text, factor, g.person)
    except EnoughNotes:
        return _page(seen_by, meeting, {"text": _("There are as many notes as you can have. Delete one first.")})
    session.commit()
    if (at := request.form.get("at", "")).isascii() and at.isdecimal() and len(at) < 5:
        look = request.form.get("look") or None
        return redirect(url_for("lms.screen.show", at=int(at), look=look, kept=1, **_named(meeting)), 303)
    return redirect(url_for(".notes", saved=1, **_named(meeting), _anchor=f"note-{note.id}"), 303)


@bp.get(NOTE)
def note(organisation_id: UUID, group_session_id: UUID, note_id: UUID) -> Response:
    """Show one note, to be changed or deleted."""
    if (away := must_be_signed_in()) is not None:
        return away
    seen_by, meeting = _followed(organisation_id, group_session_id)
    one = session.get(SessionNote, (organisation_id, note_id))
    if one is None or one.group_session_id != meeting.id:
        abort(404)
    return _note_page(seen_by, meeting, one)


@bp.post(NOTE)
def change(organisation_id: UUID, group_session_id: UUID, note_id: UUID) -> Response:
    """Keep what was written in place of a note."""
    seen_by, meeting, one = _note_to_change(organisation_id, group_session_id, note_id)
    text, factor, errors = _read()
    if errors:
        return _note_page(seen_by, meeting, one, errors)
    try:
        one.change(text, factor, read_revision(request.form), g.person)
    except ForgedChoice:
        abort(400)
    except ChangedMeanwhile:
        error = _("Somebody else has written here meanwhile. Look at both, and save what you want to keep.")
        error = told_of_change(organisation_id, "note", note_id, read_revision(request.form), error)
        return _note_page(seen_by, meeting, one, {"meanwhile": error})
    session.commit()
    return redirect(url_for(".notes", saved=1, **_named(meeting), _anchor=f"note-{one.id}"), 303)


@bp.post(f"{NOTE}/removal")
def remove(organisation_id: UUID, group_session_id: UUID, note_id: UUID) -> Response:
    """Delete a note for good."""
    _seen_by, meeting, one = _note_to_change(organisation_id, group_session_id, note_id)
    one.remove(g.person)
    session.commit()
    return redirect(url_for(".notes", removed=1, **_named(meeting)), 303)


def _read() -> tuple[str, str | None, dict[str, str]]:
    errors: dict[str, str] = {}
    text = read_text(request.form, "text", errors, NOTE_LENGTH)
    if not text:
        errors["text"] = _("Write what you talked about in the session.")
    factor = request.form.get("factor") or None
    if factor is not None and catalogue().factor(factor) is None:
        abort(400)
    return text, factor, errors


def _followed(
    organisation_id: UUID, group_session_id: UUID, lock: Literal["", "update"] = ""
) -> tuple[Follower, GroupSession]:
    if g.person is None:
        abort(401)
    return followed_session(g.person, organisation_id, group_session_id, lock) or abort(404)


def _note_to_change(
    organisation_id: UUID, group_session_id: UUID, note_id: UUID
) -> tuple[Follower, GroupSession, SessionNote]:
    seen_by, meeting = _followed(organisation_id, group_session_id)
    return seen_by, meeting, note_of(meeting, note_id) or abort(404)


def _named(meeting: GroupSession) -> dict[str, Any]:
    return {"organisation_id": meeting.organisation_id, "group_session_id": meeting.id}


def _page(seen_by: Follower, meeting: GroupSession, errors: Mapping[str, str] | None = None) -> Response:
    found = notes_of(meeting)
    mapping = mapping_in(meeting.organisation_id) if seen_by.coordinates else None
    return _rendered(
        "notes",
        seen_by,
        meeting,
        errors,
        notes=found,
        names=names_of(found),
        mapping=mapping,
        longest_title=TITLE_LENGTH,
    )


def _note_page(
    seen_by: Follower, meeting: GroupSession, one: SessionNote, errors: Mapping[str, str] | None = None
) -> Response:
    return _rendered("note", seen_by, meeting, errors, note=one)


def _rendered(
    name: str, seen_by: Follower, meeting: GroupSession, errors: Mapping[str, str] | None, **words: Any
) -> Response:
    leads = session.get(Person, meeting.facilitator_id) if meeting.facilitator_id else None
    page = render_template(
        f"lms/risks/{name}.html",
        organisation=seen_by.organisation,
        coordinates=seen_by.coordinates,
        meeting=meeting,
        readers=[*readers_in(meeting.organisation_id), *([leads.name] if leads and leads.name else [])],
        factors=catalogue().factors,
        written=request.form,
        errors=errors or {},
        locale=language(),
        **words,
    )
    return make_response(page, 422 if errors else 200)
