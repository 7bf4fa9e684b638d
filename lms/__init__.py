"""Balanse: courses, readiness and the way to the mark, alone or mounted in another Flask application."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from lms import languages
from lms.courses.packs import Library, read_library
from lms.courses.upkeep.latest import Latest
from lms.database import forget_session, now, open_engine, session, trouble_with
from lms.group_sessions.brief import duties as brief_duties  # noqa: F401
from lms.group_sessions.calendars import duties as calendar_duties  # noqa: F401
from lms.group_sessions.digest import duties as digest_duties  # noqa: F401
from lms.group_sessions.reminders import duties as reminder_duties  # noqa: F401
from lms.group_sessions.seats import duties as seat_duties  # noqa: F401
from lms.journey import duties as journey_duties  # noqa: F401
from lms.keeping import cache_of
from lms.languages import LANGUAGES, language, ngettext, words_of
from lms.learning import duties  # noqa: F401  the worker asks every room for its duties
from lms.logs import write_lines
from lms.mark.renewal import duties as renewal_duties  # noqa: F401
from lms.measures.evidence import duties as evidence_duties  # noqa: F401
from lms.measures.evidence.receiving import make_room_for_a_file
from lms.measures.guidelines import duties as guideline_duties  # noqa: F401
from lms.measures.year_wheel import duties as year_duties  # noqa: F401
from lms.organisations.profile import OrganisationClosed
from lms.people import duties as people_duties  # noqa: F401
from lms.people.limits import Limits, TooManyTries, limits_of
from lms.people.sign_in import HostUser, PersonFor, device_shared_by, init_sign_in, load_visitor
from lms.risks import duties as risk_duties  # noqa: F401
from lms.rooms import ROOMS
from lms.scheme import duties as scheme_duties  # noqa: F401
from lms.settings import badge_key, check_origin, read_settings, reflection_keys, secret_key
from lms.templating import KeptCode, OneAtATime

__all__ = ["LMS", "HostUser", "TooManyTries", "create_app"]

HERE = Path(__file__).parent
# What our pages need of Flask-WTF, as it sets it itself; how long a token lives is the host's to say.
FORM_SETTINGS = {
    "WTF_CSRF_METHODS": {"POST", "PUT", "PATCH", "DELETE"},
    "WTF_CSRF_FIELD_NAME": "csrf_token",
    "WTF_CSRF_HEADERS": ["X-CSRFToken", "X-CSRF-Token"],
    "WTF_CSRF_SSL_STRICT": True,
}
# A page that is being read tells the time once a minute, and brings its own signed right: nobody asks who visits.
WITHOUT_VISITOR = ("lms.learning.report_time",)
# Mail programs press this button themselves, without a page of ours; the address holds all the right there is.
WITHOUT_TOKEN = ("lms.reminders.stop_now", "lms.digest.stop_now", *WITHOUT_VISITOR)
TOLD_BY_US = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429)
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
FOR_GOOD = "public, max-age=31536000, immutable"
SECONDS_TO_WAIT = 3
LARGEST_REQUEST = 2_000_000

log = logging.getLogger("lms")

# Never given an application: it would guard the host's forms too, which may have no tokens.
csrf = CSRFProtect()


@dataclass(frozen=True)
class State:
    """What the extension keeps for one application."""

    engine: Engine
    library: Library
    latest: Latest
    secret_key: str
    reflection_keys: dict[int, bytes]
    limits: Limits
    mounted: bool
    person_for: PersonFor | None
    addresses: dict[tuple[str, str, str | None], str] = field(default_factory=dict)


class LMS:
    """The extension: mounts every room under one prefix of a host application."""

    def __init__(
        self,
        app: Flask | None = None,
        url_prefix: str = "",
        person_for: PersonFor | None = None,
        engine: Engine | None = None,
    ):
        """Mount at once when an application is given; see `init_app`."""
        if app is not None:
            self.init_app(app, url_prefix, person_for, engine)

    def init_app(
        self,
        app: Flask,
        url_prefix: str = "",
        person_for: PersonFor | None = None,
        engine: Engine | None = None,
        mounted: bool = True,
    ) -> None:
        """Mount the rooms under `url_prefix`; `person_for` says who the host has signed in.

        The host keeps its login manager, CSRF protection, Babel, limits and templates. With an `engine` of the host's,
        transactions are as the host made them; else we open our own on LMS_DATABASE_URL.
        Raises SettingsError or PackError with what to do.
        """
        read_settings(app)
        app.config["SECRET_KEY"] = app.config.get("SECRET_KEY") or secret_key(app)
        for name, value in FORM_SETTINGS.items():
            app.config.setdefault(name, value)
        packs = [Path(path) for path in str(app.config["LMS_COURSE_PATHS"]).split(os.pathsep) if path]
        library = read_library(packs, cache=cache_of(app))
        if app.config["LMS_BADGE_KEY"]:
            badge_key(app)
        engine = engine or open_engine(app.config["LMS_DATABASE_URL"])
        app.extensions["lms"] = State(
            engine=engine,
            library=library,
            latest=Latest(library, engine),
            secret_key=secret_key(app),
            reflection_keys=reflection_keys(app),
            limits=limits_of(app),
            mounted=mounted,
            person_for=person_for,
        )
        languages.init_languages(app)
        init_sign_in(app, mounted)
        app.teardown_appcontext(forget_session)
        app.register_blueprint(_all_rooms(app), url_prefix=url_prefix or None)


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The application alone: a host with nothing in it but us."""
    app = Flask("lms", instance_relative_config=True, static_folder=None, template_folder=None)
    app.jinja_environment = OneAtATime
    app.config.update(config or {})
    read_settings(app)
    app.jinja_options = {"lstrip_blocks": True, "bytecode_cache": KeptCode(cache_of(app))}
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        PERMANENT_SESSION_LIFETIME=timedelta(days=180),
        SESSION_COOKIE_NAME="lms",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.config["LMS_PRODUCTION"],
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    check_origin(app)
    if app.config["LMS_PRODUCTION"]:
        write_lines(app)
    LMS().init_app(app, mounted=False)
    if app.config["LMS_PRODUCTION"]:
        _serve_static_files_first(app)
        app.after_request(_stay_on_https)
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.register_error_handler(404, lambda error: _lost(app, 404))
    app.register_error_handler(405, lambda error: _lost(app, 405))
    return app


def _serve_static_files_first(app: Flask) -> None:
    """Let whitenoise answer for files with a fingerprint, before anybody has been asked who is visiting.

    Where it is not installed, Flask serves them as it serves those without.
    """
    try:
        from whitenoise import WhiteNoise
    except ImportError:
        return

    def add_headers(headers: Any, path: str, url: str) -> None:
        for name, value in {**SAFE_HEADERS, "Cache-Control": FOR_GOOD}.items():
            headers[name] = value

    flask = app.wsgi_app
    files = WhiteNoise(flask, HERE / "static/lms", "lms/", allow_all_origins=False, add_headers_function=add_headers)

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        has_fingerprint = environ.get("QUERY_STRING", "").startswith("v=")
        return (files if has_fingerprint else flask)(environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]


def _lost(app: Flask, status: int) -> Response:
    """A page for an address that leads to no room, and so passes none of the rooms' doors."""
    return _guard(_page_for("missing", status, **_words_for_templates(app.extensions["lms"])))


def _all_rooms(app: Flask) -> Blueprint:
    house = Blueprint("lms", __name__, template_folder="templates", static_folder="static/lms")
    if app.config["LMS_METRICS"]:
        from lms.metrics import count_requests

        count_requests(app, house)
    for room in ROOMS:
        house.register_blueprint(room)
    if app.config["LMS_MAILBOX"]:
        from lms.demonstration import bp as demonstration
        from lms.mail.views import bp as mailbox

        house.register_blueprint(mailbox)
        house.register_blueprint(demonstration)
    house.before_request(_see_who_visits)
    house.before_request(make_room_for_a_file)
    house.before_request(_protect_forms)
    house.after_request(_guard)
    house.context_processor(lambda: _words_for_templates(app.extensions["lms"]))
    house.register_error_handler(CSRFError, _expired_form)
    house.register_error_handler(TooManyTries, lambda error: _page_for("too_many", 429))
    house.register_error_handler(OrganisationClosed, lambda error: _page_for("closed", 409))
    house.register_error_handler(DBAPIError, _busy)
    house.register_error_handler(HTTPException, _http_error)
    # By number too: a host's handler for one number would come before ours for all of them.
    for status in TOLD_BY_US:
        house.register_error_handler(status, _http_error)
    for name, said in languages.FILTERS.items():
        house.app_template_filter(name)(said)
    house.add_url_rule("/healthz", "healthz", _healthy)
    house.add_url_rule("/readyz", "readyz", _ready)
    return house


def _see_who_visits() -> None:
    if request.endpoint in WITHOUT_VISITOR:
        g.person = g.host_user = None
        return
    load_visitor()
    g.lms_language = languages.chosen_language()


def _protect_forms() -> None:
    if request.endpoint in WITHOUT_TOKEN:
        return
    if current_app.config.get("WTF_CSRF_ENABLED", True) and not g.get("csrf_valid"):
        csrf.protect()


def _words_for_templates(state: State) -> dict[str, Any]:
    address = _addresses(state)
    return {
        "_": words_of(language()),
        "url_for": address,
        "ngettext": ngettext,
        "language": language(),
        "languages": LANGUAGES,
        "library": state.library,
        "latest": state.latest,
        "asset": lambda file: _asset(file, address),
        "csrf_token": cache(generate_csrf),
        "now": now,
        "shared_device": device_shared_by(),
        "mounted": state.mounted,
    }


_fingerprints: dict[str, str] = {}


def _addresses(state: State) -> Callable[..., str]:
    """Flask's `url_for` for the templates; a page or file that is the same on every page of ours is looked up once.

    Not where the application we live in puts something of its own into every URL, such as a language or a domain.
    """
    by_domain = current_app.url_map.host_matching or current_app.subdomain_matching
    if by_domain or current_app.url_default_functions or not has_request_context():
        return url_for
    # Never by the host, which whoever asks may call what she likes: what is kept would grow with every name.
    known, root = state.addresses, request.script_root

    def address(endpoint: str, **values: Any) -> str:
        if endpoint.startswith(".") or (values and endpoint != "lms.static"):
            return url_for(endpoint, **values)
        key = root, endpoint, values.get("filename")
        if key not in known:
            known[key] = url_for(endpoint, **values)
        return known[key]

    return address


def _asset(file: str, address: Callable[..., str]) -> str:
    """The URL of a static file with its fingerprint, so that browsers may keep it for good."""
    if file not in _fingerprints:
        _fingerprints[file] = sha256((HERE / "static/lms" / file).read_bytes()).hexdigest()[:10]
    return address("lms.static", filename=file, v=_fingerprints[file])


def _guard(response: Response) -> Response:
    """Headers of every page of ours; the policy lets in nothing but our own files."""
    for name, value in SAFE_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "lms.static":
        response.headers["Cache-Control"] = FOR_GOOD if "v" in request.args else "no-cache"
    elif g.get("person") is not None:
        response.headers.setdefault("Cache-Control", "no-store")
    else:
        response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.add("Vary", "Cookie, Accept-Language")
    return response


def _stay_on_https(response: Response) -> Response:
    """Browsers that have been here once never ask without encryption again: our cookies would not come along."""
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    page = {401: "signed_out", 403: "missing", 404: "missing", 409: "another_person", 413: "too_large"}
    return _page_for(page.get(error.code, "wrong_request"), error.code)


def _expired_form(error: CSRFError) -> Response:
    """The form's token ran out while somebody wrote: tokens are read before anybody has been asked who is visiting."""
    try:
        _see_who_visits()
    except DBAPIError as trouble:
        return _busy(trouble)
    return _page_for("expired_form", 422)


def _busy(error: DBAPIError) -> Response:
    """The database is gone, locked or full: nothing was written, the page says so and tries again by itself.

    Anything else that a database can say is our own mistake and goes on as one.
    """
    session.rollback()
    trouble = trouble_with(error)
    if trouble is None:
        raise error
    log.error("the database could not answer: %s", type(error.orig).__name__)
    g.person = None  # the layout must not ask the database anything
    response = _page_for(trouble, 503, wait=SECONDS_TO_WAIT)
    response.headers["Retry-After"] = str(SECONDS_TO_WAIT)
    return response


def _posted_text() -> list[tuple[str, str]]:
    """What was in the form that could not be kept, so that the page can hold it and send it again."""
    if request.method != "POST":
        return []
    try:
        request.form.keys()
    except RequestEntityTooLarge:
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]


HOLDING_TEXT = ("expired_form", "too_many", "signed_out", "busy", "full")


def _page_for(trouble: str, status: int, **more: Any) -> Response:
    g.setdefault("lms_language", languages.chosen_language())
    written = _posted_text() if trouble in HOLDING_TEXT else []
    response = make_response(render_template("lms/trouble.html", trouble=trouble, written=written, **more), status)
    if written:
        response.headers["Cache-Control"] = "no-store"
    return response


def _healthy() -> Response:
    return Response("ok\n", mimetype="text/plain")


def _ready() -> Response:
    session.execute(text("SELECT 1 FROM lms_person LIMIT 1"))
    return Response("ready\n", mimetype="text/plain")
