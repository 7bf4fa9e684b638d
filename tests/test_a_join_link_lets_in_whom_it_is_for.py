"""A join link lets in those it is meant for, as long as it is meant to, and says so to everybody else."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import now, one_transaction, session
from lms.people.models import Person, add_address
from tests.at_once import all_at_once
from tests.at_the_door import change_link, names_of_everybody
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import letters_to
from tests.spoken import READERS, reading, said


@pytest.fixture
def newcomer(app: Flask, theatre: Theatre) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def door(theatre: Theatre) -> str:
    return f"/join/{theatre.join_code}"


CLOSED = {
    "expired": ({"expires_at": now() - timedelta(seconds=1)}, "This link has expired."),
    "revoked": ({"revoked_at": now()}, "This link has been closed."),
    "full": ({"cap": 1, "used": 1}, "Everybody this link was meant for has entered."),
}


@pytest.mark.parametrize("why", CLOSED)
def test_a_closed_link_says_why_and_what_to_do(
    why: str, newcomer: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    values, heading = CLOSED[why]
    newcomer.get(door)
    change_link(app, theatre, **values)
    before = names_of_everybody(app)

    for language in READERS:
        for answer in (
            newcomer.get(door, headers=reading(language)),
            newcomer.post(door, data={"name": "Nina Ny"}, headers=reading(language)),
        ):
            assert answer.status_code == 410
            assert f"<h1>{said(language, heading)}</h1>" in answer.text
            assert said(language, "Ask whoever sent it to you for a new one.") in answer.text
            assert "Teatret Vårt" not in answer.text, "whoever finds an old link learns nothing by it"
    assert names_of_everybody(app) == before


MISTYPED = ("nothing", "x" * 4_000, "%00", "a%00b", "%F0%9F%8E%AD", "%27%20OR%201=1", "..%2f")


def test_a_mistyped_link_leads_to_a_page_that_says_so(database_url: str, open_app: Callable[..., Flask]) -> None:
    visitor = open_app(database_url).test_client()
    for language in READERS:
        for code in MISTYPED:
            for answer in (
                visitor.get(f"/join/{code}", headers=reading(language)),
                visitor.post(f"/join/{code}", data={"name": "Nina Ny"}, headers=reading(language)),
            ):
                assert answer.status_code == 404
                assert f"<h1>{said(language, 'This page is not here')}</h1>" in answer.text


def test_of_two_who_reach_for_the_last_place_one_gets_it(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    change_link(app, theatre, cap=2, used=1)
    before = len(names_of_everybody(app))

    answers = all_at_once(
        [
            partial(app.test_client().post, f"/join/{theatre.join_code}", data={"name": f"Ny {number}"})
            for number in range(4)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
    assert len(names_of_everybody(app)) == before + 1, "who did not get in is not kept either"


def test_guessing_codes_meets_the_limit(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    theatre = cast_in(app)
    guesser = app.test_client()

    tries = [guesser.get(f"/join/guess-{number}", headers=reading("nn")) for number in range(150)]
    answers = [answer.status_code for answer in tries]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert f"<h1>{said('nn', 'Too many tries')}</h1>" in tries[-1].text
    assert guesser.get(f"/join/{theatre.join_code}").status_code == 429, "nor does a hit among the guesses get in"
    posted = [guesser.post(f"/join/post-{number}", data={"name": "x"}).status_code for number in range(150)]
    assert posted[-1] == 429


def test_a_whole_hall_may_enter_at_once(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    """Behind the theatre's one address on the net, everybody scans the code on the wall in the same minute."""
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    door = f"/join/{cast_in(app).join_code}"
    for number in range(80):
        phone = app.test_client()
        assert phone.get(door).status_code == 200
        assert phone.post(door, data={"name": f"Vikar {number}"}).status_code == 200


def test_a_crew_of_thousands_is_not_taken_for_guessers(open_app: Callable[..., Flask], sqlite_url: str) -> None:
    """At five a second from the festival's one address, some copy the code wrongly and some forget their names."""
    app = open_app(sqlite_url, RATELIMIT_ENABLED=True)
    door = f"/join/{cast_in(app).join_code}"
    assert {app.test_client().get(f"{door[:-1]}{number}").status_code for number in range(10, 70)} == {404}

    assert {app.test_client().post(door, data={"name": ""}).status_code for _ in range(400)} == {422}
    assert app.test_client().post(door, data={"name": "Vikar"}).status_code == 200


@pytest.mark.parametrize("language", READERS)
def test_a_closed_link_takes_somebody_who_is_in_back_to_her_courses(
    language: str, kari: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    change_link(app, theatre, revoked_at=now())
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["kari"]).language = language
    page = kari.get(door)

    assert page.status_code == 410
    assert said(language, "To your courses") in page.text
    assert "/sign-in" not in page.text


# Mail domains


@pytest.mark.parametrize("language", READERS)
def test_a_link_for_one_mail_domain_says_so_before_and_after(
    language: str, newcomer: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    change_link(app, theatre, mail_domain="teatret.no")
    words = said(language, "This link is for addresses at %(domain)s.", domain="teatret.no")
    page = newcomer.get(door, headers=reading(language)).text
    assert words in page
    assert len(re.findall(r"\srequired\b", page)) == 2

    for other in ("", "nina@example.no", "nina@sub.teatret.no", "nina@notteatret.no", "teatret.no@example.no"):
        answer = newcomer.post(door, data={"name": "Nina Ny", "email": other}, headers=reading(language))
        assert answer.status_code == 422, other
        assert words in answer.text
        assert 'value="Nina Ny"' in answer.text
    assert "Nina Ny" not in names_of_everybody(app)
    assert newcomer.post(door, data={"name": "Nina Ny", "email": "NINA@Teatret.NO"}).status_code == 200


def test_somebody_signed_in_is_asked_for_such_an_address_only_if_she_has_none(
    ola: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    change_link(app, theatre, mail_domain="teatret.no")
    assert 'name="email"' in ola.get(door).text
    assert ola.post(door).status_code == 422
    assert ola.post(door, data={"email": "ola@example.no"}).status_code == 422
    assert ola.post(door, data={"email": "ola@teatret.no"}).status_code == 303
    assert len(letters_to(app, "ola@teatret.no")) == 1

    siv = signed_in(app, theatre, "siv")
    with app.app_context(), one_transaction():
        add_address(session.get_one(Person, theatre.people["siv"]), "siv@teatret.no").confirmed_at = now()
    assert 'name="email"' not in siv.get(door).text
    assert siv.post(door).status_code == 303
