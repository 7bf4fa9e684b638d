"""The event log of an organisation: for its coordinators, and for the scheme's staff without employees' names."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import Blueprint, abort, g, make_response, render_template, request
from werkzeug.wrappers import Response

from lms.database import norwegian_day, session
from lms.languages import _, clock_time
from lms.organisations.models import Organisation, organisation_coordinated_by
from lms.people.lists import Look, read_look
from lms.people.sign_in import must_be_signed_in
from lms.scheme.log.lines import LogLine, log_of, whole_log
from lms.scheme.log.words import GROUP_NAMES
from lms.sheets import Cell, handed_out

bp = Blueprint("event_log", __name__)
LOG = "/organisations/<uuid:organisation_id>/log"


@bp.get(LOG)
def show(organisation_id: UUID) -> Response:
    """Show who did what, the newest first."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, coordinates = _reader(organisation_id)
    look = _look()
    page = render_template(
        "lms/scheme/log/log.html",
        organisation=organisation,
        coordinates=coordinates,
        look=look,
        log=log_of(organisation.id, look, coordinates),
        groups=GROUP_NAMES,
    )
    return make_response(page)


@bp.get(f"{LOG}.<any(csv, xlsx):kind>")
def file(organisation_id: UUID, kind: str) -> Response:
    """Hand the log out as a file."""
    if (away := must_be_signed_in()) is not None:
        return away
    organisation, coordinates = _reader(organisation_id)
    lines = whole_log(organisation.id, _look()["group"], coordinates)
    return handed_out(kind, "balanse-log", _("What has happened"), _rows(lines, coordinates))


def _look() -> Look:
    return read_look(request.args, group=tuple(GROUP_NAMES))


def _reader(organisation_id: UUID) -> tuple[Organisation, bool]:
    """The organisation, and whether it is a coordinator of it who asks."""
    organisation = organisation_coordinated_by(g.person, organisation_id)
    if organisation is not None:
        return organisation, True
    if not g.person.is_facilitator:
        abort(404)
    return session.get(Organisation, organisation_id) or abort(404), False


def _rows(lines: Sequence[LogLine], with_names: bool) -> Iterator[Sequence[Cell]]:
    about = (_("About"),) if with_names else ()
    yield _("Day"), _("Time"), _("Who"), _("What"), *about
    for line in lines:
        about = (line.about,) if with_names else ()
        yield norwegian_day(line.at), clock_time(line.at), line.who, line.what, *about
