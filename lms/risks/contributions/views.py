"""Contributions: employees add to a row, and whoever reads a text that may be a report takes it out of sight."""

from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.organisations.models import Organisation, employee_of, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in
from lms.risks.contributions.models import (
    CONTRIBUTION_LENGTH,
    Contribution,
    NotAsked,
    contribute,
    gathers,
    own_in,
    readable_one,
    readers_in,
    withdraw,
)
from lms.risks.models import Risk, RiskMapping, mapping_in, row_of, rows_of
from lms.risks.words import is_named_in, read_text

bp = Blueprint("risk_contributions", __name__)
CONTRIBUTIONS = "/organisations/<uuid:organisation_id>/risks/contributions"
ONE = f"{CONTRIBUTIONS}/<uuid:contribution_id>"


@bp.get(CONTRIBUTIONS)
def page(organisation_id: UUID) -> Response:
    """Show an employee the rows, and a field for the one she has chosen."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _contributions_page(_workplace(organisation_id), mapping_in(organisation_id))


@bp.post(CONTRIBUTIONS)
def add(organisation_id: UUID) -> Response:
    """Add a text to a row; the address is the same for all rows, so that no log says which."""
    organisation = _workplace(organisation_id)
    mapping = mapping_in(organisation_id, to_change=True) or abort(404)
    risk = _chosen(mapping, request.form.get("row", ""))
    named = request.form.get("name", "")
    if risk is None or named not in ("without", "with"):
        abort(400)
    errors: dict[str, str] = {}
    text = read_text(request.form, "text", errors, CONTRIBUTION_LENGTH)
    if not text:
        errors["text"] = _("Write something first.")
    if not errors:
        try:
            contribute(mapping, risk, text, g.person if named == "with" else None)
        except NotAsked:
            errors["closed"] = _("The period is over. Nothing was saved; you can still say it when you meet.")
    if errors:
        return _contributions_page(organisation, mapping, errors)
    session.commit()
    return redirect(url_for(".page", organisation_id=organisation_id, thanks=1), 303)


@bp.post(f"{ONE}/withdrawal")
def take_back(organisation_id: UUID, contribution_id: UUID) -> Response:
    """Take back a text that has the person's own name."""
    _workplace(organisation_id)
    mapping = mapping_in(organisation_id, to_change=True) or abort(404)
    if not withdraw(mapping, g.person, contribution_id):
        abort(404)
    session.commit()
    return redirect(url_for(".page", organisation_id=organisation_id, taken=1), 303)


@bp.get(ONE)
def one(organisation_id: UUID, contribution_id: UUID) -> Response:
    """Show what to do with a text that may be a report; once it is set aside, without the text."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, _mapping, contribution = _read(organisation_id, contribution_id)
    shown = render_template(
        "lms/risks/may_be_a_report.html",
        organisation=organisation,
        place=organisation,
        contribution=contribution,
        coordinates=True,
        back=url_for("lms.risks.row", organisation_id=organisation_id, risk_id=contribution.risk_id),
        channel_is_hers=is_named_in(organisation.reporting_channel, g.person),
    )
    return make_response(shown)


@bp.post(f"{ONE}/set-aside")
def set_aside(organisation_id: UUID, contribution_id: UUID) -> Response:
    """The text may be a report: take it out of every view and print."""
    _organisation, _mapping, contribution = _read(organisation_id, contribution_id)
    contribution.set_aside(g.person)
    session.commit()
    return redirect(url_for(".one", organisation_id=organisation_id, contribution_id=contribution_id), 303)


@bp.post(f"{ONE}/set-aside/undo")
def take_back_in(organisation_id: UUID, contribution_id: UUID) -> Response:
    """It was no report after all: show it among the others again."""
    _organisation, _mapping, contribution = _read(organisation_id, contribution_id)
    contribution.take_back_in(g.person)
    session.commit()
    there = url_for("lms.risks.row", organisation_id=organisation_id, risk_id=contribution.risk_id)
    return redirect(there, 303)


def _workplace(organisation_id: UUID) -> Organisation:
    """Where the person works."""
    if g.person is None:
        abort(401)
    employee = employee_of(g.person, organisation_id)
    if employee is None or employee.left_at is not None:
        abort(404)
    return session.get_one(Organisation, organisation_id)


def _read(organisation_id: UUID, contribution_id: UUID) -> tuple[Organisation, RiskMapping, Contribution]:
    """A text that the person may read, since she coordinates."""
    if g.person is None:
        abort(401)
    organisation = organisation_coordinated_by(g.person, organisation_id) or abort(404)
    mapping = mapping_in(organisation_id, to_change=request.method == "POST") or abort(404)
    return organisation, mapping, readable_one(mapping, contribution_id) or abort(404)


def _chosen(mapping: RiskMapping, written: str) -> Risk | None:
    try:
        risk = row_of(mapping, UUID(written))
    except ValueError:
        return None
    return risk if risk is not None and risk.removed_at is None else None


def _contributions_page(
    organisation: Organisation, mapping: RiskMapping | None, errors: dict[str, str] | None = None
) -> Response:
    asks = mapping is not None and mapping.asks_for_contributions
    chosen = _chosen(mapping, request.values.get("row", "")) if mapping and asks else None
    shown = render_template(
        "lms/risks/contributions.html",
        organisation=organisation,
        place=organisation,
        mapping=mapping,
        asks=asks,
        gathers=gathers(organisation.id),
        rows=rows_of(mapping) if mapping and asks else [],
        chosen=chosen,
        own=own_in(mapping, g.person) if mapping else [],
        readers=readers_in(organisation.id) if chosen else [],
        written=request.form,
        errors=errors or {},
        locale=language(),
    )
    return make_response(shown, 422 if errors else 200)
