"""A pack loses or gains a lesson while Kari is in the course: nothing she has done is undone, and nobody gets stuck."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.learning.duties import complete_what_has_nothing_left
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import Theatre, cast_in, signed_in
from tests.packs import PROSE, write_pack

THOUGHT = "/// reflection | thought\nWhat do you hear?\n///\n"


class Stage:
    """The theatre, reopened with each new version of the pack, as a server is after an upgrade."""

    def __init__(self, open_app: Callable[..., Flask], url: str, folder: Path) -> None:
        self.open_app = open_app
        self.url = url
        self.folder = folder
        self.theatre: Theatre | None = None

    def open_with(self, version: str, **lessons: str) -> FlaskClient:
        """Kari, with the pack as it is in this version."""
        packs = self.folder / version
        write_pack(packs / "sound", lessons, version=version)
        self.app = self.open_app(self.url, LMS_COURSE_PATHS=str(packs))
        if self.theatre is None:
            self.theatre = cast_in(self.app)
            with self.app.app_context(), one_transaction():
                enrol(session.get_one(Employee, (self.theatre.id, self.theatre.employees["kari"])), ["sound"])
                session.get_one(Person, self.theatre.people["kari"]).language = "en"
        return signed_in(self.app, self.theatre, "kari")

    @property
    def course(self) -> str:
        assert self.theatre is not None
        return f"/learn/{self.theatre.id}/sound/"

    def enrolment(self) -> Enrolment:
        with self.app.app_context():
            return session.scalars(select(Enrolment).where(Enrolment.course == "sound")).one()

    def let_the_worker_work(self) -> None:
        with self.app.app_context(), one_transaction():
            complete_what_has_nothing_left()


@pytest.fixture
def stage(open_app: Callable[..., Flask], database_url: str, tmp_path: Path) -> Stage:
    return Stage(open_app, database_url, tmp_path / "packs")


def test_the_address_of_a_lesson_that_is_gone_shows_the_way_on(stage: Stage) -> None:
    kari = stage.open_with("1", drums=PROSE, lutes=PROSE, pipes=PROSE)
    kari.post(f"{stage.course}drums/completion")
    kari.get(f"{stage.course}lutes")

    kari = stage.open_with("2", drums=PROSE, pipes=PROSE)
    answer = kari.get(f"{stage.course}lutes")

    assert answer.status_code == 404
    assert "no longer part of this course" in answer.text
    assert f'href="{stage.course}pipes"' in answer.text
    assert '<li class="done">' in answer.text


def test_a_text_posted_to_a_lesson_that_is_gone_is_handed_back(stage: Stage) -> None:
    kari = stage.open_with("1", drums=PROSE, lutes=THOUGHT)
    kari.get(f"{stage.course}lutes")

    kari = stage.open_with("2", drums=PROSE)
    form = {"thought": "A <low> hum", "thought.visibility": "only_me", "script": "1", "part": "part-1"}
    answer = kari.post(f"{stage.course}lutes/answers", data=form)

    assert answer.status_code == 404
    assert "A &lt;low&gt; hum</textarea>" in answer.text
    assert answer.text.count("<textarea") == 1


def test_nobody_gets_stuck_when_the_last_open_lesson_leaves(stage: Stage) -> None:
    kari = stage.open_with("1", drums=PROSE, lutes=PROSE)
    kari.post(f"{stage.course}drums/completion")
    stage.let_the_worker_work()
    before = stage.enrolment().completed_at

    kari = stage.open_with("2", drums=PROSE)
    waiting = kari.get(stage.course).text
    stage.let_the_worker_work()
    completed = stage.enrolment()

    assert before is None
    assert "You have done every lesson there is." in waiting
    assert completed.completed_at is not None
    assert completed.completed_version == "2"
    assert "You completed this course on" in kari.get(stage.course).text


def test_the_worker_completes_once_and_only_who_has_nothing_left(stage: Stage) -> None:
    kari = stage.open_with("1", drums=PROSE, lutes=PROSE, pipes=PROSE)
    kari.post(f"{stage.course}drums/completion")

    kari = stage.open_with("2", drums=PROSE, pipes=PROSE)
    stage.let_the_worker_work()
    still_open = stage.enrolment().completed_at
    kari.post(f"{stage.course}pipes/completion")
    first = stage.enrolment().completed_at
    stage.let_the_worker_work()

    assert still_open is None
    assert first is not None
    assert stage.enrolment().completed_at == first


def test_the_worker_leaves_a_course_alone_that_nobody_has_written(stage: Stage) -> None:
    kari = stage.open_with("1", drums=PROSE)
    kari.post(f"{stage.course}drums/answers")

    stage.open_with("2", drums="")
    stage.let_the_worker_work()

    assert stage.enrolment().completed_at is None


def test_a_new_lesson_undoes_nobody(stage: Stage) -> None:
    kari = stage.open_with("1", drums=PROSE)
    kari.post(f"{stage.course}drums/completion")
    completed = stage.enrolment()

    kari = stage.open_with("2", drums=PROSE, lutes=PROSE)
    stage.let_the_worker_work()
    page = kari.get(stage.course).text

    assert stage.enrolment().completed_at == completed.completed_at
    assert stage.enrolment().completed_version == "1"
    assert "You completed this course on" in page
    kari.post(f"{stage.course}lutes/completion")
    assert stage.enrolment().completed_at == completed.completed_at


def test_a_lesson_that_loses_an_exercise_keeps_what_was_answered(stage: Stage) -> None:
    stance = "/// stance | agree\nEverybody is heard.\n///\n"
    kari = stage.open_with("1", drums=THOUGHT + "\n" + stance)
    kari.post(f"{stage.course}drums/answers", data={"thought": "A hum", "agree": "3"})

    kari = stage.open_with("2", drums=THOUGHT)
    page = kari.get(f"{stage.course}drums").text

    assert "A hum</textarea>" in page
    assert kari.post(f"{stage.course}drums/completion", data={"thought": "A hum"}).status_code == 303
    assert stage.enrolment().completed_at is not None


def test_a_lesson_whose_text_is_taken_back_can_not_be_completed(stage: Stage) -> None:
    stage.open_with("1", drums=PROSE, lutes=PROSE)
    kari = stage.open_with("2", drums=PROSE, lutes="")
    answer = kari.post(f"{stage.course}lutes/completion")

    assert answer.status_code == 404
    assert "no longer part of this course" in answer.text
    assert "This lesson is being written." in kari.get(f"{stage.course}lutes").text
