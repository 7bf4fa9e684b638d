"""The scheme's own list of holders: looked through row by row, and brought in when somebody has seen what it does."""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.database import session
from lms.languages import _, language
from lms.learning.roster_import.files import read_file, read_list
from lms.learning.roster_import.limits import Unreadable
from lms.people.sign_in import must_be_signed_in
from lms.scheme.holders.bringing_in import bring_in
from lms.scheme.holders.entries import PATTERN, Holder, as_list, read_holders
from lms.scheme.staff import administrator
from lms.sheets import handed_out

bp = Blueprint("holders", __name__)


@bp.get("/scheme/holders")
def form() -> Response:
    """Ask for the list."""
    if (away := must_be_signed_in()) is not None:
        return away
    administrator()
    return make_response(_page())


@bp.get("/scheme/holders/pattern.xlsx")
def pattern() -> Response:
    """Hand out an empty list with the headings we know."""
    if (away := must_be_signed_in()) is not None:
        return away
    administrator()
    return handed_out("xlsx", "balansemerket", _("Holders of the mark"), [PATTERN])


@bp.post("/scheme/holders")
def look_through() -> Response:
    """Say row by row what the list would change; nothing is written."""
    administrator()
    file = request.files.get("file")
    try:
        rows = read_file(file.read()) if file and file.filename else read_list(request.form.get("list", ""))
        # What is looked through is what is brought in: as text, and no longer than can be handed in again.
        text = as_list(rows)
        return make_response(_page(holders=read_holders(read_file(text.encode())), text=text))
    except Unreadable as error:
        return make_response(_page(text=request.form.get("list", ""), error=str(error)), 422)


@bp.post("/scheme/holders/bringing-in")
def carry_out() -> Response:
    """Bring in the rows that are right."""
    by = administrator()
    text = request.form.get("list", "")
    try:
        holders = read_holders(read_file(text.encode()))
    except Unreadable:
        abort(400)
    written = bring_in(holders, by, "invites" in request.form, language())
    session.commit()
    return redirect(url_for(".form", written=written), 303)


def _page(holders: list[Holder] | None = None, text: str = "", error: str = "") -> str:
    by_change: dict[str, list[Holder]] = {change: [] for change in ("wrong", "new", "known", "here")}
    for holder in holders or ():
        by_change[holder.change].append(holder)
    return render_template(
        "lms/scheme/holders/form.html",
        pattern=PATTERN,
        holders=holders,
        by_change=by_change,
        with_address=sum(bool(each.email) for each in [*by_change["new"], *by_change["known"]]),
        text=text,
        error=error,
        written=request.args.get("written", type=int),
    )
