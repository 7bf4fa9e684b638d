"""Delivered mappings: a facilitator's queue, and the frozen form she accepts or returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in
from lms.risks.delivery import AlreadyDecided, decide
from lms.risks.models import Risk, RiskMapping, hold_mapping, mapping_in, row_of
from lms.risks.reviews.queue import answered_lately, delivery_for, delivery_in, newest_for, waiting_for
from lms.risks.reviews.showing import delivery_page
from lms.risks.set_aside import row_in, set_aside, set_aside_answer
from lms.risks.words import FRAMING, TEXTS, is_named_in, read_text

bp = Blueprint("risk_reviews", __name__)
REPORT = "/organisations/<uuid:organisation_id>/risks/<uuid:risk_id>/report"
FRAMING_REPORT = "/organisations/<uuid:organisation_id>/risks/framing/report"
DELIVERY = "/organisations/<uuid:organisation_id>/risks/deliveries/<uuid:delivery_id>"


@bp.get("/risk-mappings")
def queue() -> Response:
    """Show a facilitator the mappings that wait for her answer."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    page = request.args.get("page", 1, type=int)
    waiting, more = waiting_for(g.person, max(1, min(page, 1000)))
    shown = render_template(
        "lms/risks/queue.html", waiting=waiting, answered=answered_lately(g.person), page=page, more=more
    )
    return make_response(shown)


@bp.get(DELIVERY)
def delivered(organisation_id: UUID, delivery_id: UUID) -> Response:
    """Show a form as it was delivered, to those who delivered it and whoever answers it."""
    if (away := must_be_signed_in()) is not None:
        return away
    delivery = delivery_for(g.person, organisation_id, delivery_id) if g.person.is_facilitator else None
    reviews = delivery is not None
    if delivery is None and organisation_coordinated_by(g.person, organisation_id) is not None:
        delivery = delivery_in(organisation_id, delivery_id)
    return delivery_page(delivery or abort(404), reviews)


@bp.post(f"{DELIVERY}/decision")
def answer(organisation_id: UUID, delivery_id: UUID) -> Response:
    """Accept the form, or return it with what to look at again."""
    if g.person is None:
        abort(401)
    if not g.person.is_facilitator:
        abort(404)
    delivery = delivery_for(g.person, organisation_id, delivery_id) or abort(404)
    verdict = request.form.get("verdict", "")
    if verdict not in ("accepted", "returned"):
        abort(400)
    hold_mapping(organisation_id, delivery.delivered.mapping_id)
    errors: dict[str, str] = {}
    comment = read_text(request.form, "comment", errors)
    written = {
        row["id"]: read_text(request.form, f"comment-{row['id']}", errors) for row in delivery.delivered.form["rows"]
    }
    comments = {row: text for row, text in written.items() if text}
    if verdict == "returned" and not (comment or comments or errors):
        errors["comment"] = _("Say what to look at again, here or at a row.")
    if errors:
        return delivery_page(delivery, True, errors)
    try:
        decide(delivery.delivered, verdict, comment, comments, g.person)
    except AlreadyDecided:
        session.rollback()
        told = {"decided": _("Somebody has answered this form meanwhile; that answer stands.")}
        return delivery_page(delivery_for(g.person, organisation_id, delivery_id) or abort(404), True, told)
    session.commit()
    return redirect(url_for(".delivered", organisation_id=organisation_id, delivery_id=delivery_id), 303)


@bp.get(REPORT)
def report(organisation_id: UUID, risk_id: UUID) -> Response:
    """Show what to do with a text of a row that may be a report."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _report_page(_reader(organisation_id, risk_id))


@bp.get(FRAMING_REPORT)
def framing_report(organisation_id: UUID) -> Response:
    """Show what to do with an answer to the framing questions that may be a report."""
    if (away := must_be_signed_in()) is not None:
        return away
    return _report_page(_reader(organisation_id))


def _report_page(reader: "_Reader") -> Response:
    page = render_template(
        "lms/risks/may_be_a_report.html",
        organisation=reader.organisation,
        place=reader.organisation,
        coordinates=reader.coordinates,
        texts=reader.texts,
        back=reader.back,
        channel_is_hers=is_named_in(reader.organisation.reporting_channel, g.person),
        taken_out="taken" in request.args,
    )
    return make_response(page)


@bp.post(REPORT)
def take_out(organisation_id: UUID, risk_id: UUID) -> Response:
    """Take a text of a row out of the form, its history and what has been delivered."""
    if g.person is None:
        abort(401)
    reader = _reader(organisation_id, risk_id, to_change=True)
    field = request.form.get("field", "")
    if field not in TEXTS:
        abort(400)
    if field in reader.texts and reader.risk is not None:
        set_aside(reader.mapping, reader.risk, field, g.person)
    session.commit()
    return redirect(url_for(".report", organisation_id=organisation_id, risk_id=risk_id, taken=1), 303)


@bp.post(FRAMING_REPORT)
def take_out_answer(organisation_id: UUID) -> Response:
    """Take an answer to the framing questions out of the form and what has been delivered."""
    if g.person is None:
        abort(401)
    reader = _reader(organisation_id, to_change=True)
    field = request.form.get("field", "")
    if field not in FRAMING:
        abort(400)
    if field in reader.texts:
        set_aside_answer(reader.mapping, field, g.person)
    session.commit()
    return redirect(url_for(".framing_report", organisation_id=organisation_id, taken=1), 303)


@dataclass(frozen=True)
class _Reader:
    """Somebody who reads a row, or without one the framing answers: a coordinator, or a facilitator once delivered."""

    organisation: Organisation
    mapping: RiskMapping
    risk: Risk | None
    texts: Mapping[str, str]
    coordinates: bool
    back: str


def _reader(organisation_id: UUID, risk_id: UUID | None = None, to_change: bool = False) -> _Reader:
    mapping = mapping_in(organisation_id, to_change=to_change) or abort(404)
    risk = (row_of(mapping, risk_id) or abort(404)) if risk_id else None
    organisation = organisation_coordinated_by(g.person, organisation_id)
    if organisation is not None:
        if risk is None:
            back = url_for("lms.risks.show", organisation_id=organisation_id, _anchor="framing")
            answers = {name: getattr(mapping, name) for name in FRAMING}
            return _Reader(organisation, mapping, None, _texts(answers), True, back)
        back = url_for("lms.risks.row", organisation_id=organisation_id, risk_id=risk_id)
        return _Reader(organisation, mapping, risk, _texts(risk.values), True, back)
    if not g.person.is_facilitator:
        abort(404)
    newest = newest_for(g.person, organisation_id, mapping.id) or abort(404)
    form = newest.delivered.form
    row = (row_in(form, risk_id) or abort(404)) if risk_id else form["framing"]
    back = url_for(".delivered", organisation_id=organisation_id, delivery_id=newest.delivered.id)
    return _Reader(newest.organisation, mapping, risk, _texts(row), False, back)


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {field: row[field] for field in (*TEXTS, *FRAMING) if row.get(field)}
