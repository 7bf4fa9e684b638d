"""Mona opens readiness in the morning: what has changed since yesterday, and what it may come to by the session."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.learning.models import Enrolment
from lms.learning.places import count_anew
from lms.organisations.models import Employee
from tests.cast import Theatre
from tests.rosters import come_in

ENGLISH = {"Accept-Language": "en"}


def complete(app: Flask, employee: UUID, course: str, day: date) -> None:
    with app.app_context(), one_transaction():
        at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
        done = {"begun_at": at, "completed_at": at, "completed_on": day}
        here = Enrolment.employee_id == employee, Enrolment.course == course
        session.execute(update(Enrolment).where(*here).values(done))


def page_of(visitor: FlaskClient, theatre: Theatre) -> str:
    visitor.post("/language", data={"language": "en", "wanted": "/"})
    page = visitor.get(f"/organisations/{theatre.id}/readiness", headers=ENGLISH).text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def settled(app: Flask, theatre: Theatre) -> None:
    """Everybody came a month ago, and long before anything in these stories."""
    with app.app_context(), one_transaction():
        session.execute(update(Employee).values(joined_at=now() - timedelta(days=30)))


@pytest.mark.usefixtures("settled")
def test_a_quiet_day_is_said_to_be_one(mona: FlaskClient, theatre: Theatre) -> None:
    assert "Nothing has changed since yesterday." in page_of(mona, theatre)


@pytest.mark.usefixtures("settled")
def test_who_was_done_came_and_left_is_counted(
    app: Flask, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    today = norwegian_day(now())
    complete(app, theatre.employees["kari"], "norms", today - timedelta(days=2))
    complete(app, theatre.employees["kari"], "harassment", today - timedelta(days=1))
    complete(app, theatre.employees["mona"], "harassment", today)
    gone, *_two = come_in(app, theatre, "Bo", "Liv", "Nils")
    with app.app_context(), one_transaction():
        employee = session.get_one(Employee, (theatre.id, gone))
        employee.leave()
        count_anew(employee)

    said = "Since yesterday: 2 courses completed, 2 people have come in, 1 person has left."
    assert said in page_of(mona, theatre)
    assert said in page_of(siv, theatre)


@pytest.mark.usefixtures("settled")
def test_yesterday_begins_at_midnight_in_norway(app: Flask, theatre: Theatre) -> None:
    """On 24 November it is midnight in Norway at 23 UTC the day before."""
    (one, other) = come_in(app, theatre, "Bo", "Liv")
    for employee, moment in (
        (one, datetime(2027, 11, 22, 22, 59, tzinfo=UTC)),
        (other, datetime(2027, 11, 22, 23, 0, tzinfo=UTC)),
    ):
        with app.app_context(), one_transaction():
            session.execute(update(Employee).where(Employee.id == employee).values(joined_at=moment))
    with app.test_client() as visitor, time_machine.travel(datetime(2027, 11, 24, 20, tzinfo=UTC), tick=False):
        with visitor.session_transaction() as ticket:
            ticket["_user_id"] = f"{theatre.people['mona']}.1"
        assert "Since yesterday: 1 person has come in." in page_of(visitor, theatre)


@pytest.mark.usefixtures("settled")
def test_the_pace_of_two_weeks_tells_what_to_expect(
    app: Flask, mona: FlaskClient, siv: FlaskClient, theatre: Theatre
) -> None:
    today = norwegian_day(now())
    crowd = come_in(app, theatre, *(f"Kollega {number}" for number in range(60)))
    for number, employee in enumerate(crowd[:28]):
        complete(app, employee, "norms", today - timedelta(days=1 + number % 14))
    page = page_of(mona, theatre)

    # Two a day for nine days; 62 people, of whom four of five are to be done.
    assert "Norms" in page
    assert "18 more by the session, between 11 and 25. 22 are needed: that may be enough, or may not." in page
    assert page.count("more by the session") == 1, "nobody has begun with the other course"
    assert 'class="expected' in mona.get(f"/organisations/{theatre.id}/readiness").text
    assert "18 more by the session" in page_of(siv, theatre)


@pytest.mark.usefixtures("settled")
def test_nothing_is_foretold_where_there_is_too_little(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    today = norwegian_day(now())
    crowd = come_in(app, theatre, *(f"Kollega {number}" for number in range(20)))
    for employee in crowd[:6]:
        complete(app, employee, "norms", today - timedelta(days=3))
    assert "more by the session" not in page_of(mona, theatre)

    for number, employee in enumerate(crowd[:10]):
        complete(app, employee, "norms", today - timedelta(days=1 + number))
    assert "more by the session" in page_of(mona, theatre)
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).starts_at = None
    assert "more by the session" not in page_of(mona, theatre)
