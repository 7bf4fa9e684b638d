"""A lesson is done when she says so and nothing is left of it; once, however many tabs and phones say it at once."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from lms.database import one_transaction, session
from lms.learning.models import Answer, Enrolment, LessonProgress
from lms.learning.places import enrol
from lms.learning.reflections import Reflection
from lms.organisations.models import Employee, Round
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.packs import EVERY_KIND, write_pack
from tests.writing import report

WHOLE = {
    "thought": "A fridge, far away",
    "one": "b",
    "many": ["a", "c"],
    "pairs.a": "a",
    "pairs.b": "b",
    "pairs.c": "c",
    "turns.a": "1",
    "turns.b": "2",
    "turns.c": "3",
    "agree": "4",
    "late": "low",
    "scene": "b",
}
ASK = """
## A question

/// reflection | after
What will you do?
///
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A course of two lessons: one with every kind of exercise, one with a single question."""
    return write_pack(tmp_path / "packs" / "sound", {"sound": EVERY_KIND, "silence": ASK}).parent


@pytest.fixture
def app(open_app: Callable[..., Flask], database_url: str, packs: Path) -> Flask:
    return open_app(database_url, LMS_COURSE_PATHS=str(packs))


@pytest.fixture
def theatre(app: Flask) -> Theatre:
    """The theatre, with Kari and Mona in the course about sound."""
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        for name in ("kari", "mona"):
            enrol(session.get_one(Employee, (theatre.id, theatre.employees[name])), ["sound"])
            session.get_one(Person, theatre.people[name]).language = "en"
    return theatre


@pytest.fixture
def course(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/sound"


def rows(app: Flask, model: type[Any]) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(model)) or 0


def standing(app: Flask, theatre: Theatre, name: str = "kari") -> Enrolment:
    with app.app_context():
        return session.scalars(
            select(Enrolment).where(Enrolment.employee_id == theatre.employees[name], Enrolment.course == "sound")
        ).one()


def test_it_is_done_when_she_says_so_and_nothing_is_left(
    kari: FlaskClient, app: Flask, theatre: Theatre, course: str
) -> None:
    kari.post(f"{course}/sound/answers", data=WHOLE)
    assert "You are done with this lesson." not in kari.get(f"{course}/sound").text, "she has not said so"

    answer = kari.post(f"{course}/sound/completion", data={})

    assert answer.status_code == 303
    assert answer.location.split("?")[0] == f"{course}/silence"
    assert "You are done with this lesson." in kari.get(f"{course}/sound").text
    assert standing(app, theatre).completed_at is None


def test_the_page_says_what_is_left(kari: FlaskClient, course: str) -> None:
    answer = kari.post(f"{course}/sound/completion", data={"one": "b", "thought": "A fridge"})

    assert answer.status_code == 422
    assert set(re.findall(r'href="#exercise-(\w+)"', answer.text)) == {
        "many",
        "pairs",
        "turns",
        "agree",
        "late",
        "scene",
    }
    assert "A fridge" in answer.text
    assert "A fridge" in kari.get(f"{course}/sound").text, "what was answered is kept"


def test_one_button_skips_a_part_and_another_the_rest(
    kari: FlaskClient, app: Flask, theatre: Theatre, course: str
) -> None:
    kari.post(f"{course}/sound/skips", data={"part": "part-2", "one": "a"})
    left = kari.post(f"{course}/sound/completion", data={})
    kari.post(f"{course}/sound/skips", data={"part": "all"})
    done = kari.post(f"{course}/sound/completion", data={})

    assert set(re.findall(r'href="#exercise-(\w+)"', left.text)) == {"turns", "agree", "late", "scene"}
    assert done.status_code == 303
    with app.app_context():
        kept = dict(session.execute(select(Answer.exercise, Answer.value)).all())
    assert kept.pop("one") == ["a"], "what she had answered stays answered"
    assert set(kept.values()) == {None}


def test_skipping_looks_the_same_as_answering_to_everybody_else(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre, course: str
) -> None:
    """Kari answers and Mona skips; but for their names, what others see of them is the same."""
    with app.app_context(), one_transaction():
        session.execute(update(Round).where(Round.organisation_id == theatre.id).values(courses=["sound"]))
    with time_machine.travel(datetime(2027, 1, 12, 12, tzinfo=UTC), tick=False):
        for name, answers in (("kari", WHOLE), ("mona", {"part": "all"})):
            visitor = signed_in(app, theatre, name)
            visitor.post(f"{course}/sound/{'answers' if answers is WHOLE else 'skips'}", data=answers)
            visitor.post(f"{course}/sound/completion", data={})
            visitor.post(f"{course}/silence/skips", data={"part": "all"})
            visitor.post(f"{course}/silence/completion", data={})

    for where in ("readiness", "people"):
        page = mona.get(f"/organisations/{theatre.id}/{where}").text
        cells = {}
        for name in ("Kari Berg", "Mona Haug"):
            line = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*{name}.*?</tr>", page, re.DOTALL)
            assert line, name
            cells[name] = re.findall(r'<span class="standing.*?</span>', line[0], re.DOTALL)
        assert len(cells["Kari Berg"]) == 1
        assert "2027" in cells["Kari Berg"][0]
        assert cells["Kari Berg"] == cells["Mona Haug"]
    assert "Kari Berg" not in siv.get(f"/organisations/{theatre.id}/readiness").text, "she sees numbers"


def test_completed_is_a_moment_that_never_moves(
    app: Flask, theatre: Theatre, course: str, packs: Path, open_app: Callable[..., Flask]
) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False):
        complete_all(signed_in(app, theatre, "kari"), course)
    first = standing(app, theatre)
    with time_machine.travel(datetime(2027, 4, 1, 12, tzinfo=UTC), tick=False):
        complete_all(signed_in(app, theatre, "kari"), course)
        write_pack(packs / "sound", {"sound": EVERY_KIND, "silence": ASK, "echo": ASK}, version="2")
        later = open_app(app.config["LMS_DATABASE_URL"], LMS_COURSE_PATHS=str(packs))
        complete_all(signed_in(later, theatre, "kari"), course, "echo")
    again = standing(app, theatre)

    assert first.completed_at == again.completed_at == datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert first.completed_on == again.completed_on == date(2027, 3, 1)
    assert first.completed_version == again.completed_version
    assert first.completed_version
    with app.app_context():
        dones = session.scalars(select(LessonProgress.done_at).order_by(LessonProgress.done_at)).all()
    assert [done.month for done in dones if done] == [3, 3, 4]


def complete_all(visitor: FlaskClient, course: str, *more: str) -> None:
    for lesson in ("sound", "silence", *more):
        visitor.post(f"{course}/{lesson}/skips", data={"part": "all"})
        assert visitor.post(f"{course}/{lesson}/completion", data={}).status_code == 303


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2027, 3, 27, 22, 59, tzinfo=UTC), date(2027, 3, 27)),  # 23.59 in winter time
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), date(2027, 3, 28)),  # two o'clock becomes three
        (datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 28)),  # 23.59 in summer time
        (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),
        (datetime(2027, 10, 31, 22, 59, tzinfo=UTC), date(2027, 10, 31)),
    ],
)
def test_the_day_is_the_one_in_norway(moment: datetime, day: date, app: Flask, theatre: Theatre, course: str) -> None:
    with time_machine.travel(moment, tick=False):
        kari = signed_in(app, theatre, "kari")
        complete_all(kari, course)
        page = kari.get(f"{course}/").text

    assert standing(app, theatre).completed_on == day
    assert f"{day.day} {day:%B} {day.year}" in page


def test_the_last_two_lessons_at_once_complete_the_course(app: Flask, theatre: Theatre, course: str) -> None:
    """Neither may miss that the other is done; of the two, one completes the course."""
    for name in ("kari", "mona"):
        devices = [signed_in(app, theatre, name) for _ in range(2)]
        for lesson in ("sound", "silence"):
            devices[0].post(f"{course}/{lesson}/skips", data={"part": "all"})
        answers = all_at_once(
            [
                partial(device.post, f"{course}/{lesson}/completion", data={})
                for device, lesson in zip(devices, ("sound", "silence"), strict=True)
            ]
        )

        assert [answer.status_code for answer in answers] == [303, 303]
        assert standing(app, theatre, name).completed_at is not None


@pytest.mark.parametrize("what", ["answers", "completion"])
def test_twenty_identical_posts_are_one(what: str, app: Flask, theatre: Theatre, course: str) -> None:
    devices = [signed_in(app, theatre, "kari") for _ in range(20)]
    answers = all_at_once(
        [partial(device.post, f"{course}/sound/{what}", data={**WHOLE, "script": "1"}) for device in devices]
    )

    assert [answer.status_code for answer in answers] == [303] * 20
    assert rows(app, LessonProgress) == 1
    assert rows(app, Answer) == 8
    assert rows(app, Reflection) == 1


def test_two_tabs_with_other_texts_keep_the_last_one_whole(app: Flask, theatre: Theatre, course: str) -> None:
    tabs = [signed_in(app, theatre, "kari") for _ in range(6)]
    texts = [f"Written in tab number {number}" for number in range(6)]
    answers = all_at_once(
        [
            partial(tab.post, f"{course}/sound/answers", data={"thought": text, "thought.visibility": "my_session"})
            for tab, text in zip(tabs, texts, strict=True)
        ]
    )
    page = tabs[0].get(f"{course}/sound").text

    assert [answer.status_code for answer in answers] == [303] * 6
    assert rows(app, Reflection) == 1
    assert sum(text in page for text in texts) == 1
    tabs[0].post(f"{course}/sound/answers", data={"thought": "The last word"})
    assert "The last word</textarea>" in tabs[1].get(f"{course}/sound").text


def test_the_same_form_twice_changes_nothing(kari: FlaskClient, app: Flask, course: str) -> None:
    def kept() -> list[Any]:
        with app.app_context():
            answers = session.execute(select(Answer.exercise, Answer.value, Answer.at).order_by(Answer.exercise))
            texts = session.execute(select(Reflection.sealed, Reflection.written_at))
            return [*map(tuple, answers), *map(tuple, texts)]

    kari.post(f"{course}/sound/answers", data=WHOLE)
    first = kept()
    kari.post(f"{course}/sound/answers", data=WHOLE)

    assert kept() == first
    kari.post(f"{course}/sound/answers", data={})
    assert kept() == first, "a field left alone says nothing"


def test_a_lesson_that_is_being_written_can_not_be_answered(
    kari: FlaskClient, app: Flask, theatre: Theatre, packs: Path, open_app: Callable[..., Flask]
) -> None:
    write_pack(packs / "sound", {"sound": EVERY_KIND, "silence": ""}, version="2")
    later = open_app(app.config["LMS_DATABASE_URL"], LMS_COURSE_PATHS=str(packs))
    visitor = signed_in(later, theatre, "kari")
    lesson = f"/learn/{theatre.id}/sound/silence"

    assert visitor.get(lesson).status_code == 200
    for act, form in (("answers", {}), ("skips", {"part": "all"}), ("completion", {})):
        assert visitor.post(f"{lesson}/{act}", data=form).status_code == 404
    assert visitor.post(f"{lesson}/time", data=report(visitor, f"/learn/{theatre.id}/sound/sound")).status_code == 404
    assert rows(app, LessonProgress) == 0


def test_the_organisation_asks_for_time_and_another_way_is_as_good(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, course: str
) -> None:
    with app.app_context(), one_transaction():
        session.execute(update(Round).where(Round.organisation_id == theatre.id).values(time_share=60))
    early = kari.post(f"{course}/sound/completion", data=WHOLE)
    another_way = mona.post(f"{course}/sound/completion", data={**WHOLE, "otherwise": "on"})

    assert early.status_code == 422
    assert "3 more minutes" in early.text
    assert "I read it another way" in early.text
    assert another_way.status_code == 303
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        page = report(kari, f"{course}/sound")
        for number in range(1, 4):
            clock.shift(60)
            kari.post(f"{course}/sound/time", data={**page, "number": number})
        assert kari.post(f"{course}/sound/completion", data={}).status_code == 303
