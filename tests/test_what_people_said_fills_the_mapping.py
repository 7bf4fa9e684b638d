"""The mapping begins with what people have said in the courses: numbers alone, from five on, and in steps of five."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.learning.together import SharedCount, count_ratings
from lms.organisations.models import Employee, current_round
from lms.people.models import Person
from tests.cast import COURSES, Theatre, cast_in
from tests.risk_mappings import row_named

RATED = "risk-in-arts-and-culture"


def rate(app: Flask, theatre: Theatre, level: str, people: int, factor: str = "touring") -> None:
    """Let so many new people rate a factor."""
    with app.app_context(), one_transaction():
        course = app.extensions["lms"].library.course("harassment")
        lesson = course.lesson(RATED)
        exercise = next(each.id for each in lesson.exercises("nb") if getattr(each, "factor", "") == factor)
        for number in range(people):
            person = Person(name=f"Kollega {number}", language="nb")
            session.add(person)
            session.flush()
            employee = Employee(organisation_id=theatre.id, person_id=person.id)
            session.add(employee)
            enrol(employee, COURSES)
            enrolment = session.scalars(
                select(Enrolment).where(Enrolment.employee_id == employee.id, Enrolment.course == "harassment")
            ).one()
            enrolment.answer(lesson, {exercise: level})


def counted(app: Flask, theatre: Theatre) -> dict[str, int] | None:
    """What is shown about touring, once it has been counted again."""
    with app.app_context(), one_transaction():
        count_ratings(current_round(theatre.id), app.extensions["lms"].library.courses)
        return session.scalars(select(SharedCount.counts).where(SharedCount.subject == "rating:touring")).first()


def test_four_are_nothing_and_five_are_a_number(mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    rate(app, theatre, "high", 4)
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)
    touring = row_named(app, theatre.id, "touring")

    assert "har svart i kursene" not in mona.get(f"{here}/{touring}").text

    rate(app, theatre, "low", 1)
    assert mona.post(f"{here}/ratings").status_code == 303

    page = mona.get(f"{here}/{touring}").text
    assert "5 personer har svart i kursene" in page
    assert "Kollega" not in page
    assert "5 personer har svart i kursene" in mona.get(f"{here}/form").text
    assert "5 svar i kursene" in mona.get(here).text


def test_it_is_counted_anew_only_when_five_more_have_answered(
    open_app: Callable[..., Flask], database_url: str
) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    rate(app, theatre, "low", 5)
    assert counted(app, theatre) == {"none": 0, "low": 5, "medium": 0, "high": 0}
    rate(app, theatre, "high", 4)
    assert counted(app, theatre) == {"none": 0, "low": 5, "medium": 0, "high": 0}
    rate(app, theatre, "none", 1)
    assert counted(app, theatre) == {"none": 1, "low": 5, "medium": 0, "high": 4}


def test_somebody_who_skips_has_said_nothing(app: Flask, theatre: Theatre) -> None:
    rate(app, theatre, "low", 4)
    rate(app, theatre, "high", 3, factor="alcohol")

    assert counted(app, theatre) is None


@pytest.mark.parametrize("factor", ["touring", "alcohol"])
def test_one_number_for_each_factor(factor: str, mona: FlaskClient, app: Flask, theatre: Theatre) -> None:
    rate(app, theatre, "medium", 5, factor)
    here = f"/organisations/{theatre.id}/risks"
    mona.post(here)
    other = {"touring": "alcohol", "alcohol": "touring"}[factor]

    assert "har svart i kursene" in mona.get(f"{here}/{row_named(app, theatre.id, factor)}").text
    assert "har svart i kursene" not in mona.get(f"{here}/{row_named(app, theatre.id, other)}").text


def test_where_we_are_fewer_than_five_we_talk_instead(mona: FlaskClient, kari: FlaskClient, theatre: Theatre) -> None:
    here = f"/organisations/{theatre.id}/risks"
    before = mona.get(here).text
    mona.post(here)
    after = mona.get(here).text

    for page in (before, after, kari.get(f"{here}/contributions").text):
        assert "færre enn fem" in page
        assert "/conversation-cards" in page or "Samtalekort" in page
    assert "Tell svarene på nytt" not in after
    refused = mona.post(f"{here}/contribution-period", data={"last_day": "31.12.2999"})
    assert refused.status_code == 422
    assert "Snakk om det i stedet" in refused.text
