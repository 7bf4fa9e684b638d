"""What a page may cost: questions to the database, whatever the head count, and bytes on the way to a phone."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from lms.courses.exercises import Choice, Match, Order
from lms.courses.packs import Lesson
from lms.database import norwegian_day, now, one_transaction, session
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import COURSES, Theatre
from tests.questions import questions
from tests.rigs_browsers import OpenWindow

pytestmark = pytest.mark.slow

COLLEAGUES = 200
HTML_OF_A_LESSON = 30_000
REST_OF_A_FIRST_VISIT = 25_000
# Page, whose, and how many questions at the most; «asked» counts everything, also who is visiting.
BUDGETS = [
    ("/learn/{organisation}/harassment/what-is-sexual-harassment", "kari", 4),
    ("/learn/{organisation}/harassment/", "kari", 4),
    ("/", "kari", 5),
    ("/", "siv", 8),
    ("/", "mona", 10),
    ("/organisations/{organisation}/", "mona", 8),
    ("/organisations/{organisation}/readiness", "mona", 6),
    ("/organisations/{organisation}/readiness", "siv", 6),
    ("/organisations/{organisation}/readiness/teams", "mona", 4),
    ("/organisations/{organisation}/readiness/missing", "mona", 6),
    ("/organisations/{organisation}/readiness.csv", "mona", 4),
    ("/group-sessions", "siv", 5),
    ("/organisations/{organisation}/group-sessions/{meeting}/notes", "siv", 6),
    ("/organisations/{organisation}/group-sessions/{meeting}/brought", "kari", 3),
    ("/group-sessions/calendar", "siv", 4),
    ("/organisations/{organisation}/join-links", "mona", 5),
    ("/upkeep", "siv", 2),
    ("/upkeep/help/mental-helse", "siv", 3),
    ("/organisations/{organisation}/risks", "mona", 4),
    ("/organisations/{organisation}/risks/contributions", "kari", 7),
    ("/organisations/{organisation}/year", "mona", 9),
    ("/risk-mappings", "siv", 3),
    ("/apply", "anonymous", 1),
    ("/queues", "siv", 13),
    ("/", "anonymous", 1),
    ("/register", "anonymous", 2),
    ("/register.json", "anonymous", 2),
    ("/register/feed.atom", "anonymous", 1),
    ("/applications", "siv", 3),
    ("/scheme/organisations", "siv", 5),
    ("/scheme/organisations/{organisation}", "siv", 5),
    ("/organisations/{organisation}/log", "mona", 4),
    ("/statistics", "siv", 6),
    ("/organisations/{organisation}/mark", "mona", 13),
    ("/marks", "siv", 3),
    ("/organisations/{organisation}/renewal", "mona", 6),
    ("/renewals", "siv", 3),
    ("/organisations/{organisation}/new-hires", "mona", 7),
    ("/organisations/{organisation}/receipts", "mona", 5),
    ("/me", "kari", 4),
    ("/me/reflections", "kari", 2),
    ("/me/certificates", "kari", 2),
]


@pytest.fixture
def crowd(app: Flask, theatre: Theatre) -> Callable[[], None]:
    """Let two hundred more people in, some of them done."""

    def come_in() -> None:
        with app.app_context(), one_transaction():
            people = [Person(name=f"Kollega {number}", language="nb") for number in range(COLLEAGUES)]
            session.add_all(people)
            session.flush()
            for number, person in enumerate(people):
                employee = Employee(organisation_id=theatre.id, person_id=person.id)
                session.add(employee)
                enrol(employee, COURSES)
                if number % 10 == 0:
                    here = Enrolment.employee_id == employee.id, Enrolment.course == "norms"
                    done = {"begun_at": now(), "completed_at": now(), "completed_on": norwegian_day(now())}
                    session.execute(update(Enrolment).where(*here).values(done))

    return come_in


@pytest.mark.parametrize(("page", "who", "most"), BUDGETS, ids=[f"{who}-{page}" for page, who, _ in BUDGETS])
def test_a_page_asks_no_more_however_many_we_are(
    page: str,
    who: str,
    most: int,
    app: Flask,
    theatre: Theatre,
    crowd: Callable[[], None],
    request: pytest.FixtureRequest,
) -> None:
    client: FlaskClient = request.getfixturevalue(who)
    address = page.format(organisation=theatre.id, meeting=theatre.meeting_id)
    client.get(address)
    with questions(app) as few:
        assert client.get(address).status_code == 200
    crowd()
    with questions(app) as many:
        assert client.get(address).status_code == 200

    assert len(few) <= most, "\n".join(few)
    assert len(many) == len(few)


def whole_answer(lesson: Lesson) -> dict[str, Any]:
    """A form with something in every exercise, so that the page has every why to show afterwards."""
    form: dict[str, Any] = {}
    for exercise in lesson.exercises("nb"):
        if isinstance(exercise, Choice):
            keys = [alternative.key for alternative in exercise.alternatives]
            form[exercise.id] = keys if exercise.many else keys[0]
        elif isinstance(exercise, Match):
            form.update({pair.field: exercise.pairs[0].key for pair in exercise.pairs})
        elif isinstance(exercise, Order):
            form.update({step.field: "1" for step in exercise.steps})
        else:
            form[exercise.id] = {"reflection": "Fire linjer. " * 30, "stance": "4", "rating": "low", "case": "a"}[
                exercise.kind
            ]
    return form


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_lesson_is_light_also_when_everything_is_answered(
    language: str, mona: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    library = app.extensions["lms"].library
    with app.app_context(), one_transaction():
        employee = session.get_one(Employee, (theatre.id, theatre.employees["mona"]))
        employee.is_leader = True
        session.get_one(Person, theatre.people["mona"]).language = language
        enrol(employee, [course.key for course in library.courses])
    weights = {}
    for course in library.courses:
        for lesson in course.written_lessons:
            here = f"/learn/{theatre.id}/{course.key}/{lesson.slug}"
            before = len(mona.get(here).data)
            assert mona.post(f"{here}/answers", data=whole_answer(lesson)).status_code == 303
            weights[here] = max(before, len(mona.get(here).data))

    assert {here: weight for here, weight in weights.items() if weight > HTML_OF_A_LESSON} == {}


@pytest.mark.browser
def test_a_first_visit_loads_little_more_than_the_text(
    kari: FlaskClient, theatre: Theatre, window: OpenWindow, app: Flask
) -> None:
    opened = window(kari)
    loaded: dict[str, int] = {}
    opened.page.on("response", lambda answer: loaded.update({urlsplit(answer.url).path: len(answer.body())}))
    here = f"/learn/{theatre.id}/harassment/what-is-sexual-harassment"
    opened.open(here)
    opened.page.evaluate("document.querySelectorAll('img').forEach((image) => image.scrollIntoView())")
    opened.page.wait_for_load_state("networkidle")

    assert loaded.pop(here) <= HTML_OF_A_LESSON
    assert any(path.endswith(".svg") for path in loaded)
    assert sum(loaded.values()) <= REST_OF_A_FIRST_VISIT, loaded


def test_what_a_process_keeps_does_not_grow_with_the_names_it_is_called(app: Flask, anonymous: FlaskClient) -> None:
    known = app.extensions["lms"].addresses
    assert anonymous.get("/").status_code == 200
    kept = dict(known)

    for number in range(20):
        assert anonymous.get("/", headers={"Host": f"{number}.example"}).status_code == 200

    assert known == kept != {}
