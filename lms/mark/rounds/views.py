"""The rounds an organisation has walked, to be read and printed by its coordinators and whoever follows it."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, g, make_response, render_template
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now
from lms.languages import language
from lms.mark.plan_read import plan_read
from lms.mark.rounds.walked import rounds_of
from lms.measures.evidence.showing import organisation_reviewed_by
from lms.measures.evidence.troubles import what_is_wrong
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.people.sign_in import must_be_signed_in

bp = Blueprint("rounds", __name__)
ROUNDS = "/organisations/<uuid:organisation_id>/rounds"


@dataclass(frozen=True)
class _Reader:
    """Somebody who looks back: a coordinator of the organisation, or a facilitator who follows it."""

    organisation: Organisation
    coordinates: bool


@bp.get(ROUNDS)
def index(organisation_id: UUID) -> Response:
    """Show the rounds, the newest first, each with what came of it."""
    if (away := must_be_signed_in()) is not None:
        return away
    reader = _reader(organisation_id)
    return _page("rounds", reader, rounds=rounds_of(organisation_id))


@bp.get(f"{ROUNDS}/<uuid:round_id>")
def show(organisation_id: UUID, round_id: UUID) -> Response:
    """Show one round: its plan with what became of each measure, and where its mapping and its award are."""
    if (away := must_be_signed_in()) is not None:
        return away
    reader = _reader(organisation_id)
    walked = next((each for each in rounds_of(organisation_id) if each.round.id == round_id), None) or abort(404)
    read = plan_read(organisation_id, round_id)
    return _page("round", reader, walked=walked, read=read, file_at=None, what_is_wrong=what_is_wrong)


def _reader(organisation_id: UUID) -> _Reader:
    organisation = organisation_coordinated_by(g.person, organisation_id)
    if organisation is not None:
        return _Reader(organisation, True)
    return _Reader(organisation_reviewed_by(g.person, organisation_id) or abort(404), False)


def _page(name: str, reader: _Reader, **words: object) -> Response:
    page = render_template(
        f"lms/mark/{name}.html",
        organisation=reader.organisation,
        coordinates=reader.coordinates,
        today=norwegian_day(now()),
        locale=language(),
        **words,
    )
    return make_response(page)
