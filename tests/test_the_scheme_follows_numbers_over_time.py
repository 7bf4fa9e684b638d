"""The scheme follows numbers month by month; nobody can be found in them."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.languages import month_in_words, speaking
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.organisations.fields import FIELDS
from lms.organisations.models import Employee, Organisation, found_organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from lms.scheme.statistics.anonymity import shown_parts
from tests.cast import COURSES, Theatre
from tests.lists import said_in
from tests.questions import questions
from tests.schemes import a_month_ago, application_in, many_organisations


def complete(app: Flask, field: str, people: int, on: date) -> None:
    """An organisation in this field, where so many complete both courses on a day."""
    with app.app_context(), one_transaction():
        organisation = found_organisation(f"En i {field}", COURSES)
        session.add(OrganisationProfile(organisation_id=organisation.id, field=field, employees=people))
        for number in range(people):
            person = Person(name=f"Person {number}")
            session.add(person)
            session.flush()
            employee = Employee(organisation_id=organisation.id, person_id=person.id)
            session.add(employee)
            session.flush()
            enrol(employee, COURSES)
            session.flush()
            for enrolment in session.scalars(select(Enrolment).where(Enrolment.employee_id == employee.id)):
                enrolment.begun_at = enrolment.completed_at = now()
                enrolment.completed_on = on


def row_of(page: str, month: str) -> list[str]:
    found = re.search(rf'<th scope="row">{month}</th>(.*?)</tr>', page, re.DOTALL)
    assert found, month
    return [cell.strip() for cell in re.findall(r"<td>(.*?)</td>", found[1], re.DOTALL)]


def month_of(app: Flask, day: date) -> str:
    with app.app_context(), speaking("nb"):
        return month_in_words(day)


def test_a_month_is_counted(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    then = a_month_ago()
    complete(app, "theatre", 6, norwegian_day(then))
    application_in(app, field="dance", confirmed_at=then)
    with app.app_context(), one_transaction():
        session.scalars(select(Organisation).where(Organisation.name == "En i theatre")).one().created_at = then
        meeting = session.get_one(GroupSession, (theatre.id, theatre.meeting_id))
        meeting.starts_at = meeting.held_at = then
        meeting.frozen_facts, meeting.frozen_hash = {}, "0" * 64

    month = month_of(app, norwegian_day(then))
    assert row_of(siv.get("/statistics").text, month) == ["1", "1", "1", "6"], "who completes two courses is one"
    assert row_of(siv.get("/statistics?field=theatre").text, month) == ["0", "1", "0", "6"]
    assert row_of(siv.get("/statistics?field=dance").text, month) == ["1", "0", "0", "færre enn fem"]
    assert f"{month};1;1;1;6" in siv.get("/statistics/months.csv").text
    assert siv.get("/statistics/months.xlsx").data[:2] == b"PK"


def test_few_people_are_nowhere_to_be_found(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    then = norwegian_day(a_month_ago())
    complete(app, "dance", 4, then)
    month = month_of(app, then)
    assert row_of(siv.get("/statistics").text, month)[3] == "færre enn fem"
    assert f"{month};0;0;0;færre enn fem" in siv.get("/statistics/months.csv").text

    complete(app, "theatre", 7, then)
    complete(app, "music", 9, then)
    assert row_of(siv.get("/statistics").text, month)[3] == "20"
    # The sum less music would be eleven, less theatre too it would be four: so theatre is hidden with dance.
    shown = {field: row_of(siv.get(f"/statistics?field={field}").text, month)[3] for field in FIELDS}
    assert {field: number for field, number in shown.items() if number != "færre enn fem"} == {"music": "9"}


def test_the_running_month_tells_of_nobody(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    complete(app, "theatre", 8, norwegian_day(now()))

    assert row_of(siv.get("/statistics").text, month_of(app, norwegian_day(now())))[3] == "ikke over ennå"


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.integers(0, 30)))
def test_no_subtraction_leads_to_fewer_than_five(parts: Mapping[str, int]) -> None:
    whole, shown = shown_parts(parts)
    told = [number for number in shown.values() if number is not None]

    assert all(number >= 5 for number in told)
    if whole is None:
        assert told == []
    else:
        rest = whole - sum(told)
        assert whole >= 5
        assert rest == 0 or rest >= 5
        assert rest == sum(parts[field] for field, number in shown.items() if number is None)


def test_organisations_stand_by_field_and_size(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    many_organisations(app, 22)
    file = siv.get("/statistics/organisations.csv").text

    # Employees are 0 to 21: theatre is the first of the eleven fields, twice.
    assert re.search(r"Teater;0;1;0;0;0;1;2\r", file), file
    assert "ikke kjent;0;0;0;0;0;2;2" in file
    assert "Virksomheter som er åpne nå" in said_in(siv.get("/statistics").text)


@pytest.mark.slow
def test_the_page_asks_no_more_however_many_there_are(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    siv.get("/statistics")
    with questions(app) as few:
        siv.get("/statistics")
    many_organisations(app, 1000)
    complete(app, "theatre", 30, norwegian_day(now() - timedelta(days=40)))
    with questions(app) as many:
        siv.get("/statistics")

    assert len(many) == len(few) <= 6, "\n".join(many)
