"""Numbers over time, for the scheme's staff: as a picture, as tables, and as files."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from lms.languages import _, month_in_words
from lms.organisations.fields import FIELDS, SIZES
from lms.people.lists import Look, read_look
from lms.scheme.staff import staff_reads
from lms.scheme.statistics.counts import Month, months_of, organisations_by_size
from lms.scheme.statistics.picture import picture_of
from lms.sheets import Cell, handed_out

bp = Blueprint("statistics", __name__)
KIND = "<any(csv, xlsx):kind>"


@bp.get("/statistics")
def months() -> Response:
    """Show what has happened month by month, and which organisations there are."""
    if (away := staff_reads()) is not None:
        return away
    look = _look()
    found = months_of(look["field"])
    page = render_template(
        "lms/scheme/statistics/months.html",
        look=look,
        months=found,
        picture=picture_of(found),
        table=organisations_by_size(),
        fields=FIELDS,
        sizes=sizes_in_words(),
    )
    return make_response(page)


@bp.get(f"/statistics/months.{KIND}")
def months_file(kind: str) -> Response:
    """Hand out the months."""
    if (away := staff_reads()) is not None:
        return away
    return handed_out(kind, "balanse-months", _("Month by month"), _months_rows(months_of(_look()["field"])))


@bp.get(f"/statistics/organisations.{KIND}")
def organisations_file(kind: str) -> Response:
    """Hand out how many organisations there are."""
    if (away := staff_reads()) is not None:
        return away
    return handed_out(kind, "balanse-organisations", _("Organisations"), _organisations_rows())


def sizes_in_words() -> dict[str, str]:
    """The classes of size as people write them."""
    words = {key: key.replace("-", "–") for key in SIZES}
    last = list(SIZES)[-1]
    return {**words, last: _("%(number)s or more", number=SIZES[last]), "": _("not known")}


def _look() -> Look:
    return read_look(request.args, field=("", *FIELDS))


def _months_rows(found: Sequence[Month]) -> Iterator[Sequence[Cell]]:
    yield (
        _("Month"),
        _("Applications"),
        _("New organisations"),
        _("Sessions held"),
        _("People who completed a course"),
    )
    for month in found:
        few = _("not over yet") if month.is_running else _("fewer than five")
        people: Cell = few if month.people is None else month.people
        yield month_in_words(month.first), month.applications, month.organisations, month.sessions, people


def _organisations_rows() -> Iterator[Sequence[Cell]]:
    sizes = sizes_in_words()
    yield _("Field"), *sizes.values(), _("In all")
    for field, row in organisations_by_size().items():
        yield str(FIELDS.get(field, _("not known"))), *(row[size] for size in sizes), sum(row.values())
