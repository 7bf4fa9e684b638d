"""Taking receipts: codes for what somebody has completed without a name, in place of everything kept about her."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import and_, delete, exists, select

from lms.courses.packs import Course
from lms.database import session
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.receipts.codes import code_from
from lms.learning.receipts.models import give_receipt, receipts_with
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee, Round
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
    """How far somebody without a name has come: what she has completed in which round, and what has something left.

    `is_earlier` where some of it was completed in a round that has ended: its codes count there.
    """

    completed: tuple[tuple[UUID, str], ...]
    unfinished: tuple[str, ...]
    is_earlier: bool = False

    @property
    def courses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(course for _round, course in self.completed))


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
    """How far she has come, in this round and before; whoever is going `to_write` holds her courses until the end.

    A round ends without her knowing. What she completed in it is completed, and what she had not is asked anew.
    """
    asked = (
        select(Enrolment.round_id, Enrolment.course, Enrolment.completed_on, Round.ended_at)
        .join(Round, and_(Round.organisation_id == Enrolment.organisation_id, Round.id == Enrolment.round_id))
        .where(Enrolment.organisation_id == employee.organisation_id, Enrolment.employee_id == employee.id)
        .order_by(Round.started_at, Enrolment.course)
    )
    rows = session.execute(asked.with_for_update(of=Enrolment) if to_write else asked).all()
    return Reached(
        tuple((round_id, course) for round_id, course, completed_on, _ended in rows if completed_on),
        tuple(course for _round, course, completed_on, ended_at in rows if not completed_on and not ended_at),
        is_earlier=any(completed_on and ended_at for _round, _course, completed_on, ended_at in rows),
    )


def take_receipts(employee: Employee, person: Person, seed: str) -> list[Given]:
    """Codes for every course she has completed, and nothing left of her place here. Raises NothingCompleted, CodeTaken.

    What is written and what is deleted is one transaction, and nothing that stays is touched in it: no clock, no
    count and no row of hers tells afterwards that this was the moment.
    """
    completed = reached_in(employee, to_write=True).completed
    if not completed:
        raise NothingCompleted
    given = []
    for round_id, course in completed:
        code = code_from(seed, _stands_for(round_id, course))
        if not give_receipt(employee.organisation_id, round_id, course, code):
            raise CodeTaken
        given.append(Given(course, code))
    forget_place(employee, person)
    return given


def given_before(organisation_id: UUID, seed: str, courses: list[Course]) -> list[Given]:
    """What the same press has given a moment ago; nothing when it was never kept."""
    rounds = session.scalars(select(Round.id).where(Round.organisation_id == organisation_id))
    possible = {
        code_from(seed, _stands_for(round_id, course.key)): course.key for round_id in rounds for course in courses
    }
    known = receipts_with(organisation_id, list(possible))
    return [Given(course, code) for code, course in possible.items() if code in known]


def _stands_for(round_id: UUID, course: str) -> str:
    return f"{round_id.hex} {course}"


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
