"""What the stories about rosters have in common: people who come in, their places, and what was written down."""

import re
from html import unescape
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.group_sessions.readiness import Facts, outlook_of
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.organisations.events import Event
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person
from tests.cast import COURSES, Theatre


def people_at(theatre: Theatre, who: str = "") -> str:
    return f"/organisations/{theatre.id}/people{f'/{theatre.employees[who]}' if who else ''}"


def come_in(app: Flask, theatre: Theatre, *names: str, team: str = "", **more: Any) -> list[UUID]:
    """Let people in by these names; their employee ids."""
    with app.app_context(), one_transaction():
        people = [Person(name=name, language="nb") for name in names]
        session.add_all(people)
        session.flush()
        employees = [Employee(organisation_id=theatre.id, person_id=each.id, team=team, **more) for each in people]
        session.add_all(employees)
        for employee in employees:
            enrol(employee, COURSES)
        return [employee.id for employee in employees]


def names_on(page: str) -> list[str]:
    rows = re.findall(r'<th scope="row">\s*<a [^>]*><bdi>(.*?)</bdi>', page)
    return [unescape(name) for name in rows]


def place_of(app: Flask, theatre: Theatre, who: str) -> tuple[Employee, set[str]]:
    """Somebody's place, and what readiness counts her as."""
    with app.app_context():
        employee = session.get_one(Employee, (theatre.id, theatre.employees[who]))
        return employee, set(
            session.scalars(select(Enrolment.counts_as).where(Enrolment.employee_id == theatre.employees[who]))
        )


def logged(app: Flask, theatre: Theatre) -> list[tuple[str, UUID | None, dict[str, Any]]]:
    with app.app_context():
        events = session.scalars(select(Event).where(Event.organisation_id == theatre.id).order_by(Event.id))
        return [(event.what, event.by, event.about) for event in events]


def facts_of(app: Flask, theatre: Theatre) -> Facts:
    with app.app_context():
        return outlook_of(session.get_one(Organisation, theatre.id), with_names=True).readiness.facts
