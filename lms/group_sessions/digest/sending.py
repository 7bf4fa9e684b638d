"""Putting weekly letters into the outbox: in one transaction with the line that says what she has been told."""

from datetime import datetime

from flask import current_app
from sqlalchemy import select

from lms.database import norwegian_day, session
from lms.group_sessions.brief.letter import reachable_addresses
from lms.group_sessions.digest.letter import body_of
from lms.group_sessions.digest.models import WEEK, WeeklyLetter, due_on, forget_where_she_has_no_place
from lms.group_sessions.digest.week import week_of
from lms.group_sessions.reminders.stopping import stop_token
from lms.languages import _, speaking
from lms.mail.hours import is_by_day
from lms.mail.models import queue_mail
from lms.organisations.models import Employee, Organisation
from lms.people.letters import absolute
from lms.people.models import Address, Person

BATCH = 50
ABOUT = "weekly"


def write_weekly_letters(moment: datetime) -> int:
    """Write those that are due, if something has happened; says how many. Only by day."""
    forget_where_she_has_no_place()
    if not is_by_day(moment):
        return 0
    return sum(_write(letter, moment) for letter in due_on(norwegian_day(moment), BATCH))


def _write(letter: WeeklyLetter, moment: datetime) -> bool:
    today = norwegian_day(moment)
    reader = session.execute(
        select(Person, reachable_addresses().where(Address.person_id == Person.id).correlate(Person).scalar_subquery())
        .join(Employee, Employee.person_id == Person.id)
        .where(
            Person.id == letter.person_id,
            Person.erased_at.is_(None),
            Employee.organisation_id == letter.organisation_id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
        )
    ).first()
    if reader is None or reader[1] is None:
        letter.next_on = today + WEEK  # whoever can be written to again is told what has happened meanwhile
        return False
    person, email = reader
    week = week_of(letter.organisation_id, person.id, letter.look_back(today), today)
    if not week.is_worth_a_letter:
        return False
    organisation, language = session.get_one(Organisation, letter.organisation_id), person.language or "nb"
    stop = absolute("lms.digest.stop", weekly_token=stop_token(organisation.id, person.id, ABOUT))
    page = absolute("lms.onboarding.new_hires", organisation_id=organisation.id)
    titles = {course.key: course.title(language) for course in current_app.extensions["lms"].library.courses}
    with speaking(language):
        queue_mail(
            email,
            _("The week at %(organisation)s", organisation=organisation.name),
            body_of(organisation.name, person.name, week, lambda key: titles.get(key, key), page, stop),
            language,
            organisation.id,
            by_day=True,
            useless_after=moment + WEEK,
            stop_address=stop,
        )
    return True
