"""Taking receipts: codes for what somebody has completed without a name, in place of everything kept about her."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, exists, select

from lms.courses.packs import Course
from lms.database import session
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.receipts.codes import code_from
from lms.learning.receipts.models import give_receipt, receipts_with
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee, current_round
from lms.people.belongings import forget
from lms.people.models import Address, Person

# How long the page with the button can be pressed, and pressed again by somebody whom the answer never reached.
PAGE_IS_GOOD_FOR = 3600
UNNAMED_ARE_KEPT = timedelta(days=365)


class CodeTaken(Exception):
    """By chance the page's codes stand for something already: a fresh page has others."""


class NothingCompleted(Exception):
    """There is nothing to give a receipt for yet."""


@dataclass(frozen=True)
class Given:
    """One completed course, and the code that stands for it from now on."""

    course: str
    code: str


@dataclass(frozen=True)
class Reached:
    """How far somebody without a name has come: courses she has completed, and those with something left."""

    completed: tuple[str, ...]
    unfinished: tuple[str, ...]


def fresh_seed(organisation_id: UUID) -> str:
    """What the page with the button carries along.

    The codes come from it, and it is kept nowhere but in the page: the same press sent twice shows the same codes,
    although nothing here remembers whose they were.
    """
    return str(_signing().dumps([organisation_id.hex, secrets.token_hex(16)]))


def seed_in(written: str, organisation_id: UUID) -> str | None:
    """The seed of a page we have made for this organisation within the hour; None for anything else."""
    try:
        organisation, seed = _signing().loads(written, max_age=PAGE_IS_GOOD_FOR)
    except (BadData, ValueError, TypeError):
        return None
    return str(seed) if organisation == organisation_id.hex else None


def reached_in(employee: Employee, to_write: bool = False) -> Reached:
    """How far she has come in the current round; her courses are held until the end by whoever is going `to_write`."""
    asked = select(Enrolment.course, Enrolment.completed_on).where(
        Enrolment.organisation_id == employee.organisation_id,
        Enrolment.employee_id == employee.id,
        Enrolment.round_id == current_round(employee.organisation_id).id,
    )
    rows = session.execute(asked.with_for_update() if to_write else asked).all()
    return Reached(
        tuple(course for course, completed_on in rows if completed_on),
        tuple(course for course, completed_on in rows if not completed_on),
    )


def take_receipts(employee: Employee, person: Person, seed: str) -> list[Given]:
    """Codes for every course she has completed, and nothing left of her place here. Raises NothingCompleted, CodeTaken.

    What is written and what is deleted is one transaction, and nothing that stays is touched in it: no clock, no
    count and no row of hers tells afterwards that this was the moment.
    """
    completed = reached_in(employee, to_write=True).completed
    if not completed:
        raise NothingCompleted
    round_id = current_round(employee.organisation_id).id
    given = [Given(course, code_from(seed, course)) for course in completed]
    for each in given:
        if not give_receipt(employee.organisation_id, round_id, each.course, each.code):
            raise CodeTaken
    forget_place(employee, person)
    return given


def given_before(organisation_id: UUID, seed: str, courses: list[Course]) -> list[Given]:
    """What the same press has given a moment ago; nothing when it was never kept."""
    possible = {code_from(seed, course.key): course.key for course in courses}
    known = receipts_with(organisation_id, list(possible))
    return [Given(course, code) for code, course in possible.items() if code in known]


def forget_place(employee: Employee, person: Person) -> None:
    """Delete a place without a name with everything done in it; and the account, if there is nothing else to it."""
    hers = Enrolment.organisation_id == employee.organisation_id, Enrolment.employee_id == employee.id
    enrolled = select(Enrolment.id).where(*hers)
    for model in (LessonProgress, Answer, Reflection):
        within = model.organisation_id == employee.organisation_id, model.enrolment_id.in_(enrolled)
        session.execute(delete(model).where(*within).execution_options(synchronize_session=False))
    session.execute(delete(Enrolment).where(*hers).execution_options(synchronize_session=False))
    session.delete(employee)
    session.flush()
    more = session.scalar(
        select(
            exists().where(Employee.person_id == person.id)
            | exists().where(Address.person_id == person.id)
            | exists().where(Person.id == person.id, (Person.host_id.is_not(None)) | (Person.scheme_role.is_not(None)))
        )
    )
    if not more:
        forget(person)


def forget_unnamed(entered_before: datetime, many: int) -> int:
    """Forget so many of the places without a name that were begun before then; returns how many."""
    rows = session.execute(
        select(Employee, Person)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.role == "unnamed", Employee.joined_at < entered_before)
        .limit(many)
    ).all()
    for employee, person in rows:
        forget_place(employee, person)
    return len(rows)


def _signing() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.extensions["lms"].secret_key, salt="receipt")
