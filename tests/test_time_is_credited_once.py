"""Credited time: whatever is reported, nobody is credited more than the clock on the wall has moved."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeAlias
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from lms.courses.packs import Lesson
from lms.database import one_transaction, session
from lms.learning.credit import (
    MOST_SECONDS_PER_REPORT,
    PersonClock,
    credit_page,
    credit_report,
    start_clock,
)
from lms.learning.models import Enrolment, LessonProgress
from lms.learning.open_pages import OpenPage
from lms.learning.places import enrol
from lms.organisations.models import Employee, Organisation, Round
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.writing import opened_in, seconds_of

START = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # the night in which the clock changes to summer time
COURSE = "harassment"


@dataclass(frozen=True)
class Somebody:
    """A person who works in two places, each with its enrolment."""

    person_id: UUID
    enrolments: tuple[Enrolment, Enrolment]


@dataclass(frozen=True)
class Report:
    """What a script says; `since` is how far the server's clock has moved since the step before."""

    since: float
    device: str
    number: int
    seconds: int
    place: int


@dataclass(frozen=True)
class Page:
    """A form from a page without scripts, opened `open_for` seconds ago by the signed time."""

    since: float
    device: str
    open_for: int
    place: int


Step: TypeAlias = Report | Page
# Mostly a minute or less; now and then an afternoon, a clock set back, or one set forward by a day.
MOVES = st.one_of(
    st.floats(0, 90), st.floats(0, 90), st.sampled_from([0.0, 0.999, 60.0, 7200.0, -1.5, -3600.0, 86_400.0])
)
SECONDS = st.one_of(st.integers(-120, 180), st.sampled_from([0, 60, 60, 120, 3600, 10**9, -(10**9), 2**70]))
DEVICES = st.sampled_from(["phone", "laptop", "second-tab"])
REPORTS: SearchStrategy[Step] = st.builds(
    Report, MOVES, DEVICES, number=st.integers(1, 8), seconds=SECONDS, place=st.integers(0, 1)
)
PAGES: SearchStrategy[Step] = st.builds(
    Page, MOVES, DEVICES, open_for=st.sampled_from([-600, 0, 30, 300, 10**6]), place=st.integers(0, 1)
)
patiently = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def reading(app: Flask) -> Lesson:
    """A lesson of five minutes."""
    course = app.extensions["lms"].library.course(COURSE)
    lesson: Lesson = course.lesson("welcome")
    assert lesson.minutes == 5
    return lesson


@pytest.fixture
def newcomer(app: Flask) -> Iterator[Callable[[], Somebody]]:
    """Let somebody enter two organisations at START; one pair of organisations serves the whole test."""
    with app.app_context():
        with one_transaction():
            places = [Organisation(id=uuid4(), name=name) for name in ("Teatret", "Festivalen")]
            session.add_all(places)
            session.flush()
            session.add_all([Round(organisation_id=place.id, courses=[COURSE]) for place in places])

        def enter() -> Somebody:
            with one_transaction():
                person = Person(id=uuid4(), name="Kari Berg")
                session.add(person)
                employees = [Employee(id=uuid4(), organisation_id=place.id, person_id=person.id) for place in places]
                session.flush()
                session.add_all(employees)
                session.flush()
                for employee in employees:
                    enrol(employee, [COURSE])
                start_clock(person.id, START)
            first, second = (
                session.scalars(select(Enrolment).where(Enrolment.employee_id == employee.id)).one()
                for employee in employees
            )
            session.rollback()
            return Somebody(person.id, (first, second))

        yield enter


def take(step: Step, somebody: Somebody, reading: Lesson, at: datetime) -> int:
    """One step, in one transaction; returns the seconds credited for it."""
    enrolment = somebody.enrolments[step.place]
    opened = at - timedelta(seconds=0 if isinstance(step, Report) else step.open_for)
    place = enrolment.organisation_id, enrolment.id, reading.slug
    page = OpenPage(somebody.person_id, 1, *place, step.device, opened, has_begun=False)
    with one_transaction():
        if isinstance(step, Report):
            return credit_report(page, step.number, step.seconds, at)
        return credit_page(page, reading, at)


def credited_to(somebody: Somebody) -> int:
    """Everything she has been credited, wherever she works."""
    total = session.scalar(
        select(func.coalesce(func.sum(LessonProgress.credited_seconds), 0)).where(
            LessonProgress.enrolment_id.in_([enrolment.id for enrolment in somebody.enrolments])
        )
    )
    session.rollback()
    assert total is not None
    return total


@patiently
@given(steps=st.lists(st.one_of(REPORTS, REPORTS, PAGES), max_size=12))
def test_nobody_is_credited_more_than_has_passed(
    steps: list[Step], newcomer: Callable[[], Somebody], reading: Lesson
) -> None:
    somebody = newcomer()
    at = latest = START
    by_step = []
    for step in steps:
        at += timedelta(seconds=step.since)
        latest = max(latest, at)
        by_step.append(take(step, somebody, reading, at))

    assert all(seconds >= 0 for seconds in by_step)
    assert credited_to(somebody) == sum(by_step) <= (latest - START).total_seconds()
    for step, seconds in zip(steps, by_step, strict=True):
        most = MOST_SECONDS_PER_REPORT if isinstance(step, Report) else reading.minutes * 60
        assert seconds <= most


@patiently
@given(steps=st.lists(REPORTS, min_size=1, max_size=8), again=st.data())
def test_a_report_sent_again_changes_nothing(
    steps: list[Report], again: st.DataObject, newcomer: Callable[[], Somebody], reading: Lesson
) -> None:
    """One person's reports arrive once, the other's several times: both are credited the same."""
    once, often = newcomer(), newcomer()
    at = START
    sent: list[Report] = []
    for step in steps:
        at += timedelta(seconds=step.since)
        sent.append(step)
        take(step, once, reading, at)
        take(step, often, reading, at)
        for retried in again.draw(st.lists(st.sampled_from(sent), max_size=3)):
            later = at + timedelta(seconds=again.draw(st.sampled_from([0.0, 0.5, 40.0])))
            assert take(retried, often, reading, later) == 0

    assert credited_to(often) == credited_to(once)


@patiently
@given(seconds=st.lists(SECONDS, min_size=1, max_size=10))
def test_forged_seconds_buy_nothing(seconds: list[int], newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    """A minute between reports: a forger gets what an honest reader gets, and not a second more."""
    forger, honest = newcomer(), newcomer()
    for number, claimed in enumerate(seconds, 1):
        at = START + timedelta(minutes=number)
        take(Report(60, "forged", number, claimed, number % 2), forger, reading, at)
        take(Report(60, "honest", number, 60, 0), honest, reading, at)

    assert credited_to(forger) <= credited_to(honest) == 60 * len(seconds)


def test_reports_of_an_attentive_hour_are_believed(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    for minute in range(1, 61):
        take(Report(60, "phone", minute, 60, 0), somebody, reading, START + timedelta(minutes=minute))

    assert credited_to(somebody) == 3600


def test_a_report_counts_where_it_was_made(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    take(Report(60, "phone", 1, 60, 0), somebody, reading, START + timedelta(seconds=60))
    take(Report(10, "laptop", 1, 60, 1), somebody, reading, START + timedelta(seconds=70))

    seconds = session.scalars(
        select(LessonProgress.credited_seconds)
        .where(LessonProgress.enrolment_id.in_([each.id for each in somebody.enrolments]))
        .order_by(LessonProgress.credited_seconds.desc())
    ).all()
    assert seconds == [60, 10]


def test_a_page_without_scripts_counts_from_its_opening(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    at = START + timedelta(minutes=30)

    assert take(Page(0, "page", 120, 0), somebody, reading, at) == 120
    assert take(Page(0, "page", 120, 0), somebody, reading, at) == 0, "the same form, sent twice at once"
    assert take(Page(0, "page", 210, 0), somebody, reading, at + timedelta(seconds=90)) == 90, "read on, sent again"


def test_a_page_left_open_counts_the_minutes_of_the_lesson(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    at = START + timedelta(hours=3)

    assert take(Page(0, "page", 2 * 3600, 0), somebody, reading, at) == reading.minutes * 60


def test_a_page_that_has_reported_counts_by_its_reports(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    take(Report(60, "tab", 1, 30, 0), somebody, reading, START + timedelta(seconds=60))

    assert take(Page(0, "tab", 200, 0), somebody, reading, START + timedelta(seconds=200)) == 0
    assert credited_to(somebody) == 30


def test_somebody_without_a_clock_begins_now(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    with one_transaction():
        session.query(PersonClock).filter(PersonClock.person_id == somebody.person_id).delete()

    assert take(Report(0, "phone", 1, 60, 0), somebody, reading, START) == 0
    assert take(Report(60, "phone", 2, 60, 0), somebody, reading, START + timedelta(seconds=60)) == 60


def test_reading_begins_the_course(newcomer: Callable[[], Somebody], reading: Lesson) -> None:
    somebody = newcomer()
    take(Report(0, "phone", 1, 60, 0), somebody, reading, START + timedelta(seconds=60))

    begun = session.scalar(
        select(Enrolment.begun_at).where(Enrolment.id == somebody.enrolments[0].id),
        execution_options={"populate_existing": True},
    )
    assert begun == START + timedelta(seconds=60)


@pytest.mark.parametrize("courses", [("harassment", "norms"), ("norms", "norms")], ids=["two pages", "the same, again"])
def test_two_devices_at_once_share_one_clock(
    courses: tuple[str, str], database_url: str, open_app: Callable[..., Flask]
) -> None:
    """Twenty minutes, each reported as two by both at the same moment."""
    app = open_app(database_url)
    theatre = cast_in(app)
    devices = [signed_in(app, theatre, "kari") for _course in courses]
    opened = {course: opened_in(devices[0].get(f"/learn/{theatre.id}/{course}/welcome").text) for course in courses}
    with app.app_context():
        entered = session.get_one(PersonClock, theatre.people["kari"]).credited_until

    def report(device: FlaskClient, page: str, course: str, minute: int) -> int:
        data = {"opened": page, "number": minute, "seconds": 120}
        return device.post(f"/learn/{theatre.id}/{course}/welcome/time", data=data).status_code

    for minute in range(1, 21):
        with time_machine.travel(entered + timedelta(minutes=minute), tick=False):
            answers = all_at_once(
                [
                    partial(report, device, opened[course], course, minute)
                    for device, course in zip(devices, courses, strict=True)
                ]
            )
        assert answers == [204, 204]

    assert seconds_of(app, theatre.people["kari"]) == 20 * 60


def test_forms_and_reports_at_once_wait_for_nobody_in_a_ring(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    lesson = f"/learn/{theatre.id}/harassment/welcome"
    devices = [signed_in(app, theatre, "kari") for _number in range(8)]
    forms = [opened_in(device.get(lesson).text) for device in devices]

    def report(device: FlaskClient, form: str) -> int:
        return device.post(f"{lesson}/time", data={"opened": form, "number": 1, "seconds": 60}).status_code

    def save(device: FlaskClient, form: str, number: int) -> int:
        written = {"opened": form, "what-you-need": f"Ro, {number}", "who-reads": "b", "sara": "a"}
        return device.post(f"{lesson}/answers", data=written).status_code

    with app.app_context():
        entered = session.get_one(PersonClock, theatre.people["kari"]).credited_until
    with time_machine.travel(entered + timedelta(seconds=90), tick=False):
        answers = all_at_once(
            [
                partial(report, device, form) if number % 2 else partial(save, device, form, number)
                for number, (device, form) in enumerate(zip(devices, forms, strict=True))
            ]
        )

    assert answers == [303, 204] * 4
    assert 0 < seconds_of(app, theatre.people["kari"]) <= 90


def test_looking_writes_nothing(kari: FlaskClient, app: Flask, theatre: Theatre) -> None:
    """A page that is opened, by her or by whatever fetches links for her, credits nothing and begins nothing."""
    for path in ("harassment/", "harassment/welcome", "harassment/what-is-sexual-harassment"):
        assert kari.get(f"/learn/{theatre.id}/{path}").status_code == 200

    with app.app_context():
        assert session.scalar(select(func.count()).select_from(LessonProgress)) == 0
        assert session.scalars(select(Enrolment).where(Enrolment.begun_at.is_not(None))).all() == []


def test_a_request_that_only_looks_could_not_write(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    with app.test_request_context("/", method="GET"):
        session.add(Person(name="Kari Berg"))
        with pytest.raises(DBAPIError):
            session.flush()
        session.rollback()
    with app.test_request_context("/", method="POST"):
        session.add(Person(name="Kari Berg"))
        session.flush()
