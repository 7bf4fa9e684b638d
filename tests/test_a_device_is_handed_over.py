"""A tablet in the crew's tent: one after another enters, reads, and hands it over, and nobody meets the one before."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from lms.database import one_transaction, session
from lms.learning.models import Enrolment
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import REFLECTION, Theatre, complete_by_skipping
from tests.rigs_browsers import OpenWindow
from tests.rigs_pages import barriers

LESSON = "harassment/welcome"


@pytest.fixture
def door(theatre: Theatre) -> str:
    return f"/join/{theatre.join_code}"


@pytest.fixture
def tablet(app: Flask, theatre: Theatre, door: str) -> FlaskClient:
    """The tablet, with Nina signed in on it."""
    device = app.test_client()
    assert device.post(door, data={"name": "Nina Ny", "shares_device": "on"}).status_code == 200
    return device


def ticked(page: str) -> bool:
    box = re.search(r'<input type="checkbox"\s+name="shares_device"([^>]*)>', page)
    assert box is not None
    return "checked" in box[1]


def test_the_address_for_a_tablet_says_that_it_is_shared(
    mona: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    page = mona.get(f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}").text
    address = re.search(r'href="http://localhost(/join/[^"]+shared=1)"', page)

    assert address is not None
    assert ticked(app.test_client().get(address[1]).text)
    assert "shares_device" not in app.test_client().get(door).text, "a phone of one's own is the usual case"


def test_it_goes_to_the_next_one_who_enters_as_herself(
    tablet: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    assert 'href="/hand-over"' in tablet.get("/").text
    assert "Nina Ny" in tablet.get("/hand-over").text
    answer = tablet.post("/hand-over")
    assert answer.status_code == 303
    assert answer.location == door
    page = tablet.get(door).text

    assert "Nina Ny" not in page
    assert ticked(page)
    assert tablet.post(door, data={"name": "Bo Lie", "shares_device": "on"}).status_code == 200
    assert "Bo Lie" in tablet.get("/").text
    with app.app_context():
        assert session.query(Person).filter(Person.name.in_(("Nina Ny", "Bo Lie"))).count() == 2


def test_nothing_of_the_one_before_is_left_in_the_cookies(tablet: FlaskClient) -> None:
    tablet.post("/language", data={"language": "en"})
    tablet.post("/hand-over")

    with tablet.session_transaction() as kept:
        assert set(kept) <= {"lms_shared_device", "lms_turn", "csrf_token"}
    assert tablet.get_cookie("lms_language") is None


def test_the_browser_is_told_to_forget_what_it_keeps(tablet: FlaskClient) -> None:
    assert tablet.post("/hand-over").headers["Clear-Site-Data"] == '"storage"'


def test_the_cookie_of_a_shared_device_ends_with_its_browser(tablet: FlaskClient, app: Flask, door: str) -> None:
    own = app.test_client()
    own.post(door, data={"name": "Bo Lie"})

    with tablet.session_transaction() as kept:
        assert not kept.permanent
    with own.session_transaction() as kept:
        assert kept.permanent


def test_whoever_comes_back_with_a_code_hands_it_over_too(
    tablet: FlaskClient, app: Flask, theatre: Theatre, door: str
) -> None:
    with app.app_context(), one_transaction():
        code = session.get_one(Person, theatre.people["kari"]).give_code()
    tablet.post("/hand-over")
    assert tablet.post("/sign-in", data={"code": code}).status_code == 303
    assert "Kari Berg" in tablet.get("/hand-over").text
    assert tablet.post("/hand-over").location == door


def test_a_device_is_shared_no_longer_when_somebody_says_so(tablet: FlaskClient, door: str) -> None:
    tablet.post("/hand-over")
    tablet.post(door, data={"name": "Bo Lie"})

    assert tablet.get("/hand-over").status_code == 404
    assert 'href="/hand-over"' not in tablet.get("/").text


def test_a_second_press_does_no_harm(tablet: FlaskClient, door: str) -> None:
    assert [tablet.post("/hand-over").location for _ in range(2)] == [door, door]
    assert tablet.get("/hand-over").status_code == 303


def test_a_link_that_was_closed_meanwhile_says_so_to_the_next_one(
    tablet: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    mona.post(f"/organisations/{theatre.id}/join-links/{theatre.join_link_id}/revocation")
    there = tablet.post("/hand-over").location

    assert tablet.get(there).status_code == 410


def test_the_end_of_the_last_course_offers_it(tablet: FlaskClient, app: Flask, theatre: Theatre) -> None:
    page = f"/learn/{theatre.id}/norms/"
    with app.app_context(), one_transaction():
        nina = session.query(Employee).join(Person, Person.id == Employee.person_id).filter_by(name="Nina Ny").one()
        for enrolment in session.query(Enrolment).filter_by(employee_id=nina.id):
            complete_by_skipping(enrolment, app.extensions["lms"].library.course(enrolment.course))

    main = tablet.get(page).text.partition("<main")[2].partition("</main>")[0]
    assert 'href="/hand-over"' in main


@pytest.mark.browser
def test_the_next_one_finds_nothing_the_one_before_wrote(window: OpenWindow, theatre: Theatre, door: str) -> None:
    opened = window()
    page = opened.open(f"{door}?shared=1")
    page.locator("#name").fill("Nina Ny")
    page.locator(f"form[action='{door}'] .button").click()
    page = opened.open(f"/learn/{theatre.id}/{LESSON}")
    page.locator(f"textarea[name='{REFLECTION}']").fill("Ingen andre skal lese dette.")
    page.wait_for_function("Object.values(sessionStorage).some((text) => text.includes('Ingen andre'))")
    opened.open("/hand-over")
    assert barriers(page) == []
    page.locator("form[action='/hand-over'] button").click()

    expect(page.locator("#name")).to_be_visible()
    assert page.evaluate("Object.values(sessionStorage).join()") == ""
    page.go_back()
    page.go_back()
    assert "Nina Ny" not in page.content()
    assert "Ingen andre" not in page.content()
    assert opened.complaints == []
