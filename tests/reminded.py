"""What the stories about reminders have in common: a November, people who can be reached, and the worker's round."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from lms.database import NORWAY, norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.models import Reminder
from lms.group_sessions.reminders.sending import write_reminders
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.mail.models import OutboxMail
from lms.organisations.models import Employee
from lms.people.models import Address, Person
from tests.cast import COURSES, Theatre

# A Tuesday, sixteen days before a session on Thursday the 10th of December, which is nine and two days before on
# Tuesdays too.
MORNING = datetime(2026, 11, 24, 9, tzinfo=NORWAY)
SESSION = datetime(2026, 12, 10, 10, tzinfo=NORWAY)


def hold_session_at(app: Flask, theatre: Theatre, at: datetime | None, **more: Any) -> None:
    with app.app_context(), one_transaction():
        meeting = session.get_one(GroupSession, (theatre.id, theatre.meeting_id))
        meeting.starts_at = at
        for name, value in more.items():
            setattr(meeting, name, value)


def let_be_reached(app: Flask, person_id: UUID, email: str) -> None:
    with app.app_context(), one_transaction():
        session.add(Address(person_id=person_id, email=email, confirmed_at=now()))


def colleagues(app: Flask, theatre: Theatre, many: int, language: str = "nb") -> list[UUID]:
    """Employees with a confirmed address each, who have not completed anything; their employee ids."""
    with app.app_context(), one_transaction():
        people = [Person(name=f"Kollega {number}", language=language) for number in range(many)]
        session.add_all(people)
        session.flush()
        employees = []
        for person in people:
            session.add(Address(person_id=person.id, email=f"{person.id.hex}@example.no", confirmed_at=now()))
            employee = Employee(organisation_id=theatre.id, person_id=person.id)
            session.add(employee)
            enrol(employee, COURSES)
            employees.append(employee.id)
        return employees


def be_done(app: Flask, employees: Sequence[UUID]) -> None:
    with app.app_context(), one_transaction():
        done = {"begun_at": now(), "completed_at": now(), "completed_on": norwegian_day(now())}
        session.execute(update(Enrolment).where(Enrolment.employee_id.in_(employees)).values(done))


def work(app: Flask, many: int = 500) -> int:
    """What the worker writes in one round."""
    with app.app_context(), one_transaction():
        return write_reminders(now(), many)


def outbox(app: Flask) -> list[OutboxMail]:
    """Every letter there is, the oldest first."""
    with app.app_context():
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.queued_at, OutboxMail.id)))


def reminded(app: Flask) -> list[tuple[UUID, str]]:
    """Who has been written to, on which occasion."""
    with app.app_context():
        rows = session.execute(select(Reminder.employee_id, Reminder.occasion).order_by(Reminder.queued_at))
        return [(employee, occasion) for employee, occasion in rows]


def at_nine(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=NORWAY)


def later(days: int) -> datetime:
    return at_nine(MORNING.date() + timedelta(days=days))
