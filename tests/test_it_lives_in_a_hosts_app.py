"""Balanse lives in a host's site, and the host notices nothing but its own link to it."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import time_machine
from flask import Flask, g
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import create_engine, event, select

import lms
from lms.database import now, one_transaction, session
from lms.engines import open_engine
from lms.people.limits import limiter
from lms.people.models import Person
from lms.people.sign_in import OUR_KEY
from lms.schema import upgrade
from lms.serving import host_example

pytestmark = pytest.mark.slow

BOKMÅL = {"Accept-Language": "nb"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def example() -> ModuleType:
    """The host of examples/host."""
    module = host_example()
    assert module is not None
    return module


@pytest.fixture
def host(example: ModuleType, tmp_path: Path) -> Flask:
    app: Flask = example.create_app({"LMS_INSTANCE": tmp_path / "host", "LMS_DATABASE_URL": None})
    return app


@pytest.fixture
def visitor(host: Flask) -> FlaskClient:
    return host.test_client()


def token_in(client: FlaskClient, page: str) -> str:
    found = TOKEN.search(client.get(page).text)
    assert found, page
    return found[1]


def send(client: FlaskClient, page: str, to: str, **form: str) -> Any:
    """Send a form as a browser does: with the token that stood in the page."""
    return client.post(to, data={"csrf_token": token_in(client, page), **form}, headers=BOKMÅL)


def sign_in(client: FlaskClient, number: str) -> None:
    assert send(client, "/", "/sign-in", number=number).status_code == 303


def join(client: FlaskClient, example: ModuleType, name: str) -> str:
    page = f"/kurs/join/{example.JOIN_CODE}"
    answer = send(client, page, page, name=name)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


# The host's people


def test_somebody_of_the_host_joins_by_the_link_and_comes_back_without_signing_in_again(
    host: Flask, visitor: FlaskClient, example: ModuleType
) -> None:
    sign_in(visitor, "17")
    page = visitor.get(f"/kurs/join/{example.JOIN_CODE}", headers=BOKMÅL).text
    assert 'value="Live Strand"' in page, "the host knows her name"
    lesson = join(visitor, example, "Live Strand")
    assert lesson.startswith("/kurs/learn/")

    elsewhere = host.test_client()
    assert elsewhere.get(lesson).status_code == 303
    sign_in(elsewhere, "17")
    assert elsewhere.get(lesson).status_code == 200

    with host.app_context():
        assert session.scalar(select(Person.host_id)) == "17"


def test_who_signs_out_of_the_host_has_left_the_courses(host: Flask, visitor: FlaskClient, example: ModuleType) -> None:
    sign_in(visitor, "17")
    lesson = join(visitor, example, "Live Strand")
    send(visitor, "/", "/sign-out")

    assert visitor.get(lesson).status_code == 303


def test_the_next_one_on_the_same_device_is_not_taken_for_the_last(visitor: FlaskClient, example: ModuleType) -> None:
    sign_in(visitor, "17")
    lesson = join(visitor, example, "Live Strand")
    send(visitor, "/", "/sign-out")
    sign_in(visitor, "42")

    assert visitor.get(lesson).status_code == 303
    join(visitor, example, "Omar Said")
    assert "Live Strand" not in visitor.get(lesson).text


def test_a_guest_without_a_user_joins_too_and_a_hosts_user_after_her_is_not_taken_for_her(
    visitor: FlaskClient, example: ModuleType
) -> None:
    page = f"/kurs/join/{example.JOIN_CODE}"
    assert send(visitor, page, page, name="Gjest").status_code == 200, "she is shown her personal code"
    assert "Live" not in visitor.get("/kurs/").text
    sign_in(visitor, "17")

    assert send(visitor, page, page, name="").status_code == 422, "nobody is known yet"


def test_our_person_lies_under_our_own_key(host: Flask, visitor: FlaskClient, example: ModuleType) -> None:
    sign_in(visitor, "17")
    join(visitor, example, "Live Strand")

    with visitor.session_transaction() as kept:
        assert kept["_user_id"] == "17"
        assert kept[OUR_KEY] != "17"
    assert "Live Strand" in visitor.get("/rota").text


def test_the_login_manager_is_the_hosts(host: Flask, example: ModuleType) -> None:
    assert host.login_manager is example.login_manager  # type: ignore[attr-defined]
    assert example.login_manager._user_callback("17").name == "Live Strand"


def test_whom_the_host_keeps_in_g_is_not_our_person(tmp_path: Path) -> None:
    app = Flask("host")
    theirs = object()
    app.before_request(lambda: setattr(g, "person", theirs))
    mount(app, tmp_path)

    assert app.test_client().get("/kurs/").status_code == 200
    assert app.test_client().get("/kurs/learn/0198c0de-0000-7000-8000-000000000000/norms/").status_code == 303


# The host's pages


def mount(app: Flask, folder: Path, **more: Any) -> Flask:
    """Mount into a bare host, with a database of its own."""
    app.config.update({"SECRET_KEY": "a host's own key, which is long enough", "LMS_INSTANCE": folder, **more})
    app.config.setdefault("LMS_DATABASE_URL", f"sqlite:///{folder / 'bare.db'}")
    app.add_url_rule("/own", "own", lambda: "own", methods=["GET", "POST"])
    lms.LMS(app, url_prefix="/kurs")
    with app.app_context():
        upgrade(app.extensions["lms"].engine)
    return app


def test_our_headers_are_on_our_pages_only(visitor: FlaskClient) -> None:
    own = visitor.get("/")
    ours = visitor.get("/kurs/")

    for header in ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options"):
        assert header not in own.headers
        assert header in ours.headers


def test_the_hosts_requests_meet_none_of_our_doors(host: Flask, visitor: FlaskClient) -> None:
    asked: list[object] = []
    event.listen(host.extensions["lms"].engine, "checkout", lambda *what: asked.append(what))

    visitor.get("/")
    assert asked == []
    for hooks in (host.before_request_funcs, host.after_request_funcs, host.teardown_request_funcs):
        for hook in hooks.get(None, []):
            assert not hook.__module__.startswith("lms"), hook


def test_the_hosts_own_lost_page_stays(visitor: FlaskClient) -> None:
    assert "Intranettet har ingen slik side" in visitor.get("/nowhere", headers=BOKMÅL).text
    ours = visitor.get("/kurs/join/nothing", headers=BOKMÅL)

    assert ours.status_code == 404
    assert "Intranettet har ingen slik side" not in ours.text
    assert "Content-Security-Policy" in ours.headers


def test_every_name_of_ours_stands_under_one(host: Flask) -> None:
    under_the_prefix = {rule.endpoint for rule in host.url_map.iter_rules() if rule.rule.startswith("/kurs")}
    ours = {rule.endpoint for rule in host.url_map.iter_rules() if rule.endpoint.startswith("lms.")}

    assert under_the_prefix == ours
    assert {name for name in host.blueprints if name.split(".")[0] != "lms"} == set()


def test_addresses_and_files_stand_under_the_prefix(host: Flask, visitor: FlaskClient) -> None:
    page = visitor.get("/kurs/").text
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)

    assert {link for link in links if not link.startswith("/kurs/")} == {"/", "/static/courses.css"}
    style = next(link for link in links if "balanse.css" in link)
    with visitor.get(style) as answer:
        assert answer.mimetype == "text/css"


def test_below_an_address_of_the_servers_own_we_come_back_to_where_we_were(visitor: FlaskClient) -> None:
    away = visitor.get(
        "/kurs/learn/0198c0de-0000-7000-8000-000000000000/norms/", environ_overrides={"SCRIPT_NAME": "/huset"}
    )

    assert away.location.startswith("/huset/kurs/sign-in?wanted=/huset/kurs/learn/")


def test_the_host_overrides_a_page_and_the_colours(host: Flask, visitor: FlaskClient) -> None:
    page = visitor.get("/kurs/sign-in", headers=BOKMÅL).text

    assert "Logg inn på intranettet først" in page
    assert page.index("balanse.css") < page.index("courses.css")
    assert "way-back" in page


@pytest.mark.browser
def test_the_colours_take_effect(app: Flask, browser: Any, host: Flask) -> None:
    from tests.rigs_browsers import serving

    with serving(host) as origin:
        for scheme, colour in (("light", "rgb(91, 42, 134)"), ("dark", "rgb(211, 176, 240)")):
            page = browser.new_page(color_scheme=scheme)
            page.goto(f"{origin}/kurs/sign-in")
            assert page.locator(".way-back a").evaluate("link => getComputedStyle(link).color") == colour
            page.close()


def test_the_host_speaks_its_own_language_through_its_own_babel(host: Flask, visitor: FlaskClient) -> None:
    assert "Hvem er du?" in visitor.get("/", headers=BOKMÅL).text
    assert "Who are you?" in visitor.get("/", headers={"Accept-Language": "en"}).text
    sign_in(visitor, "17")
    visitor.get("/kurs/", headers=BOKMÅL)

    assert "Good to see you, Live Strand" in visitor.get("/", headers={"Accept-Language": "en"}).text
    assert 'lang="nn"' in visitor.get("/kurs/", headers={"Accept-Language": "nn"}).text


@pytest.mark.parametrize("extension", [Babel, CSRFProtect, LoginManager])
def test_what_the_host_has_is_not_replaced(extension: Any, tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    name = {"CSRFProtect": "csrf", "Babel": "babel", "LoginManager": "login_manager"}[extension.__name__]
    theirs = extension(app)
    mount(app, tmp_path)

    kept = app.extensions.get(name) or app.login_manager  # type: ignore[attr-defined]
    assert getattr(kept, "instance", kept) is theirs


# Forms


def test_the_hosts_protection_holds_for_our_forms(visitor: FlaskClient, example: ModuleType) -> None:
    refused = visitor.post(f"/kurs/join/{example.JOIN_CODE}", data={"name": "Kari"}, headers=BOKMÅL)

    assert refused.status_code == 422
    assert "Kari" in refused.text


def test_a_form_whose_token_ran_out_comes_back_with_its_text(
    host: Flask, visitor: FlaskClient, example: ModuleType
) -> None:
    host.config["WTF_CSRF_TIME_LIMIT"] = 60
    page = f"/kurs/join/{example.JOIN_CODE}"
    text = "Jeg skrev lenge på dette. " * 10
    with time_machine.travel(now(), tick=False) as clock:
        token = token_in(visitor, page)
        clock.shift(7200)
        late = visitor.post(page, data={"csrf_token": token, "name": text}, headers=BOKMÅL)

        assert late.status_code == 422
        assert text in late.text
        assert late.headers["Cache-Control"] == "no-store"
        again = TOKEN.search(late.text)
        assert again
        assert visitor.post(page, data={"csrf_token": again[1], "name": "Kari"}).status_code == 200


def test_a_host_without_protection_keeps_its_open_forms_and_ours_are_closed(tmp_path: Path) -> None:
    client = mount(Flask("host"), tmp_path).test_client()

    assert client.post("/own").status_code == 200
    assert client.post("/kurs/sign-out").status_code == 422


def test_how_long_a_token_lives_is_the_hosts_to_say(tmp_path: Path) -> None:
    app = mount(Flask("host"), tmp_path)
    CSRFProtect(app)

    assert app.config["WTF_CSRF_TIME_LIMIT"] == 3600
    assert app.config["MAX_CONTENT_LENGTH"] is None


# Limits


def test_limits_hold_for_our_routes_and_not_for_the_hosts(tmp_path: Path) -> None:
    client = mount(Flask("host"), tmp_path, WTF_CSRF_ENABLED=False, RATELIMIT_DEFAULT="1 per hour").test_client()

    assert {client.get("/own").status_code for _ in range(30)} == {200}
    tries = [client.post("/kurs/sign-in", data={"code": "wrong"}).status_code for _ in range(12)]
    assert tries[0] == 422
    assert tries[-1] == 429


def test_two_applications_count_and_keep_for_themselves(
    open_app: Callable[..., Flask], sqlite_url: str, tmp_path: Path
) -> None:
    one = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    (tmp_path / "other").mkdir()
    other = mount(Flask("other"), tmp_path / "other", WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    with one.app_context(), one_transaction():
        session.add(Person(name="Only in one"))
    with other.app_context():
        assert session.scalars(select(Person)).all() == []
        with one.app_context():
            assert session.scalar(select(Person.name)) == "Only in one"
        assert session.scalars(select(Person)).all() == []

    wrong = {"code": "wrong"}
    for _ in range(20):
        last = one.test_client().post("/sign-in", data=wrong).status_code
        assert other.test_client().post("/kurs/sign-in", data=wrong).status_code == 422
    assert last == 429


def test_a_limit_may_guard_a_block(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    with app.test_request_context("/sign-in"):
        guard = limiter.limit("1 per hour", key_func=lambda: "one address")
        with guard:
            pass
        with pytest.raises(lms.TooManyTries):
            guard.__enter__()


# The database


def test_the_host_may_hand_in_its_engine(tmp_path: Path) -> None:
    theirs = create_engine(f"sqlite:///{tmp_path / 'shared.db'}")
    app = Flask("host", instance_path=str(tmp_path))
    app.config["SECRET_KEY"] = "a host's own key, which is long enough"
    lms.LMS(app, url_prefix="/kurs", engine=theirs)
    upgrade(theirs)
    with theirs.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE seat (number INTEGER)")

    def sell() -> str:
        with theirs.begin() as connection:
            connection.exec_driver_sql("INSERT INTO seat VALUES (1)")
            return str(connection.exec_driver_sql("SELECT count(*) FROM seat").scalar())

    app.add_url_rule("/sell", view_func=sell)
    client = app.test_client()
    assert client.get("/kurs/readyz").status_code == 200
    assert client.get("/sell").text == "1", "a host may write whenever it wants"
    theirs.dispose()


def test_the_hosts_tables_are_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE seat (number INTEGER)")
    upgrade(engine)
    with engine.connect() as connection:
        names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    engine.dispose()

    assert {name for name in names if not name.startswith("lms_")} == {"seat"}
