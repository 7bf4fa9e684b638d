"""Somebody who has heard of the mark opens the front page, and sees what it is, who holds it and where to begin."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import norwegian_day, now, one_transaction, session
from lms.people.models import Person
from tests.awards import found_holder
from tests.cast import Theatre
from tests.questions import questions
from tests.rigs_browsers import OpenWindow
from tests.spoken import READERS, reading, said

FIRST_VISIT = 25_000


@pytest.fixture
def opera(app: Flask, theatre: Theatre) -> str:
    """Where the holder of the only mark has its page."""
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        award = found_holder("Operaen", siv, norwegian_day(now()), "Oslo", "music", "Vi synger.")
        return f"/register/{award.organisation_id}"


@pytest.mark.parametrize("language", READERS)
def test_it_says_what_the_mark_is_and_the_four_steps(language: str, anonymous: FlaskClient) -> None:
    page = anonymous.get("/", headers=reading(language)).text

    for step in ("Course", "Mapping", "Measures", "Mark"):
        assert f"<strong>{said(language, step)}</strong>" in page
    assert said(language, "Four steps, and then again every two years") in page
    assert said(language, "about %(number)s min", number=90) in page
    assert page.count('class="cover"') == 3


def test_every_way_from_it_leads_somewhere(anonymous: FlaskClient, opera: str) -> None:
    page = anonymous.get("/").text
    ways = {urlsplit(way).path for way in re.findall(r'<a [^>]*href="(/[^"#]*)"', page)}

    assert {"/", "/sign-in", "/register", opera} <= ways
    assert 'action="/register"' in page
    assert 'action="/mark"' in page
    for way in ways:
        assert anonymous.get(way).status_code == 200, way


def test_it_shows_who_holds_the_mark_in_one_question(anonymous: FlaskClient, app: Flask, opera: str) -> None:
    anonymous.get("/")
    with questions(app) as asked:
        page = anonymous.get("/").text

    assert "Vi synger." in page
    assert len(asked) == 1


def test_before_the_first_mark_it_says_so(anonymous: FlaskClient) -> None:
    page = anonymous.get("/", headers=reading("nb")).text

    assert said("nb", "Nobody yet. Whoever comes first will stand here.") in page


def test_it_invites_to_apply_where_that_can_be_done(
    anonymous: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    invites = said("nb", "Apply for the mark")
    can_apply = any(rule.rule == "/apply" for rule in app.url_map.iter_rules())
    assert (invites in anonymous.get("/", headers=reading("nb")).text) is can_apply

    monkeypatch.setattr("lms.journey.views.APPLICATION", "lms.people.sign_in")
    assert invites in anonymous.get("/", headers=reading("nb")).text
    monkeypatch.setattr("lms.journey.views.APPLICATION", "lms.nobody.home")
    assert invites not in anonymous.get("/", headers=reading("nb")).text


@pytest.mark.browser
def test_a_first_visit_is_light(window: OpenWindow, opera: str) -> None:
    opened = window()
    loaded: dict[str, int] = {}
    opened.page.on("response", lambda answer: loaded.update({urlsplit(answer.url).path: len(answer.body())}))
    opened.open("/")
    opened.page.evaluate("document.querySelectorAll('img').forEach((image) => image.scrollIntoView())")
    opened.page.wait_for_load_state("networkidle")
    loaded.pop("/")

    assert len([path for path in loaded if path.endswith(".svg")]) >= 6
    assert sum(loaded.values()) <= FIRST_VISIT, loaded
