"""A facilitator whom no letter reaches is told so where she looks, with the way to mend it; nobody else is told."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.database import now, one_transaction, session
from lms.mail.undeliverable import UndeliverableAddress
from lms.people.models import Address
from tests.cast import Theatre
from tests.letters import confirm_address

TOLD = "Du får ingen brev om samlingene dine"
WAY = "/me#addresses"


@pytest.fixture
def pages(theatre: Theatre) -> list[str]:
    at = f"/organisations/{theatre.id}"
    brief = f"{at}/group-sessions/{theatre.meeting_id}/brief"
    return ["/", "/group-sessions", f"{at}/readiness", brief]


def test_she_is_told_until_she_has_confirmed_an_address(
    siv: FlaskClient, app: Flask, theatre: Theatre, pages: list[str]
) -> None:
    for page in pages:
        shown = siv.get(page).text
        assert TOLD in shown, page
        assert WAY in shown, page
    with app.app_context(), one_transaction():
        session.add(Address(person_id=theatre.people["siv"], email="siv@example.no"))
    assert TOLD in siv.get("/").text, "she has not confirmed it"
    confirm_address(app, theatre.people["siv"], "siv@kurs.example.no")

    assert [page for page in pages if TOLD in siv.get(page).text] == []


def test_an_address_where_no_mail_arrives_is_none(siv: FlaskClient, app: Flask, theatre: Theatre) -> None:
    confirm_address(app, theatre.people["siv"], "siv@example.no")
    with app.app_context(), one_transaction():
        session.add(UndeliverableAddress(recipient="siv@example.no", since=now() - timedelta(days=1), said="no"))

    assert TOLD in siv.get("/group-sessions").text


def test_the_coordinator_learns_nothing_of_it(mona: FlaskClient, pages: list[str]) -> None:
    assert [page for page in pages if TOLD in mona.get(page).text] == []
