"""What the stories about the room have in common: people who answer and share, and the moment they meet."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from lms.courses.exercises import Exercise, Reflection, Stance
from lms.courses.packs import Lesson
from lms.database import now, one_transaction, session
from lms.group_sessions.brief.themes import gather
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.learning.reflections import write
from lms.organisations.models import Employee, current_round
from lms.people.models import Person
from tests.cast import COURSES, Theatre
from tests.meetings import meeting_in

STANCE_LESSON = "speaking-up-and-handling"
SHARED_LESSON = "welcome"


def colleagues(theatre: Theatre, many: int) -> list[Enrolment]:
    """So many new people, each with her place in the first course; inside a transaction."""
    enrolments = []
    for number in range(many):
        person = Person(name=f"Kollega {number}", language="nb")
        session.add(person)
        session.flush()
        employee = Employee(organisation_id=theatre.id, person_id=person.id)
        session.add(employee)
        enrol(employee, COURSES)
        here = Enrolment.employee_id == employee.id, Enrolment.course == "harassment"
        enrolments.append(session.scalars(select(Enrolment).where(*here)).one())
    return enrolments


def exercise_in(app: Flask, slug: str, kind: type[Exercise]) -> tuple[Lesson, Exercise]:
    """A lesson of the first course, and its first exercise of this kind."""
    lesson = app.extensions["lms"].library.course("harassment").lesson(slug)
    return lesson, next(each for each in lesson.exercises("nb") if isinstance(each, kind))


def take_stances(app: Flask, theatre: Theatre, steps: Sequence[int]) -> str:
    """New people take these stances, a person each; the words they were asked in."""
    lesson, stance = exercise_in(app, STANCE_LESSON, Stance)
    with app.app_context(), one_transaction():
        for enrolment, step in zip(colleagues(theatre, len(steps)), steps, strict=True):
            enrolment.answer(lesson, {stance.id: step})
    return stance.prompt.striptags()


def write_texts(app: Flask, theatre: Theatre, texts: Sequence[str], visibility: str = "without_name") -> list[UUID]:
    """New people write these texts, a person each; who they are."""
    lesson, reflection = exercise_in(app, SHARED_LESSON, Reflection)
    with app.app_context(), one_transaction():
        writers = []
        for enrolment, text in zip(colleagues(theatre, len(texts)), texts, strict=True):
            person = session.get_one(Employee, (theatre.id, enrolment.employee_id)).person_id
            enrolment.answer(lesson, write(enrolment, lesson, {reflection.id: (text, visibility)}, person))
            writers.append(person)
    return writers


def gathered(app: Flask, theatre: Theatre) -> None:
    """What has been said is counted, and what can be read is let out."""
    with app.app_context(), one_transaction():
        gather(current_round(theatre.id), app.extensions["lms"].library)


def meet_now(app: Flask, theatre: Theatre) -> str:
    """The session has just begun; where its pages are."""
    with app.app_context(), one_transaction():
        meeting_in(theatre).starts_at = now() - timedelta(minutes=5)
    return pages_of(theatre)


def pages_of(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/group-sessions/{theatre.meeting_id}"
