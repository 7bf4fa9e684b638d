"""Somebody who takes the courses without a name: how she enters, is done, and takes her codes."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from lms.database import Model, one_transaction, session
from lms.group_sessions.readiness import CourseFacts, outlook_of
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, JoinLink, Organisation
from tests.cast import Theatre, complete_by_skipping

CODE = re.compile(r'value="([a-z]+-[a-z]+-[a-z]+-\d{4})"')


def allow_unnamed(app: Flask, theatre: Theatre) -> str:
    """Let people in by the theatre's link without a name; the link's door."""
    with app.app_context(), one_transaction():
        session.get_one(JoinLink, (theatre.id, theatre.join_link_id)).allows_unnamed = True
    return f"/join/{theatre.join_code}"


def come_in_unnamed(app: Flask, door: str, **form: Any) -> FlaskClient:
    """A phone with somebody on it who has kept her name to herself."""
    phone = app.test_client()
    assert phone.post(f"{door}/without-name", data=form).status_code == 200
    return phone


def another_window(app: Flask, phone: FlaskClient) -> FlaskClient:
    """A second window on the same phone: whoever is signed in here is signed in there."""
    other = app.test_client()
    with phone.session_transaction() as kept, other.session_transaction() as copy:
        copy.update(kept)
    return other


def complete_unnamed(app: Flask, *courses: str) -> None:
    """Everybody without a name is done with these courses."""
    with app.app_context(), one_transaction():
        for enrolment in session.query(Enrolment).join(Employee, Employee.id == Enrolment.employee_id):
            employee = session.get_one(Employee, (enrolment.organisation_id, enrolment.employee_id))
            if employee.role == "unnamed" and enrolment.course in courses:
                complete_by_skipping(enrolment, app.extensions["lms"].library.course(enrolment.course))


def seed_on(phone: FlaskClient, theatre: Theatre) -> str:
    """What the page with the button carries along."""
    found = re.search(r'name="seed"\s+value="([^"]+)"', phone.get(f"/receipts/{theatre.id}").text)
    assert found is not None
    return found[1]


def take_codes(phone: FlaskClient, theatre: Theatre) -> list[str]:
    """Press the button: what is shown this once."""
    answer = phone.post(f"/receipts/{theatre.id}", data={"seed": seed_on(phone, theatre)})
    assert answer.status_code == 200
    codes: list[str] = CODE.findall(answer.text)
    return codes


def a_code(app: Flask, theatre: Theatre, course: str = "norms") -> str:
    """A code for this course, from somebody who came, completed it and went."""
    phone = come_in_unnamed(app, allow_unnamed(app, theatre))
    complete_unnamed(app, course)
    (code,) = take_codes(phone, theatre)
    return code


def facts_of(app: Flask, theatre: Theatre) -> dict[str, CourseFacts]:
    """What readiness rests on, by course."""
    with app.app_context():
        facts = outlook_of(session.get_one(Organisation, theatre.id), with_names=False).readiness.facts
        return {course.course: course for course in facts.courses}


def dump(app: Flask) -> dict[str, list[dict[str, Any]]]:
    """Everything the database holds, row by row."""
    with app.app_context():
        return {
            name: [dict(row) for row in session.execute(table.select()).mappings()]
            for name, table in Model.metadata.tables.items()
        }
