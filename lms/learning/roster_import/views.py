"""Ways into the roster for many at once: by hand, as a list or a file; the dry run; and undoing it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _
from lms.learning.roster.people import head_count, look_at, teams_in
from lms.learning.roster_import.carrying_out import carry_out
from lms.learning.roster_import.columns import (
    FIELDS,
    HEADING_IS_AMONG,
    heading_cells,
    read_columns,
    samples,
    skipped_rows,
)
from lms.learning.roster_import.comparison import KINDS, WRITTEN, Comparison
from lms.learning.roster_import.drafts import (
    Look,
    answer,
    choose_leaving,
    compared,
    draft_by_hand,
    draft_of,
    screenful,
)
from lms.learning.roster_import.export import WIDTHS, roster_table
from lms.learning.roster_import.files import read_file, read_list
from lms.learning.roster_import.limits import MOST_PEOPLE, Unreadable, in_thousands
from lms.learning.roster_import.models import RosterDraft, RosterImport, last_import, own_draft
from lms.learning.roster_import.undoing import outlook_of_undoing, undo
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import Organisation, current_round, hold_roster, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in
from lms.sheets import handed_out

bp = Blueprint("roster_import", __name__)
PEOPLE = "/organisations/<uuid:organisation_id>/people"
DRAFT = f"{PEOPLE}/lists/<uuid:draft_id>"


@bp.get(f"{PEOPLE}/new")
def ways_in(organisation_id: UUID) -> Response:
    """Ask for people: one by hand, a list, or a file."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _ways_in_page(_organisation(organisation_id))


@bp.post(f"{PEOPLE}/new")
def add(organisation_id: UUID) -> Response:
    """Add one person, at once if nobody can be mistaken for her."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    try:
        draft = draft_by_hand(organisation.id, g.person, request.form)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _ways_in_page(organisation, error.errors)
    comparison = compared(draft)
    if not comparison.of("new"):
        session.commit()
        return _to_draft(draft)
    carry_out(comparison, current_round(organisation.id), g.person)
    session.delete(draft)
    session.commit()
    return redirect(url_for(".ways_in", organisation_id=organisation.id, added=1, _anchor="by-hand"), 303)


@bp.post(f"{PEOPLE}/lists")
def hand_in_list(organisation_id: UUID) -> Response:
    """Take a pasted list, and show what it would change."""
    organisation = _organisation(organisation_id)
    try:
        rows = read_list(request.form.get("list", ""))
    except Unreadable as error:
        return _ways_in_page(organisation, {"list": str(error)})
    draft = draft_of(organisation.id, g.person, "list", rows)
    session.commit()
    return _to_draft(draft)


@bp.post(f"{PEOPLE}/files")
def hand_in_file(organisation_id: UUID) -> Response:
    """Take a file, and show what it would change."""
    organisation = _organisation(organisation_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _ways_in_page(organisation, {"file": _("Choose a file first.")})
    try:
        rows = read_file(file.read())
    except Unreadable as error:
        return _ways_in_page(organisation, {"file": str(error)})
    draft = draft_of(organisation.id, g.person, "file", rows)
    session.commit()
    return _to_draft(draft)


@bp.get(DRAFT)
def dry_run(organisation_id: UUID, draft_id: UUID) -> Response:
    """Show what a list would change, before anything is changed."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, draft = _draft(organisation_id, draft_id)
    return _dry_run_page(organisation, draft)


@bp.post(f"{DRAFT}/columns")
def set_columns(organisation_id: UUID, draft_id: UUID) -> Response:
    """Say which column is which."""
    organisation, draft = _draft(organisation_id, draft_id)
    try:
        draft.heading, draft.columns = read_columns(request.form, draft)
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _dry_run_page(organisation, draft, error.errors)
    session.commit()
    return _to_draft(draft)


@bp.post(f"{DRAFT}/answers")
def answer_questions(organisation_id: UUID, draft_id: UUID) -> Response:
    """Say who the rows are about where the list leaves it open."""
    _organisation_here, draft = _draft(organisation_id, draft_id)
    try:
        answer(draft, compared(draft), request.form)
    except ForgedChoice:
        abort(400)
    session.commit()
    return _to_draft(draft, **Look.read(request.args).but())


@bp.post(f"{DRAFT}/departures")
def say_who_left(organisation_id: UUID, draft_id: UUID) -> Response:
    """Say who of those the list does not name have left."""
    _organisation_here, draft = _draft(organisation_id, draft_id)
    try:
        choose_leaving(draft, compared(draft), request.form)
    except ForgedChoice:
        abort(400)
    session.commit()
    return _to_draft(draft, kind="missing")


@bp.post(f"{DRAFT}/application")
def apply(organisation_id: UUID, draft_id: UUID) -> Response:
    """Carry the list out as it was shown; if the roster has changed since, show it anew instead."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    draft = own_draft(organisation.id, draft_id, g.person)
    if draft is None:  # an impatient finger has pressed twice
        return redirect(url_for(".undoing", organisation_id=organisation.id), 303)
    comparison = compared(draft)
    if request.form.get("seal", "") != comparison.seal:
        return _dry_run_page(organisation, draft, {"seal": _roster_has_changed()}, comparison)
    if not comparison.writes:
        return _dry_run_page(organisation, draft, {"seal": _("There is nothing to carry out.")}, comparison)
    carry_out(comparison, current_round(organisation.id), g.person)
    session.delete(draft)
    session.commit()
    return redirect(url_for(".undoing", organisation_id=organisation.id, done=1), 303)


@bp.post(f"{DRAFT}/removal")
def throw_away(organisation_id: UUID, draft_id: UUID) -> Response:
    """Forget a list without carrying it out."""
    organisation, draft = _draft(organisation_id, draft_id)
    session.delete(draft)
    session.commit()
    return redirect(url_for(".ways_in", organisation_id=organisation.id), 303)


@bp.get(f"{PEOPLE}/lists/last")
def undoing(organisation_id: UUID) -> Response:
    """Show what the last list did, and what undoing it would take back."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _undoing_page(_organisation(organisation_id))


@bp.post(f"{PEOPLE}/lists/last/undo")
def undo_last(organisation_id: UUID) -> Response:
    """Undo the last list; only that one, which the page was about."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    last = last_import(organisation.id)
    if last is None or request.form.get("import") != str(last.id):
        return _undoing_page(
            organisation, {"import": _("Another list has been carried out or undone since. Look again.")}
        )
    undo(last, current_round(organisation.id), g.person)
    session.commit()
    return redirect(url_for(".undoing", organisation_id=organisation.id, undone=1), 303)


@bp.get(f"{PEOPLE}.<any(csv, xlsx):kind>")
def roster_file(organisation_id: UUID, kind: str) -> Response:
    """Give out the roster, or the part of it that was looked for, as a file that can be handed in again."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    library = current_app.extensions["lms"].library
    rows = roster_table(current_round(organisation.id), look_at(request.args), library)
    return handed_out(kind, _("roster"), _("Roster"), rows, WIDTHS)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(404)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _draft(organisation_id: UUID, draft_id: UUID) -> tuple[Organisation, RosterDraft]:
    organisation = _organisation(organisation_id)
    return organisation, own_draft(organisation.id, draft_id, g.person) or abort(404)


def _to_draft(draft: RosterDraft, **look: Any) -> Response:
    return redirect(url_for(".dry_run", organisation_id=draft.organisation_id, draft_id=draft.id, **look), 303)


def _roster_has_changed() -> str:
    return _("The roster or your answers have changed since you looked. Nothing has been written. Look again.")


def _ways_in_page(organisation: Organisation, errors: dict[str, str] | None = None) -> Response:
    return _page(
        "ways_in",
        errors,
        organisation=organisation,
        head_count=head_count(organisation.id),
        last=last_import(organisation.id),
        teams=teams_in(organisation.id),
        most_people=in_thousands(MOST_PEOPLE),
    )


def _dry_run_page(
    organisation: Organisation,
    draft: RosterDraft,
    errors: dict[str, str] | None = None,
    comparison: Comparison | None = None,
) -> Response:
    comparison, look = comparison or compared(draft), Look.read(request.args)
    return _page(
        "dry_run",
        errors,
        organisation=organisation,
        draft=draft,
        comparison=comparison,
        look=look,
        shown=screenful(comparison, look),
        kinds=(*KINDS, "missing"),
        writing=WRITTEN,
        fields=FIELDS,
        heading=heading_cells(draft),
        first_rows=draft.rows[:HEADING_IS_AMONG],
        skipped=skipped_rows(draft),
        samples=[samples(draft, place) for place in range(len(draft.columns))],
    )


def _undoing_page(organisation: Organisation, errors: dict[str, str] | None = None) -> Response:
    last: RosterImport | None = last_import(organisation.id)
    outlook = outlook_of_undoing(last, g.person) if last else None
    return _page("undoing", errors, organisation=organisation, last=last, outlook=outlook)


def _page(name: str, errors: dict[str, str] | None, **words: Any) -> Response:
    page = render_template(
        f"lms/learning/roster_import/{name}.html", errors=errors or {}, written=request.form, **words
    )
    return make_response(page, 422 if errors else 200)
