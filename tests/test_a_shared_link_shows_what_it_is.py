"""Whoever gets a link in a chat sees what it leads to: a title, a sentence and a picture, and nothing of anybody's."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.organisations.models import JoinLink, current_round
from lms.people.models import Person
from tests.cast import Theatre, cast_in
from tests.packs import write_pack

META = re.compile(r'<meta (?:property|name)="((?:og|twitter):[a-z:]+|description)"\s+content="([^"]*)">')
ROBOT = {"User-Agent": "Slackbot-LinkExpanding 1.0"}


def preview(client: FlaskClient, path: str, **headers: str) -> dict[str, str]:
    """What a page says of itself to those who show links."""
    page = client.get(path, headers={**ROBOT, **headers}).text
    return {name: unescape(content) for name, content in META.findall(page)}


@pytest.fixture
def door(theatre: Theatre) -> str:
    return f"/join/{theatre.join_code}"


@pytest.mark.parametrize(
    ("language", "place", "title"),
    [
        ("", "nb_NO", "Velkommen til kursene til Teatret Vårt"),
        ("nn", "nn_NO", "Velkomen til kursa til Teatret Vårt"),
        ("en", "en_GB", "Welcome to the courses of Teatret Vårt"),
    ],
)
def test_a_join_link_says_who_invites_in_the_readers_language(
    language: str, place: str, title: str, anonymous: FlaskClient, door: str
) -> None:
    shown = preview(anonymous, door, **({"Accept-Language": language} if language else {}))

    assert (shown["og:locale"], shown["og:title"]) == (place, title)
    assert shown["og:description"] == shown["description"]
    assert "Teatret Vårt" in shown["description"]
    assert shown["og:url"] == f"http://localhost{door}"
    assert shown["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize("page", ["/", None], ids=["front", "join"])
def test_the_picture_can_be_fetched_by_anybody_and_is_as_large_as_it_says(
    page: str | None, anonymous: FlaskClient, door: str
) -> None:
    shown = preview(anonymous, page or door)
    address = urlsplit(shown["og:image"])
    picture = anonymous.get(address.path)

    assert (address.scheme, address.netloc) == ("http", "localhost")
    assert picture.content_type == shown["og:image:type"] == "image/png"
    width, height = int.from_bytes(picture.data[16:20]), int.from_bytes(picture.data[20:24])
    assert (str(width), str(height)) == (shown["og:image:width"], shown["og:image:height"]) == ("1200", "630")
    assert len(picture.data) < 20_000
    assert shown["og:image:alt"]


def test_the_picture_is_of_the_course_behind_the_link(anonymous: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        session.add(JoinLink(organisation_id=theatre.id, label="Styret", courses=["norms"], code="styrets-lenke"))

    assert preview(anonymous, "/join/styrets-lenke")["og:image"].endswith("/norms/social.png")


def test_addresses_stand_under_the_one_that_is_set(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")
    theatre = cast_in(app)
    shown = preview(app.test_client(), f"/join/{theatre.join_code}", Host="evil.example.com")

    assert shown["og:url"] == f"https://kurs.example.no/join/{theatre.join_code}"
    assert shown["og:image"].startswith("https://kurs.example.no/learn/images/")


def test_courses_without_a_preview_are_shown_without_a_picture(
    open_app: Callable[..., Flask], sqlite_url: str, tmp_path: Path
) -> None:
    write_pack(tmp_path / "packs" / "sound")
    app = open_app(sqlite_url, LMS_COURSE_PATHS=str(tmp_path / "packs"))
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        session.add(JoinLink(organisation_id=theatre.id, label="Lyd", courses=["sound"], code="lydens-lenke"))
    with app.app_context(), one_transaction():
        current_round(theatre.id).courses = ["sound"]
    shown = preview(app.test_client(), "/join/lydens-lenke")

    assert shown["twitter:card"] == "summary"
    assert "og:image" not in shown


def test_pages_of_somebodys_own_say_nothing_of_themselves(kari: FlaskClient, theatre: Theatre) -> None:
    for page in ("/", "/me", f"/learn/{theatre.id}/harassment/", f"/learn/{theatre.id}/harassment/welcome"):
        assert preview(kari, page) == {}, page


def test_a_link_that_is_closed_tells_nobody_whose_it_was(anonymous: FlaskClient, app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        mona = session.get_one(Person, theatre.people["mona"])
        session.get_one(JoinLink, (theatre.id, theatre.join_link_id)).revoke(mona)

    assert preview(anonymous, f"/join/{theatre.join_code}") == {}
