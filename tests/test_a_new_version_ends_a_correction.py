"""A correction lasts until the courses come with another text of their own, and then somebody is asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import lms
from lms.courses.packs import Library
from lms.database import norwegian_day, now
from tests.cast import Theatre, signed_in
from tests.upkeep import HELP, NEW, NEWEST, check, correct, lesson_of


def of_another_version(library: Library, **changed: Any) -> Library:
    """A library whose number for Mental Helse, or the day it was checked, is another one."""
    services = tuple(replace(each, **changed) if each.key == "mental-helse" else each for each in library.help_services)
    return replace(library, help_services=services)


@pytest.fixture
def upgraded(
    app: Flask, open_app: Callable[..., Flask], library: Library, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Flask]:
    """The application in a version that comes with something else about Mental Helse, on the same database."""

    def open_version(**changed: Any) -> Flask:
        monkeypatch.setattr(lms, "read_library", lambda *paths, **options: of_another_version(library, **changed))
        return open_app(app.config["LMS_DATABASE_URL"])

    return open_version


def test_a_new_version_with_another_text_ends_a_correction_and_says_so(
    siv: FlaskClient, app: Flask, theatre: Theatre, upgraded: Callable[..., Flask]
) -> None:
    correct(siv, app, phone=NEW)
    after = upgraded(phone=NEWEST)
    kari, siv = signed_in(after, theatre, "kari"), signed_in(after, theatre, "siv")
    lesson, page, due = kari.get(lesson_of(theatre)).text, siv.get(HELP).text, siv.get("/upkeep?show=due").text

    assert NEWEST in lesson
    assert NEW not in lesson
    assert NEWEST in page
    assert NEW in page
    assert "En ny versjon har avløst rettelsen" in page
    assert 'href="/upkeep/help/mental-helse"' in due
    assert f'value="{NEW}"' in siv.get(f"{HELP}?again=1").text, "to be corrected as before"

    check(siv, after)
    assert "En ny versjon har avløst rettelsen" not in siv.get(HELP).text
    assert 'href="/upkeep/help/mental-helse"' not in siv.get("/upkeep?show=due").text


def test_a_correction_can_be_made_again_in_the_new_version(
    siv: FlaskClient, app: Flask, theatre: Theatre, upgraded: Callable[..., Flask]
) -> None:
    correct(siv, app, phone=NEW)
    after = upgraded(phone=NEWEST)
    correct(signed_in(after, theatre, "siv"), after, phone=NEW)

    assert NEW in signed_in(after, theatre, "kari").get(lesson_of(theatre)).text


def test_a_new_version_that_says_what_the_correction_said_asks_nothing(
    siv: FlaskClient, app: Flask, theatre: Theatre, upgraded: Callable[..., Flask]
) -> None:
    correct(siv, app, phone=NEW)
    after = upgraded(phone=NEW)

    assert 'href="/upkeep/help/mental-helse"' not in signed_in(after, theatre, "siv").get("/upkeep?show=due").text


def test_a_new_day_alone_brings_no_wrong_number_back(
    siv: FlaskClient, app: Flask, theatre: Theatre, upgraded: Callable[..., Flask]
) -> None:
    correct(siv, app, phone=NEW)
    after = upgraded(last_verified=norwegian_day(now()) + timedelta(days=30))

    assert NEW in signed_in(after, theatre, "kari").get(lesson_of(theatre)).text


def test_what_a_new_version_does_without_is_not_forgotten(
    siv: FlaskClient, app: Flask, theatre: Theatre, upgraded: Callable[..., Flask]
) -> None:
    correct(siv, app, phone=NEW)
    assert "ikke lenger er i kursene" not in siv.get("/upkeep").text
    after = upgraded(key="another-line")
    siv = signed_in(after, theatre, "siv")
    page = siv.get("/upkeep").text

    assert "ikke lenger er i kursene" in page
    assert NEW in page
    assert siv.get(HELP).status_code == 404
