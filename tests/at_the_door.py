"""Behind the door of a join link: who has come in, and the link itself, changed when nobody looks."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from lms.database import one_transaction, session
from lms.organisations.models import Employee, JoinLink
from lms.people.models import Person
from tests.cast import Theatre

PERSONAL_CODE = re.compile(r'class="code">([^<]+)<')


def change_link(app: Flask, theatre: Theatre, **values: Any) -> None:
    """Change the theatre's link."""
    with app.app_context(), one_transaction():
        session.execute(update(JoinLink).where(JoinLink.id == theatre.join_link_id).values(**values))


def places_taken(app: Flask, theatre: Theatre) -> int:
    """How many have entered by the theatre's link."""
    with app.app_context():
        return session.scalars(select(JoinLink.used).where(JoinLink.id == theatre.join_link_id)).one()


def names_of_everybody(app: Flask) -> list[str]:
    """Everybody there is, wherever she works."""
    with app.app_context():
        return list(session.scalars(select(Person.name)))


def places_of(app: Flask, name: str) -> list[Employee]:
    """Where somebody of this name works."""
    with app.app_context():
        return list(
            session.scalars(select(Employee).join(Person, Person.id == Employee.person_id).where(Person.name == name))
        )
