"""A new hire opens the link her employer has sent, and is in the first lesson a minute later."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from playwright.sync_api import expect
from sqlalchemy import func, select

from lms.database import one_transaction, session
from lms.learning.models import Enrolment
from lms.learning.places import count_anew
from lms.organisations.models import Employee, JoinLink
from lms.people.models import NAME_LENGTH, Address, Person
from tests.at_once import all_at_once
from tests.at_the_door import PERSONAL_CODE, names_of_everybody, places_of, places_taken
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import letters_to
from tests.rigs_browsers import OpenWindow
from tests.spoken import READERS, reading, said

FESTIVAL = "festivalens-egen-lenke"


@pytest.fixture
def newcomer(app: Flask, theatre: Theatre) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def door(theatre: Theatre) -> str:
    return f"/join/{theatre.join_code}"


@pytest.fixture
def festival_door(app: Flask, theatre: Theatre) -> str:
    """A link into the other organisation, where Ola works."""
    with app.app_context(), one_transaction():
        place = session.scalars(select(Employee).where(Employee.person_id == theatre.people["ola"])).one()
        session.add(
            JoinLink(organisation_id=place.organisation_id, label="Festivalens folk", team="Rigg", code=FESTIVAL)
        )
    return f"/join/{FESTIVAL}"


# Three pages and one field


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_three_page_loads_and_one_field_to_the_first_lesson(
    scripts: bool, window: OpenWindow, app: Flask, door: str
) -> None:
    opened = window(scripts=scripts)
    loaded: list[str] = []
    opened.page.on(
        "response", lambda answer: loaded.append(answer.url) if answer.request.is_navigation_request() else None
    )
    page = opened.open(door)
    assert page.locator("main [required]").count() == 1
    page.get_by_label(said("nb", "Your name")).fill("Nina Ny")
    page.get_by_role("button", name=said("nb", "Begin")).click()
    page.get_by_role("link", name=said("nb", "To the first lesson")).click()

    expect(page).to_have_url(re.compile("/harassment/welcome$"))
    expect(page.locator("#lesson-form")).to_be_visible()
    assert len(loaded) == 3
    assert opened.complaints == []
    assert len(places_of(app, "Nina Ny")) == 1


@pytest.mark.parametrize("language", READERS)
def test_she_reads_who_invites_and_what_is_stored(language: str, newcomer: FlaskClient, door: str) -> None:
    page = newcomer.get(door, headers=reading(language)).text

    assert said(language, "Welcome to the courses of %(organisation)s", organisation="Teatret Vårt") in page
    for stored in (
        "Your organisation sees whether you have begun and completed each course. Nothing more.",
        "What you write in the courses is encrypted, and only you can read it.",
        "This is not a reporting channel.",
    ):
        assert said(language, stored) in page
    assert page.count("<h1") == 1


def test_looking_at_the_invitation_stores_nothing(newcomer: FlaskClient, app: Flask, door: str) -> None:
    before = names_of_everybody(app)
    newcomer.get(door)
    newcomer.head(door)

    assert names_of_everybody(app) == before


def test_without_an_address_her_code_takes_her_on_elsewhere(newcomer: FlaskClient, app: Flask, door: str) -> None:
    welcome = newcomer.post(door, data={"name": "Nina Ny"})
    code = PERSONAL_CODE.search(welcome.text)
    assert code
    assert welcome.headers["Cache-Control"] == "no-store"

    elsewhere = app.test_client()
    assert elsewhere.post("/sign-in", data={"code": code[1]}).status_code == 303
    assert "Nina Ny" in elsewhere.get("/").text
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Address)) == 0


def test_an_address_brings_a_letter_and_opens_nothing_yet(newcomer: FlaskClient, app: Flask, door: str) -> None:
    welcome = newcomer.post(door, data={"name": "Nina Ny", "email": " Nina@Example.no "}, headers=reading("nb"))

    assert PERSONAL_CODE.search(welcome.text), "the code is hers all the same"
    assert "nina@example.no" in welcome.text
    assert len(letters_to(app, "nina@example.no")) == 1
    with app.app_context():
        assert session.scalars(select(Address.confirmed_at)).all() == [None]


@pytest.mark.parametrize("language", READERS)
def test_a_mistyped_address_comes_back_to_be_corrected(
    language: str, newcomer: FlaskClient, app: Flask, door: str
) -> None:
    before = names_of_everybody(app)
    for written in ("nina", "nina@", "nina@example..no", f"{'n' * 250}@example.no", "n\0@example.no"):
        answer = newcomer.post(door, data={"name": "Nina Ny", "email": written}, headers=reading(language))

        assert answer.status_code == 422
        advice = "This does not look like an e-mail address. Correct it, or leave the field empty."
        assert said(language, advice) in answer.text
        assert 'value="Nina Ny"' in answer.text
        assert str(escape(written)) in answer.text
    assert names_of_everybody(app) == before


# Names


@pytest.mark.parametrize("language", READERS)
def test_a_name_too_long_comes_back_with_what_to_do(
    language: str, newcomer: FlaskClient, app: Flask, door: str
) -> None:
    before = names_of_everybody(app)
    for name in ("x" * 10_000, "🎭" * 10_000, "a" * (NAME_LENGTH + 1)):
        answer = newcomer.post(door, data={"name": name}, headers=reading(language))

        assert answer.status_code == 422
        assert said(language, "The name can have at most %(number)s characters.", number=NAME_LENGTH) in answer.text
        assert f'value="{name}"' in answer.text
    assert names_of_everybody(app) == before
    assert newcomer.post(door, data={"name": "🎭" * NAME_LENGTH}).status_code == 200


def test_a_name_of_nothing_is_no_name(newcomer: FlaskClient, kari: FlaskClient, door: str) -> None:
    for name in ("", "   ", "\u202e\u2066", "\0\x07\x1b", "\u2028"):
        answer = newcomer.post(door, data={"name": name}, headers=reading("en"))

        assert answer.status_code == 422, ascii(name)
        assert "Write your name, so that your organisation can see who has completed the course." in answer.text
        assert kari.post("/me/name", data={"name": name}).status_code == 422, ascii(name)


NAMES = {
    "Ærlig Øst-Åsen": "Ærlig Øst-Åsen",
    "Anne\u00a0Lise": "Anne Lise",
    "👩🏽‍🎤 Zoë": "👩🏽‍🎤 Zoë",
    "محمد علي": "محمد علي",
    "שרה": "שרה",
    "नीना": "नीना",
    "Ni\0na\x07\nNy\r\n": "Ni na Ny",
    "\u202eaniN\u202c \u2067Ny": "aniN Ny",
    'O\'Hara "Bo" & Co': 'O\'Hara "Bo" & Co',
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "{{ 7 * 7 }} %(name)s": "{{ 7 * 7 }} %(name)s",
}


def test_every_name_is_kept_as_it_is_written_and_shown_safely(
    database_url: str, open_app: Callable[..., Flask]
) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    door = f"/join/{theatre.join_code}"
    kari = signed_in(app, theatre, "kari")
    for typed, kept in NAMES.items():
        newcomer = app.test_client()
        assert newcomer.post(door, data={"name": typed}).status_code == 200
        assert kari.post("/me/name", data={"name": typed}).status_code == 303
        assert names_of_everybody(app).count(kept) == 2

        shown = str(escape(kept))
        for visitor, page in ((newcomer, "/"), (newcomer, "/me"), (newcomer, door), (kari, "/me")):
            text = visitor.get(page).text
            assert shown in text, page
            assert "<script>alert" not in text
    readiness = signed_in(app, theatre, "mona").get(f"/organisations/{theatre.id}/readiness").text
    assert [kept for kept in NAMES.values() if str(escape(kept)) not in readiness] == []
    assert "<script>alert" not in readiness


# Somebody we know


def test_somebody_who_is_in_already_goes_on_and_takes_no_place(
    kari: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    used = places_taken(app, theatre)
    page = kari.get(door).text
    answers = [kari.post(door) for _ in range(3)]

    assert "Kari Berg" in page
    assert 'id="name"' not in page
    assert {answer.status_code for answer in answers} == {303}
    assert answers[0].location == f"/learn/{theatre.id}/harassment/welcome"
    assert len(places_of(app, "Kari Berg")) == 1
    assert places_taken(app, theatre) == used


def test_somebody_who_had_left_comes_back_as_an_employee_with_what_she_had_done(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    with app.app_context(), one_transaction():
        second = session.get_one(Employee, (theatre.id, theatre.employees["kari"]))
        second.role = "coordinator"
        session.flush()
        first = session.get_one(Employee, (theatre.id, theatre.employees["mona"]))
        first.leave()
        count_anew(first)
    assert mona.get(f"/organisations/{theatre.id}/readiness").status_code == 404
    assert mona.get(f"/learn/{theatre.id}/norms/").status_code == 404

    assert mona.post(door).status_code == 303

    (back,) = places_of(app, "Mona Haug")
    assert (back.id, back.role, back.left_at) == (theatre.employees["mona"], "employee", None)
    assert mona.get(f"/learn/{theatre.id}/norms/").status_code == 200
    assert mona.get(f"/organisations/{theatre.id}/readiness").status_code == 404, "a kept link gives no keys back"
    with app.app_context():
        counted = session.execute(
            select(Enrolment.course, Enrolment.counts_as).where(Enrolment.employee_id == back.id)
        ).all()
    assert sorted(map(tuple, counted)) == [("harassment", "staff"), ("norms", "staff")]


def test_a_link_of_another_organisation_shows_nothing_of_this_one(
    kari: FlaskClient, ola: FlaskClient, app: Flask, theatre: Theatre, festival_door: str
) -> None:
    stranger = app.test_client()
    seen = [stranger.get(festival_door).text, kari.get(festival_door).text]
    stranger.post(festival_door, data={"name": "Fia Festival"})
    kari.post(festival_door)
    place = places_of(app, "Fia Festival")[0].organisation_id
    seen += [
        stranger.get(page).text for page in ("/", "/me", f"/learn/{place}/norms/", f"/learn/{place}/norms/welcome")
    ]
    seen += [ola.get(f"/organisations/{place}/readiness").text, ola.get(f"/organisations/{place}/join-links").text]

    for page in seen:
        for ours in ("Teatret Vårt", "Mona Haug", theatre.join_code, "Verneombudet", str(theatre.id)):
            assert ours not in page
    assert stranger.get(f"/learn/{theatre.id}/norms/").status_code == 404
    assert ola.get(f"/organisations/{theatre.id}/readiness").status_code == 404
    assert {employee.organisation_id for employee in places_of(app, "Kari Berg")} == {place, theatre.id}


# Two presses, two people


def test_two_presses_on_the_button_are_one_person(database_url: str, open_app: Callable[..., Flask]) -> None:
    """A slow net and an impatient finger: the browser lets go of the first answer and shows the second."""
    app = open_app(database_url)
    theatre = cast_in(app)
    door = f"/join/{theatre.join_code}"
    form = {"name": "Nina Ny", "email": "nina@example.no", "entry": entry_in(app.test_client().get(door).text)}
    phones = [app.test_client() for _ in range(4)]

    answers = all_at_once([partial(phone.post, door, data=form) for phone in phones])

    assert [answer.status_code for answer in answers] == [200] * 4
    assert names_of_everybody(app).count("Nina Ny") == 1
    assert len(places_of(app, "Nina Ny")) == 1
    assert len(letters_to(app, "nina@example.no")) == 1
    assert places_taken(app, theatre) == 2
    codes = [PERSONAL_CODE.search(answer.text) for answer in answers]
    works = [app.test_client().post("/sign-in", data={"code": code[1]}).status_code for code in codes if code]
    assert sorted(works) == [303, 422, 422, 422], "the last code is the one that counts"


def entry_in(page: str) -> str:
    found = re.search(r'name="entry" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_same_page_lets_the_next_one_in_as_herself(app: Flask, theatre: Theatre, door: str) -> None:
    """A computer in the foyer: the first one signs out, and the second goes back to the form that is still there."""
    device = app.test_client()
    form = {"entry": entry_in(device.get(door).text)}
    device.post(door, data={**form, "name": "Nina Ny"})
    device.post("/sign-out")
    device.post(door, data={**form, "name": "Bo Lie"})

    assert len(places_of(app, "Nina Ny")) == len(places_of(app, "Bo Lie")) == 1
    assert "Bo Lie" in device.get("/").text


@pytest.mark.parametrize("language", READERS)
def test_nobody_enters_as_the_one_before_her_on_the_same_device(
    language: str, kari: FlaskClient, app: Flask, theatre: Theatre, door: str, festival_door: str
) -> None:
    """The form was open when somebody else signed in in another tab: a name in it that is not hers is not hers."""
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["kari"]).language = language
    answer = kari.post(festival_door, data={"name": "Bo Lie"})

    assert answer.status_code == 409
    assert said(language, "You are signed in as %(name)s.", name="Kari Berg") in answer.text
    assert said(language, "I am somebody else: sign out first") in answer.text
    assert len(places_of(app, "Kari Berg")) == 1
    out = kari.post("/sign-out", data={"wanted": festival_door})
    assert out.location == festival_door
    assert kari.post(festival_door, data={"name": "Bo Lie"}).status_code == 200
