"""A page that is being read tells of the time by its own signed word: whose it is, where, and until when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy import func, select

from lms.database import now, one_transaction, session
from lms.learning.credit import ReportingTab
from lms.learning.open_pages import OpenPage
from lms.organisations.models import Employee, current_round
from lms.people.belongings import erase
from lms.people.models import Person
from tests.cast import Theatre, cast_in, signed_in
from tests.writing import lesson_of, report, seconds_of


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    """The lesson somebody of the cast has open."""
    return lesson_of(theatre)


@pytest.mark.parametrize(
    "forged", [{"seconds": "many"}, {"number": "0"}, {"number": "1000000"}, {"number": ""}, {"opened": ""}]
)
def test_a_forged_report_is_refused(forged: dict[str, str], database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    device = signed_in(app, theatre, "kari")
    lesson = f"/learn/{theatre.id}/harassment/welcome"
    answer = device.post(f"{lesson}/time", data={**report(device, lesson), **forged})

    assert answer.status_code == 400
    assert seconds_of(app, theatre.people["kari"]) == 0


def test_nobody_signs_for_a_page_but_us(kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str) -> None:
    honest = report(kari, lesson)
    signed = honest["opened"]
    with app.app_context():
        said = URLSafeSerializer("another key", salt="open page").dumps(OpenPage.read(signed).tab)
    for forged in (signed[:-1], signed[1:], signed.replace(".", ""), str(said), "."):
        assert kari.post(f"{lesson}/time", data={**honest, "opened": forged}).status_code == 400
    assert seconds_of(app, theatre.people["kari"]) == 0


def test_a_page_tells_of_its_own_lesson_alone(kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str) -> None:
    page = report(kari, lesson)
    for elsewhere in (
        f"/learn/{theatre.id}/harassment/what-is-sexual-harassment",
        f"/learn/{uuid4()}/harassment/welcome",
    ):
        assert kari.post(f"{elsewhere}/time", data=page).status_code == 404
    assert seconds_of(app, theatre.people["kari"]) == 0


def leaves(app: Flask, theatre: Theatre) -> None:
    """She does not work here any more."""
    employee = session.get_one(Employee, (theatre.id, theatre.employees["kari"]))
    employee.leave()


def is_signed_out_everywhere(app: Flask, theatre: Theatre) -> None:
    """She has changed the lock."""
    session.get_one(Person, theatre.people["kari"]).door += 1


def is_erased(app: Flask, theatre: Theatre) -> None:
    """She has erased herself."""
    erase(session.get_one(Person, theatre.people["kari"]))


def ends_the_round(app: Flask, theatre: Theatre) -> None:
    """The organisation walks the four steps again."""
    current_round(theatre.id).ended_at = now()


@pytest.mark.parametrize("event", [leaves, is_signed_out_everywhere, is_erased, ends_the_round])
def test_a_page_that_was_left_open_credits_nothing_to_somebody_who_is_gone(
    event: Callable[[Flask, Theatre], None], database_url: str, open_app: Callable[..., Flask]
) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    kari, lesson = signed_in(app, theatre, "kari"), f"/learn/{theatre.id}/harassment/welcome"
    page = report(kari, lesson)
    with app.app_context(), one_transaction():
        event(app, theatre)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        assert kari.post(f"{lesson}/time", data=page).status_code in (204, 404)

    assert seconds_of(app, theatre.people["kari"]) == 0
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(ReportingTab)) == 0


def test_a_page_that_is_read_needs_no_cookie(kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str) -> None:
    """She signs out in another tab and goes on reading: it is her own time, whoever uses the device next."""
    page = report(kari, lesson)
    kari.post("/sign-out")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        assert kari.post(f"{lesson}/time", data=page).status_code == 204

    assert seconds_of(app, theatre.people["kari"]) == 60
