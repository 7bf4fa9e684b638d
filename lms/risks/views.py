"""The risk mapping, for the coordinators who fill it in: open, write row by row, look at it whole, deliver."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import now, session
from lms.languages import _, clock_time, in_words, language
from lms.learning.together import count_ratings, ratings_in
from lms.organisations.events import record
from lms.organisations.invitations import ForgedChoice, Invalid, read_last_day
from lms.organisations.models import Organisation, current_round, hold_roster, organisation_coordinated_by
from lms.organisations.names_left import ErasedMeanwhile, are_left_in, left_at, told_of_change, told_of_erasure
from lms.people.names import ERASED
from lms.people.sign_in import must_be_signed_in
from lms.risks.changes import RiskChange, changes_waiting
from lms.risks.contributions.models import TooFew, ask_until, gathers, readable_in, stop_asking
from lms.risks.delivery import (
    ChoicesLeft,
    NothingToDeliver,
    Standing,
    deliver,
    form_of,
    mapping_of,
)
from lms.risks.history import history_of, rows_with_a_choice_to_make, who_wrote
from lms.risks.models import (
    MOST_ROWS,
    ChangedMeanwhile,
    EnoughRows,
    MappingClosed,
    Risk,
    RiskMapping,
    mapping_in,
    open_mapping,
    row_of,
    rows_of,
)
from lms.risks.notes.models import notes_about
from lms.risks.outcome.before import form_before
from lms.risks.picture import picture_of
from lms.risks.set_aside import without_set_aside
from lms.risks.words import FIELDS, FRAMING, Row, read_revision, read_text, read_title

bp = Blueprint("risks", __name__)
bp.add_app_template_filter(lambda day: in_words(date.fromisoformat(day)), "day_in_words")
MAPPING = "/organisations/<uuid:organisation_id>/risks"
ROW = f"{MAPPING}/<uuid:risk_id>"


@bp.get(MAPPING)
def show(organisation_id: UUID) -> Response:
    """Show the mapping: the picture, the rows, and what is left to do."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _mapping_page(_organisation(organisation_id))


@bp.post(MAPPING)
def open_(organisation_id: UUID) -> Response:
    """Open the mapping of the round, with what people have said in the lessons."""
    organisation = _organisation(organisation_id)
    hold_roster(organisation.id)
    _mapping, opened = open_mapping(organisation.id, g.person)
    if opened:
        count_ratings(current_round(organisation.id), current_app.extensions["lms"].library.courses)
        record(organisation.id, "risk_mapping.opened", by=g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id), 303)


@bp.post(f"{MAPPING}/ratings")
def count_again(organisation_id: UUID) -> Response:
    """Bring in what people have said in the lessons since."""
    organisation, _mapping = _mapping_to_change(organisation_id)
    count_ratings(current_round(organisation.id), current_app.extensions["lms"].library.courses)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, saved="ratings", _anchor="rows"), 303)


@bp.post(f"{MAPPING}/framing")
def frame(organisation_id: UUID) -> Response:
    """Answer the three questions that frame the rows."""
    organisation, mapping = _mapping_to_change(organisation_id)
    errors: dict[str, str] = {}
    answers = {name: read_text(request.form, name, errors) for name in FRAMING}
    try:
        based_on = read_revision(request.form)
        if errors:
            return _mapping_page(organisation, errors)
        mapping.answer_framing(without_set_aside(mapping, answers), based_on)
    except ForgedChoice:
        abort(400)
    except MappingClosed:
        return _mapping_page(organisation, {"closed": _closed()})
    except ChangedMeanwhile:
        told = _("Somebody else has written here meanwhile.")
        told = told_of_change(organisation.id, "framing", mapping.id, based_on, told)
        return _mapping_page(organisation, {"framing": told})
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, saved="framing", _anchor="framing"), 303)


@bp.post(f"{MAPPING}/own")
def add_own(organisation_id: UUID) -> Response:
    """Add a risk factor of the organisation's own."""
    organisation, mapping = _mapping_to_change(organisation_id)
    errors: dict[str, str] = {}
    title = read_title(request.form.get("title", ""), errors)
    if errors:
        return _mapping_page(organisation, errors)
    try:
        row = mapping.add_own(title, g.person)
    except MappingClosed:
        return _mapping_page(organisation, {"closed": _closed()})
    except EnoughRows:
        return _mapping_page(organisation, {"title": _("There are as many rows as you can have. Take one out first.")})
    session.commit()
    return redirect(url_for(".row", organisation_id=organisation.id, risk_id=row.id), 303)


@bp.post(f"{MAPPING}/contribution-period")
def ask(organisation_id: UUID) -> Response:
    """Ask employees for contributions until a day, or stop asking."""
    organisation, mapping = _mapping_to_change(organisation_id)
    errors: dict[str, str] = {}
    try:
        if "stop" in request.form:
            stop_asking(mapping, g.person)
        elif (until := read_last_day(request.form.get("last_day", ""), errors)) is not None:
            ask_until(mapping, until, g.person)
        else:
            errors.setdefault("last_day", _("Write the last day on which people can contribute."))
    except MappingClosed:
        errors["closed"] = _closed()
    except TooFew:
        errors["last_day"] = _("You are fewer than five, so nothing is gathered in writing. Talk about it instead.")
    if errors:
        return _mapping_page(organisation, errors)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, saved="period", _anchor="contributions"), 303)


@bp.get(f"{MAPPING}/form")
def form(organisation_id: UUID) -> Response:
    """Show the whole form as it would be delivered now; it prints well."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _form_page(_organisation(organisation_id))


@bp.post(f"{MAPPING}/delivery")
def hand_over(organisation_id: UUID) -> Response:
    """Deliver the form to the scheme."""
    organisation, mapping = _mapping_to_change(organisation_id)
    if mapping.closed_at is None:
        try:
            deliver(mapping, rows_of(mapping), ratings_in(organisation.id, mapping.round_id), g.person)
        except NothingToDeliver:
            return _form_page(organisation, _("There is nothing to deliver yet. Talk through some of the rows first."))
        except ChoicesLeft:
            return _form_page(organisation, _("In some rows two texts wait for a choice. Choose first."))
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id), 303)


@bp.get(ROW)
def row(organisation_id: UUID, risk_id: UUID) -> Response:
    """Show one row: what people have said, what stands there, and who wrote it."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation = _organisation(organisation_id)
    standing = mapping_of(organisation.id)
    risk = row_of(standing.mapping, risk_id) if standing.mapping else None
    return _row_page(organisation, standing, risk or abort(404))


@bp.post(ROW)
def write(organisation_id: UUID, risk_id: UUID) -> Response:
    """Keep what somebody has written in a row; where two have written, both texts wait for a choice."""
    organisation, mapping, risk = _row_to_change(organisation_id, risk_id)
    try:
        written = Row.read(request.form, own=risk.factor is None)
        mapping.must_be_open()
    except ForgedChoice:
        abort(400)
    except Invalid as error:
        return _row_page(organisation, mapping_of(organisation.id), risk, error.errors)
    except MappingClosed:
        return _row_page(organisation, mapping_of(organisation.id), risk, {"closed": _closed()})
    try:
        wanted = without_set_aside(risk, written.for_row(risk.owner))
        waits = risk.change(wanted, written.based_on, g.person, told_at=written.told_at)
    except ErasedMeanwhile as erased:
        errors = {"erased": told_of_erasure(), **dict.fromkeys(erased.fields, _("Leave her name out here."))}
        return _row_page(organisation, mapping_of(organisation.id), risk, errors)
    session.commit()
    if waits is not None:
        return redirect(url_for(".row", organisation_id=organisation.id, risk_id=risk.id, _anchor="choice"), 303)
    return redirect(url_for(".row", organisation_id=organisation.id, risk_id=risk.id, saved=1), 303)


@bp.post(f"{ROW}/autosave")
def keep(organisation_id: UUID, risk_id: UUID) -> Response:
    """Keep what somebody is writing in a row, as its page asks while she writes; say in words how it went."""
    _organisation, mapping, risk = _row_to_change(organisation_id, risk_id)
    try:
        written = Row.read(request.form, own=risk.factor is None)
        mapping.must_be_open()
    except ForgedChoice:
        abort(400)
    except Invalid:
        return make_response(jsonify(told=_("Not saved. Press “Save the row” to see what to correct.")), 422)
    except MappingClosed:
        return make_response(jsonify(told=_closed()), 422)
    # Two things are said with a button, not by writing: that she comes back to the row later, and that she has looked
    # at what she wrote since somebody was erased.
    wanted = without_set_aside(risk, {**written.for_row(risk.owner), "postponed": risk.postponed})
    try:
        waits = risk.change(wanted, written.based_on, g.person, while_writing=True)
    except ErasedMeanwhile:
        told = _("Not saved: somebody has been erased whose name stood here. Press “Save the row” to see where.")
        return make_response(jsonify(told=told), 422)
    told = _("Saved at %(time)s.", time=clock_time(now()))
    there = {**risk.values, "owner": "" if risk.owner == ERASED else risk.owner}
    others = {field: there[field] or "" for field in FIELDS if risk.values[field] != wanted[field]}
    if waits is not None:
        told = _("Somebody else has written here meanwhile. Both texts are saved until one of you chooses.")
    elif others:
        told = " ".join((told, _("Somebody else has written in another field; you see it here now.")))
    session.commit()
    return jsonify(told=told, revision=risk.revision, others=others, waits=waits is not None)


@bp.post(f"{ROW}/choices/<uuid:change_id>")
def choose(organisation_id: UUID, risk_id: UUID, change_id: UUID) -> Response:
    """Choose between two texts that were written at the same time."""
    organisation, mapping, risk = _row_to_change(organisation_id, risk_id)
    waiting = session.get(RiskChange, (organisation.id, change_id))
    if waiting is None or waiting.risk_id != risk.id or waiting.revision is not None:
        abort(404)
    clashing = risk.clashing_with(waiting)
    picked = {field: request.form.get(field, "") for field in clashing}
    if not set(picked.values()) <= {"there", "hers", "both"}:
        return _row_page(organisation, mapping_of(organisation.id), risk, {"choice": _("Choose one in each line.")})
    try:
        mapping.must_be_open()
        risk.choose(waiting, picked, read_revision(request.form), g.person)
    except ForgedChoice:
        abort(400)
    except MappingClosed:
        return _row_page(organisation, mapping_of(organisation.id), risk, {"closed": _closed()})
    except ChangedMeanwhile:
        again = _("Somebody else has written here meanwhile. Look again, and choose.")
        return _row_page(organisation, mapping_of(organisation.id), risk, {"choice": again})
    session.commit()
    return redirect(url_for(".row", organisation_id=organisation.id, risk_id=risk.id, saved=1), 303)


@bp.post(f"{ROW}/removal")
def remove(organisation_id: UUID, risk_id: UUID) -> Response:
    """Take an own risk factor out of the form."""
    organisation, mapping, risk = _row_to_change(organisation_id, risk_id)
    if risk.factor is not None:
        abort(404)
    if mapping.closed_at is None:
        risk.remove(g.person)
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="rows"), 303)


@bp.post(f"{ROW}/removal/undo")
def put_back(organisation_id: UUID, risk_id: UUID) -> Response:
    """Have the row in the form again."""
    organisation, mapping, risk = _row_to_change(organisation_id, risk_id)
    if mapping.closed_at is None and len(rows_of(mapping)) < MOST_ROWS:
        risk.put_back()
    session.commit()
    return redirect(url_for(".show", organisation_id=organisation.id, _anchor="rows"), 303)


def _organisation(organisation_id: UUID) -> Organisation:
    if g.person is None:
        abort(401)
    return organisation_coordinated_by(g.person, organisation_id) or abort(404)


def _mapping_to_change(organisation_id: UUID) -> tuple[Organisation, RiskMapping]:
    organisation = _organisation(organisation_id)
    return organisation, mapping_in(organisation.id, to_change=True) or abort(404)


def _row_to_change(organisation_id: UUID, risk_id: UUID) -> tuple[Organisation, RiskMapping, Risk]:
    organisation, mapping = _mapping_to_change(organisation_id)
    return organisation, mapping, row_of(mapping, risk_id) or abort(404)


def _closed() -> str:
    return _("The mapping has been delivered and can't be changed now. Nothing was saved.")


def _mapping_page(organisation: Organisation, errors: Mapping[str, str] | None = None) -> Response:
    standing = mapping_of(organisation.id)
    mapping, words = standing.mapping, dict[str, Any]()
    if mapping is not None:
        rows = rows_of(mapping)
        texts: dict[UUID, int] = {}
        for contribution, _name in readable_in(mapping):
            texts[contribution.risk_id] = texts.get(contribution.risk_id, 0) + 1
        words = {
            "rows": rows,
            "removed": rows_of(mapping, removed=True),
            "picture": picture_of([row.values for row in rows]),
            "clashes": rows_with_a_choice_to_make(mapping),
            "ratings": ratings_in(organisation.id, mapping.round_id),
            "texts": texts,
            "notes": notes_about(organisation.id, mapping.round_id, None),
            "compares": form_before(organisation.id) is not None,
        }
    return _page("mapping", organisation, standing, errors, gathers=gathers(organisation.id), **words)


def _row_page(
    organisation: Organisation, standing: Standing, risk: Risk, errors: Mapping[str, str] | None = None
) -> Response:
    mapping = standing.mapping or abort(404)
    rows = rows_of(mapping)
    place = next((place for place, row in enumerate(rows) if row.id == risk.id), None)
    waiting = changes_waiting(risk)
    return _page(
        "row",
        organisation,
        standing,
        errors,
        risk=risk,
        number=None if place is None else place + 1,
        before=rows[place - 1] if place else None,
        after=rows[place + 1] if place is not None and place + 1 < len(rows) else None,
        rated=ratings_in(organisation.id, mapping.round_id).get(risk.factor or ""),
        texts=readable_in(mapping, risk),
        notes=notes_about(organisation.id, mapping.round_id, risk.factor) if risk.factor else [],
        waiting=[(change, risk.clashing_with(change)) for change in waiting],
        history=history_of(risk),
        names=who_wrote(risk),
        left=left_at(organisation.id, "risk", risk.id),
    )


def _form_page(organisation: Organisation, error: str = "") -> Response:
    standing = mapping_of(organisation.id)
    mapping = standing.mapping or abort(404)
    rows = rows_of(mapping)
    whole = form_of(mapping, rows, ratings_in(organisation.id, mapping.round_id))
    return _page(
        "form",
        organisation,
        standing,
        {"deliver": error} if error else None,
        form=whole,
        picture=picture_of(whole["rows"]),
        undecided=sum(row.state != "done" for row in rows),
        names_are_left=are_left_in(organisation.id, "risk", "framing"),
    )


def _page(
    name: str, organisation: Organisation, standing: Standing, errors: Mapping[str, str] | None, **words: Any
) -> Response:
    page = render_template(
        f"lms/risks/{name}.html",
        organisation=organisation,
        standing=standing,
        mapping=standing.mapping,
        written=request.form,
        errors=errors or {},
        locale=language(),
        **words,
    )
    return make_response(page, 422 if errors else 200)
