"""What is measured on: a database with seeded organisations, people with cookies, and requests of theirs."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

import lms
from lms.courses.exercises import Case, Choice, Exercise, Match, Order, Rating, Stance
from lms.courses.packs import Lesson
from lms.database import now, one_transaction, session
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.open_pages import OpenPage
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee
from lms.people.models import Person
from lms.schema import upgrade
from lms.seed import seed_organisation, seeded_id
from lms.settings import new_key
from tests.bench.served import FloorModel, FloorPerson
from tests.bench.servers import Request

COURSE, LESSON = "harassment", "what-is-sexual-harassment"
TOKEN = secrets.token_hex(20)


@dataclass(frozen=True)
class Visitor:
    """Somebody seeded: where she learns, and the cookies she comes with."""

    id: UUID
    cookie: str
    floor_cookie: str


class Stage:
    """One database, ready to be measured on."""

    def __init__(self, database_url: str, folder: Path, sizes: Sequence[int]):
        self.url, self.folder, self.sizes = database_url, folder, sizes
        self.environment = {
            "LMS_DATABASE_URL": database_url,
            "LMS_INSTANCE": str(folder),
            "LMS_SECRET_KEY": secrets.token_hex(32),
            "LMS_REFLECTION_KEYS": f"1:{new_key()}",
            "LMS_PRODUCTION": "1",
            "LMS_ORIGIN": "http://127.0.0.1",
            "FLOOR_TEMPLATES": str(folder),
        }
        self.app = lms.create_app({**self.environment, "LMS_INSTANCE": folder, "LMS_PRODUCTION": True})
        self.engine = self.app.extensions["lms"].engine
        self.floor = Flask("floor")
        self.floor.secret_key = self.environment["LMS_SECRET_KEY"]
        with self.app.app_context():
            upgrade(self.engine)
            for size in sizes:
                with one_transaction():
                    seed_organisation(size)
            self.engine.dispose()
        FloorModel.metadata.create_all(self.engine)
        with Session(self.engine) as floor:
            floor.execute(insert(FloorPerson), [{"id": UUID(int=n), "name": f"Person {n}"} for n in range(1, 3001)])
            floor.commit()

    @property
    def organisation_id(self) -> UUID:
        """The organisation whose people read and report."""
        return seeded_id(self.sizes[1], "organisation")

    @property
    def lesson(self) -> Lesson:
        """The lesson they read."""
        found: Lesson = self.app.extensions["lms"].library.course(COURSE).lesson(LESSON)
        return found

    def visitors(self) -> list[Visitor]:
        """Everybody in that organisation."""
        with self.app.app_context():
            people = session.scalars(
                select(Employee.person_id)
                .where(Employee.organisation_id == self.organisation_id)
                .order_by(Employee.person_id)
            ).all()
        return [
            Visitor(person_id, self.cookie_of(person_id), self._signed(self.floor, person=UUID(int=n).hex))
            for n, person_id in enumerate(people, 1)
        ]

    def cookie_of(self, person_id: UUID) -> str:
        """The cookie somebody who has signed in comes with."""
        return self._signed(self.app, _user_id=f"{person_id}.1", _permanent=True, _fresh=True, csrf_token=TOKEN)

    def _signed(self, app: Flask, **ticket: Any) -> str:
        signer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(ticket)}"

    def form_token(self) -> str:
        """The token that every form of these people carries."""
        import flask

        with self.app.test_request_context():
            flask.session["csrf_token"] = TOKEN
            return str(generate_csrf())

    def readings(self, visitors: Sequence[Visitor]) -> list[Request]:
        """Each of them opens the lesson."""
        return [Request(self._address(), visitor.cookie) for visitor in visitors]

    def reports(self, visitors: Sequence[Visitor], number: int) -> list[Request]:
        """Each of them sends a report of attended seconds."""
        told = {"csrf_token": self.form_token(), "number": number, "seconds": 60}
        return [
            Request(f"{self._address()}/time", each.cookie, urlencode({**told, "opened": self._opened[each.id]}), 204)
            for each in visitors
        ]

    @cached_property
    def _opened(self) -> dict[UUID, str]:
        """What the lesson's page says of itself when each of them has it open, by person."""
        theirs = select(Enrolment, Person).join(Employee, Employee.id == Enrolment.employee_id).join(Person)
        here = Employee.organisation_id == self.organisation_id, Enrolment.course == COURSE
        with self.app.app_context():
            rows = session.execute(theirs.where(*here))
            return {
                person.id: OpenPage.now_opened(person, enrolment, self.lesson, now()).signed()
                for enrolment, person in rows
            }

    def completions(self, visitors: Sequence[Visitor]) -> list[Request]:
        """Each of them has answered everything in the page, writes a reflection, and is done."""
        fields: list[tuple[str, str]] = [("csrf_token", self.form_token()), ("script", "1"), ("opened", "")]
        for exercise in self.lesson.exercises("nb"):
            fields += answers_to(exercise)
        return [
            Request(f"{self._address()}/completion", visitor.cookie, urlencode(fields), 303) for visitor in visitors
        ]

    def skips(self, visitors: Sequence[Visitor]) -> list[Request]:
        """Each of them skips everything in the lesson."""
        body = urlencode({"csrf_token": self.form_token(), "script": "1", "part": "all"})
        return [Request(f"{self._address()}/skips", visitor.cookie, body, 303) for visitor in visitors]

    def begin_again(self) -> None:
        """Forget that anybody has been in the lesson."""
        with self.engine.begin() as connection:
            for model in (Reflection, Answer, LessonProgress):
                there = model.organisation_id == self.organisation_id, model.lesson == LESSON
                connection.execute(delete(model).where(*there))

    def readiness_page(self, size: int) -> Request:
        """The coordinator of the organisation of this size asks whether it is ready."""
        return self.of_coordinator(size, "/readiness")

    def of_coordinator(self, size: int, page: str) -> Request:
        """The coordinator of the organisation of this size opens one of its pages."""
        address = f"/organisations/{seeded_id(size, 'organisation')}{page}"
        return Request(address, self.cookie_of(seeded_id(size, "coordinator")))

    def floor_page_like(self, page: str) -> None:
        """Give the floor a page of the same size as ours, with one name in it."""
        (self.folder / "page.html").write_text(f"{{% raw %}}{re.sub('{%|{{', '', page)}{{% endraw %}}{{{{ name }}}}")

    def _address(self) -> str:
        return f"/learn/{self.organisation_id}/{COURSE}/{LESSON}"


def answers_to(exercise: Exercise) -> list[tuple[str, str]]:
    """Form fields that answer an exercise."""
    match exercise:
        case Choice():
            return [(exercise.id, exercise.alternatives[0].key)]
        case Match():
            return [(pair.field, pair.key) for pair in exercise.pairs]
        case Order():
            return [(step.field, str(step.place)) for step in exercise.steps]
        case Stance():
            return [(exercise.id, "4")]
        case Rating():
            return [(exercise.id, "low")]
        case Case():
            return [(exercise.id, exercise.choices[0].key)]
        case _:
            return [(exercise.id, "Det tar jeg med meg til kurssamlingen, og spør om det samme.")]
