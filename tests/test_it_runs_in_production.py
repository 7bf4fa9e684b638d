"""In production, gunicorn serves it behind a proxy: over HTTPS, with nothing about anybody in its log."""

import base64
import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import lms
from lms.database import open_engine
from lms.demonstration import found_demonstration
from lms.mail.mailbox import letters, open_mailbox
from lms.schema import upgrade
from tests.rigs_servers import LMS, Running, Visitor, free_port, running, until

pytestmark = pytest.mark.slow

ORIGIN = "https://kurs.example.no"
PROXY = {"X-Forwarded-For": "203.0.113.77", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "kurs.example.no"}
JOIN = "/join/nyansatt-i-manescenen"
NAME = "Nina Kanarifugl"
GUNICORN = (sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, rendered: Path) -> dict[str, str]:
    """A site that has been set up as docs/running.md says, with a theatre in it."""
    instance = tmp_path_factory.mktemp("site")
    (instance / "cache").symlink_to(rendered)
    set_up = {
        "LMS_INSTANCE": str(instance),
        "LMS_ORIGIN": ORIGIN,
        "LMS_SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
        "LMS_REFLECTION_KEYS": "1:" + base64.b64encode(os.urandom(32)).decode(),
        "LMS_MAIL_FROM": "kurs@example.no",
    }
    app = lms.create_app(set_up)
    with app.app_context():
        upgrade(app.extensions["lms"].engine)
        found_demonstration()
    app.extensions["lms"].engine.dispose()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    return {**kept, **set_up, "LMS_PRODUCTION": "1", "LMS_METRICS": "1"}


@pytest.fixture(scope="module")
def server(site: dict[str, str]) -> Iterator[tuple[Running, str]]:
    """gunicorn with two processes, and where it is."""
    here = f"http://127.0.0.1:{free_port()}"
    with running([*GUNICORN, "--bind", here.removeprefix("http://"), "lms:create_app()"], site) as gunicorn:

        def is_ready() -> bool:
            assert gunicorn.process.poll() is None, gunicorn.errors
            try:
                return Visitor().ask("GET", f"{here}/readyz").status == 200
            except OSError:
                return False

        until(is_ready)
        yield gunicorn, here
        assert gunicorn.end() == 0


@pytest.fixture
def here(server: tuple[Running, str]) -> str:
    return server[1]


@pytest.fixture
def log(server: tuple[Running, str]) -> Callable[[], list[dict[str, Any]]]:
    """What it has logged so far: gunicorn says when it starts in its own words, and everything else is ours."""

    def lines() -> list[dict[str, Any]]:
        said = [line for line in server[0].errors.splitlines() if "[INFO]" not in line]
        return [json.loads(line) for line in said]

    return lines


def joined(here: str) -> Visitor:
    nina = Visitor(PROXY)
    page = nina.get(f"{here}{JOIN}")
    assert nina.send(page, JOIN, name=NAME).status == 200
    return nina


# Behind a proxy


def test_it_says_that_it_is_alive_and_ready(here: str) -> None:
    assert [Visitor().get(f"{here}/{probe}").text for probe in ("healthz", "readyz")] == ["ok\n", "ready\n"]


def test_somebody_joins_over_https(here: str) -> None:
    nina = joined(here)

    assert "Lille Månescenen" in nina.get(f"{here}/").text


def test_cookies_go_over_https_only(here: str) -> None:
    nina = Visitor(PROXY)
    page = nina.get(f"{here}{JOIN}")
    answer = nina.ask("POST", f"{here}{JOIN}", {"csrf_token": token_in(page.text), "name": NAME})
    chosen = nina.ask("POST", f"{here}/language", {"csrf_token": token_in(page.text), "language": "en"})

    assert chosen.status == 303
    for cookie in (answer.headers["Set-Cookie"], chosen.headers["Set-Cookie"]):
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("referer", ["", "https://example.com/join", "http://kurs.example.no/join"])
def test_a_form_from_elsewhere_is_shown_again_and_not_believed(here: str, referer: str) -> None:
    nina = Visitor(PROXY)
    token = token_in(nina.get(f"{here}{JOIN}").text)
    answer = nina.ask("POST", f"{here}{JOIN}", {"csrf_token": token, "name": NAME}, Referer=referer)

    assert answer.status == 422
    assert NAME in answer.text, "what she wrote is still there"


def test_pages_are_safe(here: str) -> None:
    over_https, without = (Visitor(headers).get(f"{here}/") for headers in (PROXY, {}))

    assert "default-src 'none'" in over_https.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in over_https.headers["Content-Security-Policy"]
    assert over_https.headers["X-Content-Type-Options"] == "nosniff"
    assert over_https.headers["Referrer-Policy"] == "same-origin"
    assert over_https.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert without.headers["Strict-Transport-Security"] is None
    assert "no-store" in joined(here).get(f"{here}/me").headers["Cache-Control"]


def test_nobody_is_let_in_as_anybody(here: str) -> None:
    for page in ("/mailbox/", "/demonstration/employee", "/demonstration/facilitator"):
        assert Visitor(PROXY).get(f"{here}{page}").status == 404


def test_files_with_a_fingerprint_are_kept_for_good_and_ask_for_nobody(here: str) -> None:
    nina = joined(here)
    style = re.search(r'href="(/lms/balanse\.css\?v=\w+)"', nina.get(f"{here}/").text)
    assert style
    kept, plain = nina.get(urljoin(here, style[1])), nina.get(f"{here}/lms/balanse.css")

    assert kept.text == plain.text
    assert kept.headers["Content-Type"].startswith("text/css")
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert kept.headers["X-Request-ID"] is None, "it never came as far as Flask"
    assert kept.headers["Vary"] is None
    assert plain.headers["Cache-Control"] == "no-cache"
    assert nina.get(f"{here}/lms/none.css?v=1").status == 404
    assert nina.get(f"{here}/lms/../__init__.py?v=1").status == 404


# What it logs


def test_each_request_has_an_id_that_a_proxy_may_give(here: str, log: Callable[[], list[dict[str, Any]]]) -> None:
    asked = Visitor({**PROXY, "X-Request-ID": "from-the-proxy.1"}).get(f"{here}{JOIN}")
    own = Visitor({**PROXY, "X-Request-ID": 'x" evil\t' + "x" * 70}).get(f"{here}{JOIN}")

    assert asked.headers["X-Request-ID"] == "from-the-proxy.1"
    assert re.fullmatch(r"[0-9a-f]{32}", own.headers["X-Request-ID"])
    for answer in (asked, own):
        (line,) = [line for line in log() if line.get("request") == answer.headers["X-Request-ID"]]
        assert line.pop("ms") > 0
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("at"))
        assert line == {
            "level": "info",
            "log": "lms.requests",
            "said": "answered",
            "status": 200,
            "request": answer.headers["X-Request-ID"],
            "method": "GET",
            "endpoint": "lms.learning.join",
        }


def test_an_error_is_logged_by_its_kind_and_place(
    here: str, site: dict[str, str], log: Callable[[], list[dict[str, Any]]]
) -> None:
    nina = joined(here)
    with sqlite3.connect(Path(site["LMS_INSTANCE"]) / "lms.db", timeout=30) as database:
        database.execute("ALTER TABLE lms_join_link RENAME TO lms_elsewhere")
    try:
        answer = nina.get(f"{here}{JOIN}")
    finally:
        with sqlite3.connect(Path(site["LMS_INSTANCE"]) / "lms.db", timeout=30) as database:
            database.execute("ALTER TABLE lms_elsewhere RENAME TO lms_join_link")
    database.close()

    assert answer.status == 500
    (line,) = [line for line in log() if line["level"] == "error"]
    assert line["request"] == answer.headers["X-Request-ID"]
    assert line["said"].startswith("a request failed: OperationalError\n")
    assert "lms/organisations/ways_in.py" in line["said"]
    assert "no such table" not in line["said"]


def test_nothing_in_the_log_is_about_anybody(here: str, server: tuple[Running, str]) -> None:
    nina = joined(here)
    me = nina.get(f"{here}/me")
    nina.send(me, "/me/addresses", email="kanarifugl@example.no")
    nina.get(f"{here}/sign-in/links/hemmelig-lenke")
    nina.get(f"{here}/no/such/hemmelig/place?name={'Kanarifugl'}")
    said = server[0].errors

    assert "lms.people.new_address" in said
    for personal in ("Kanarifugl", "kanarifugl", "nyansatt-i-manescenen", "hemmelig", "203.0.113.77", "Traceback"):
        assert personal not in said


def test_the_words_of_an_error_hold_no_values(tmp_path: Path) -> None:
    """They end up in a host's log, over which we have no say."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": NAME})
    engine.dispose()

    assert "nowhere" in str(failed.value)
    assert NAME not in str(failed.value)


# What it counts


def counted(here: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", Visitor().get(f"{here}/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_both_processes_count_together(here: str) -> None:
    name = 'lms_requests_total{endpoint="lms.learning.join",method="GET",status="404"}'
    before = counted(here, name)
    for number in range(1, 21):
        assert Visitor().get(f"{here}/join/nobodys-{number}").status == 404
        assert counted(here, name) == before + number

    assert counted(here, name.replace("requests_total", "request_seconds_total")) > 0


def test_numbers_are_about_nobody(here: str) -> None:
    joined(here)
    text = Visitor().get(f"{here}/metrics").text

    assert text.count("\nlms_requests_total{") >= 3
    assert not re.search(r"[Kk]anarifugl|manescenen|203\.0|/", text)


# The worker


def test_the_worker_sends_under_the_sites_own_name_and_ends_when_told(
    here: str, site: dict[str, str], tmp_path: Path
) -> None:
    forged = Visitor({**PROXY, "X-Forwarded-Host": "example.com"})
    page = forged.get(f"{here}{JOIN}")
    forged.send(page, JOIN, name=NAME, email="nina@example.com")
    me = forged.get(f"{here}/me")
    assert forged.send(me, "/me/addresses", email="nina@example.com").status == 200
    with open_mailbox(tmp_path) as port:
        sending = {**site, "LMS_SMTP_HOST": "127.0.0.1", "LMS_SMTP_PORT": str(port)}
        with running([*LMS, "worker"], sending) as worker:
            arrived = until(lambda: [letter for letter in letters(tmp_path) if letter.recipient == "nina@example.com"])
            assert worker.end() == 0

    assert f"{ORIGIN}/confirm/" in arrived[0].text
    assert "example.com/" not in arrived[0].text
    assert all(json.loads(line)["log"].startswith("lms") for line in worker.errors.splitlines())


# Without the extra


def test_without_whitenoise_flask_serves_the_files(site: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "whitenoise", None)
    app = lms.create_app({name: value for name, value in site.items() if name.startswith("LMS_")})
    with app.test_client().get("/lms/balanse.css?v=1") as kept:
        pass
    app.extensions["lms"].engine.dispose()

    assert kept.status_code == 200
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["X-Request-ID"]
