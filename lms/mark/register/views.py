"""The public register of those who hold the mark: pages to look in, and the same for other programs."""

from hashlib import sha256
from uuid import UUID

from flask import Blueprint, abort, json, make_response, render_template, request, session
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now
from lms.languages import LANGUAGES, speaking
from lms.mark.register.feeds import as_atom, as_json
from lms.mark.register.holders import SHOWS, SORTS, found_by, holder_with, lately, years_offered
from lms.organisations.fields import FIELDS
from lms.organisations.profile import PLACE_LENGTH
from lms.people.letters import absolute
from lms.people.lists import Look, read_look

bp = Blueprint("register", __name__)
IN_THE_FEED = 50
FEEDS_KEPT = "public, max-age=300"


@bp.get("/register")
def index() -> Response:
    """Show who holds the mark, with what they say about themselves."""
    today = norwegian_day(now())
    look = _look()
    found = found_by(look, today)
    return _page(
        "register", look=look, found=found, fields=FIELDS, years=[(year, year) for year in years_offered(today)[1:]]
    )


@bp.get("/register/<uuid:organisation_id>")
def organisation(organisation_id: UUID) -> Response:
    """Show one organisation: what it does, and what has become of each of its awards."""
    holder = holder_with(organisation_id, norwegian_day(now())) or abort(404)
    return _page("organisation", holder=holder)


@bp.get("/register.json")
def as_data() -> Response:
    """The same list for other programs, whoever they belong to."""
    look = _look()
    found = found_by(look, norwegian_day(now()))
    response = _kept(json.dumps(as_json(found.holders, look), ensure_ascii=False).encode(), "application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/register/feed.atom")
def feed() -> Response:
    """What is new in the register, for whoever follows it."""
    wanted = request.args.get("language", "")
    with speaking(wanted if wanted in LANGUAGES else "nb"):
        return _kept(as_atom(lately(norwegian_day(now()), IN_THE_FEED)), "application/atom+xml")


def _look() -> Look:
    return read_look(
        request.args,
        field=["", *FIELDS],
        place=["", request.args.get("place", "")[:PLACE_LENGTH]],
        year=years_offered(norwegian_day(now())),
        show=SHOWS,
        sort=SORTS,
    )


def _page(name: str, **values: object) -> Response:
    page = render_template(f"lms/mark/{name}.html", absolute=absolute, **values)
    response = make_response(page)
    # The form's token is another one each second; for its owner it stays good as long as what it was made from.
    lasting = page.replace(generate_csrf(), str(session.get("csrf_token", "")))
    response.set_etag(sha256(lasting.encode()).hexdigest()[:20], weak=True)
    return response.make_conditional(request)


def _kept(body: bytes, kind: str) -> Response:
    response = make_response(body)
    response.content_type = f"{kind}; charset=utf-8"
    response.headers["Cache-Control"] = FEEDS_KEPT
    response.set_etag(sha256(body).hexdigest()[:20])
    return response.make_conditional(request)
