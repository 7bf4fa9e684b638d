"""People without a name are in the scheme's numbers once, by their codes, and a month that is over stays as it was."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from lms.database import norwegian_day, now, one_transaction, session
from lms.learning.models import Enrolment
from lms.learning.receipts.models import Receipt
from lms.organisations.models import Employee, Organisation, current_round
from lms.organisations.profile import OrganisationProfile
from lms.scheme.statistics.counts import months_of
from tests.cast import Theatre
from tests.lists import said_in
from tests.receipts import allow_unnamed, come_in_unnamed, complete_unnamed

TODAY = norwegian_day(now())
FIRST = TODAY.replace(day=1)
LAST_MONTH = (FIRST - timedelta(days=1)).replace(day=1)


@pytest.fixture
def app(open_app: Callable[..., Flask], database_url: str) -> Flask:
    return open_app(database_url)


def take_codes(app: Flask, theatre: Theatre, codes: int, course: str, week: date, organisation: str = "") -> None:
    """So many codes for this course were taken in this week, and nobody has handed them in."""
    with app.app_context(), one_transaction():
        house = session.query(Organisation).filter_by(name=organisation).one().id if organisation else theatre.id
        here = {"organisation_id": house, "round_id": current_round(house).id, "course": course}
        for number in range(codes):
            session.add(Receipt(digest=f"{course} {week} {number}", week=week, **here))


def monday_in(month: date) -> date:
    """A Monday whose week is in this month from its first day to its last."""
    return month + timedelta(days=-month.weekday() % 7)


def people(app: Flask, month: date = LAST_MONTH, field: str = "") -> int | None:
    with app.app_context():
        return next(row.people for row in months_of(field) if row.first == month)


def test_codes_are_people_and_of_several_courses_the_one_with_the_most_counts(app: Flask, theatre: Theatre) -> None:
    week = monday_in(LAST_MONTH)
    take_codes(app, theatre, 6, "norms", week)
    assert people(app) == 6
    take_codes(app, theatre, 5, "harassment", week)
    assert people(app) == 6, "they may be the same six"
    take_codes(app, theatre, 3, "harassment", week + timedelta(weeks=1))
    assert people(app) == 8
    take_codes(app, theatre, 5, "norms", week, organisation="Festivalen Deres")
    assert people(app) == 13


def test_they_are_of_the_field_of_their_organisation(app: Flask, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        profile = session.get(OrganisationProfile, theatre.id) or OrganisationProfile(organisation_id=theatre.id)
        profile.field = "theatre"
        session.add(profile)
    take_codes(app, theatre, 6, "norms", monday_in(LAST_MONTH))

    assert people(app, field="theatre") == 6
    assert people(app, field="dance") is None


def test_a_week_is_of_the_month_in_which_it_ends(app: Flask, theatre: Theatre) -> None:
    """A month that is over would grow otherwise while its last week goes on, and tell who."""
    over = LAST_MONTH
    into = over - timedelta(days=over.weekday() or 7)  # the Monday before the month's first day
    out_of = FIRST - timedelta(days=FIRST.weekday() or 7)
    take_codes(app, theatre, 6, "norms", into)
    ends_in_it = (into + timedelta(days=6)).month == over.month
    assert people(app) == (6 if ends_in_it else None)
    take_codes(app, theatre, 7, "norms", out_of)
    assert people(app) == (6 if ends_in_it else None) or (out_of + timedelta(days=6)).month == over.month


def test_who_reads_without_a_name_is_not_counted_before_and_after(app: Flask, theatre: Theatre) -> None:
    """Her place would be one, her code another; and when she took it the month that was over would be one fewer."""
    door = allow_unnamed(app, theatre)
    phones = [come_in_unnamed(app, door) for _phone in range(6)]
    complete_unnamed(app, "norms", "harassment")
    with app.app_context(), one_transaction():
        done = update(Enrolment).where(Enrolment.completed_on.is_not(None)).values(completed_on=LAST_MONTH)
        session.execute(done)
        assert session.query(Employee).filter_by(role="unnamed").count() == len(phones)

    assert people(app) is None
    take_codes(app, theatre, 5, "norms", monday_in(LAST_MONTH))
    assert people(app) == 5


def test_the_page_says_what_is_counted(siv: FlaskClient, theatre: Theatre) -> None:
    siv.post("/language", data={"language": "en"})
    page = said_in(siv.get("/statistics").text)

    assert "A person is counted once in each month and organisation in which they completed a course." in page
    assert "Those who gave no name are counted by their codes" in page
