"""Two begin without a name on one device, one right after the other: they are two, and who presses twice is one."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select

from lms.database import session
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import Theatre
from tests.receipts import allow_unnamed, another_window
from tests.rigs_browsers import OpenWindow

SHARED = {"shares_device": "on"}


@pytest.fixture(autouse=True)
def one_moment() -> object:
    with time_machine.travel(datetime(2026, 3, 3, 9, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def door(app: Flask, theatre: Theatre) -> str:
    return allow_unnamed(app, theatre)


@pytest.fixture
def tablet(app: Flask) -> FlaskClient:
    return app.test_client()


def entry_on(client: FlaskClient, door: str) -> str:
    """What the page carries along."""
    found = re.search(r'name="entry" value="([^"]+)"', client.get(door).text)
    assert found is not None
    return found[1]


def begin(client: FlaskClient, door: str, entry: str, **form: str) -> int:
    return client.post(f"{door}/without-name", data={"entry": entry, **SHARED, **form}).status_code


def who_is_on(client: FlaskClient) -> str:
    with client.session_transaction() as kept:
        return str(kept["_user_id"]).partition(".")[0]


def unnamed(app: Flask) -> int:
    with app.app_context():
        return session.query(Employee).filter_by(role="unnamed").count()


def test_after_handing_over_the_page_that_was_left_open_is_another_persons(
    tablet: FlaskClient, app: Flask, door: str
) -> None:
    entry = entry_on(tablet, door)
    assert begin(tablet, door, entry) == 200
    first = who_is_on(tablet)
    tablet.post("/hand-over")
    assert begin(tablet, door, entry) == 200

    assert who_is_on(tablet) != first
    assert unnamed(app) == 2


@pytest.mark.parametrize("people", [2, 5])
def test_so_is_each_after_her(people: int, tablet: FlaskClient, app: Flask, door: str) -> None:
    entry = entry_on(tablet, door)
    for _person in range(people):
        assert begin(tablet, door, entry) == 200
        tablet.post("/hand-over")

    assert unnamed(app) == people


def test_and_so_it_is_after_signing_out(tablet: FlaskClient, app: Flask, door: str) -> None:
    entry = entry_on(tablet, door)
    begin(tablet, door, entry)
    tablet.post("/sign-out")
    begin(tablet, door, entry)

    assert unnamed(app) == 2


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_press_that_is_sent_twice_is_one_person(turns: int, tablet: FlaskClient, app: Flask, door: str) -> None:
    """Both leave the device before the first answer is there."""
    for _turn in range(turns):
        begin(tablet, door, entry_on(tablet, door))
        tablet.post("/hand-over")
    entry = entry_on(tablet, door)
    again = another_window(app, tablet)
    assert [begin(tablet, door, entry), begin(again, door, entry)] == [200, 200]

    assert who_is_on(tablet) == who_is_on(again)
    assert unnamed(app) == turns + 1


def test_a_new_page_is_a_new_person(tablet: FlaskClient, app: Flask, door: str) -> None:
    pages = [entry_on(tablet, door) for _ in range(2)]
    for entry in pages:
        assert begin(tablet, door, entry) == 200
        tablet.post("/hand-over")

    assert unnamed(app) == 2


def test_whoever_presses_another_page_while_somebody_is_in_does_not_read_on_as_her(
    tablet: FlaskClient, app: Flask, door: str
) -> None:
    """The tablet was laid down without being handed over, with the door open in another window."""
    mine, open_beside = entry_on(tablet, door), entry_on(tablet, door)
    begin(tablet, door, mine)
    answer = tablet.post(f"{door}/without-name", data={"entry": open_beside, **SHARED})

    assert (answer.status_code, answer.location) == (303, door)
    page = tablet.get(door).text
    assert 'href="/"' in page, "she goes on"
    assert "/sign-out" in page, "or somebody else is let in"
    assert unnamed(app) == 1


def test_her_own_page_pressed_again_goes_on(tablet: FlaskClient, theatre: Theatre, door: str) -> None:
    entry = entry_on(tablet, door)
    begin(tablet, door, entry)

    answer = tablet.post(f"{door}/without-name", data={"entry": entry, **SHARED})
    assert answer.status_code == 303
    assert f"/learn/{theatre.id}/" in answer.location


def test_two_of_one_name_on_one_device_are_two_as_well(tablet: FlaskClient, app: Flask, door: str) -> None:
    entry = entry_on(tablet, door)
    for _person in range(2):
        tablet.post(door, data={"name": "Nina Ny", "entry": entry, **SHARED})
        tablet.post("/hand-over")

    with app.app_context():
        assert len(session.scalars(select(Person).where(Person.name == "Nina Ny")).all()) == 2


@pytest.mark.browser
def test_in_a_browser_that_goes_back_to_the_page(window: OpenWindow, app: Flask, theatre: Theatre, door: str) -> None:
    opened = window()
    page = opened.open(f"{door}?shared=1")
    for _person in range(2):
        page.locator("summary").click()
        page.locator("form[action$='/without-name'] button").click()
        expect(page.locator(".code")).to_be_visible()
        page.goto(page.url.partition("/join/")[0] + "/hand-over")
        page.locator("form[action$='/hand-over'] button").first.click()
        expect(page.locator("summary")).to_be_visible()

    assert unnamed(app) == 2
    assert opened.complaints == []
