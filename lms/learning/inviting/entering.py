"""Entering by an invitation: the place that waited becomes somebody's."""

from flask import current_app, url_for
from sqlalchemy import select

from lms.database import now, session
from lms.learning.models import Enrolment
from lms.learning.places import count_anew, enrol
from lms.mail.undeliverable import believe_in
from lms.organisations.models import Employee, current_round, employee_of
from lms.people.belongings import erase
from lms.people.models import AddressTaken, Person, add_address, person_with_address


def begin(employee: Employee, person: Person, name: str, email: str, language: str) -> str:
    """She who opened the letter is the person who has waited in the roster; gives back her code, shown this once.

    The letter came to this address, there was nothing behind it yet, and she has pressed a button that says so: the
    address opens the account from now on. Raises AddressTaken where it opens another account already: then she signs
    in there first, and the place becomes that person's.
    """
    if person_with_address(email) is not None:
        raise AddressTaken
    believe_in(email)
    person.name, person.language = name, person.language or language
    add_address(person, email).confirm()
    _enrol(employee)
    return person.give_code()


def take_over(employee: Employee, waiting: Person, person: Person) -> None:
    """Somebody who is signed in takes the place that waited; whoever stood there in the roster was she all along.

    If she has a place in the organisation already, she keeps that one, and the other one has left. Whoever had begun
    without a name has the one the letter was to, and what she has done.
    """
    person.name = person.name or waiting.name
    already = employee_of(person, employee.organisation_id)
    if already is not None:
        if already.left_at is not None:
            already.come_back()
            if already.role == "unnamed":
                already.role, already.joined_at = "employee", now()
                already.team, already.is_leader = employee.team, employee.is_leader
            count_anew(already)
            _enrol(already)
        if employee.role == "coordinator":
            already.role = "coordinator"
        employee.left_at = employee.left_at or now()
        count_anew(employee)
    else:
        employee.belong_to(person)
        _enrol(employee)
    session.flush()
    erase(waiting)


def _enrol(employee: Employee) -> None:
    session.flush()
    hers = Enrolment.organisation_id == employee.organisation_id, Enrolment.employee_id == employee.id
    if session.scalar(select(Enrolment.id).where(*hers).limit(1)) is None:
        enrol(employee, current_round(employee.organisation_id).courses)
    count_anew(employee)


def first_page(employee: Employee) -> str:
    """Her first lesson; or the organisation's home, where a coordinator has yet to choose the courses."""
    library = current_app.extensions["lms"].library
    for key in current_round(employee.organisation_id).courses:
        course = library.course(key)
        if course is not None and course.lessons:
            here = {"organisation_id": employee.organisation_id, "key": course.key}
            return url_for("lms.learning.lesson", slug=course.lessons[0].slug, **here)
    if employee.role == "coordinator":
        return url_for("lms.journey.home", organisation_id=employee.organisation_id)
    return url_for("lms.journey.front")
