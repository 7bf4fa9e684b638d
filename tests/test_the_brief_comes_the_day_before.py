"""Siv gets a letter a day before the session she leads: once, in her language, and only while it is true."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.group_sessions.brief.duties import WRITING
from lms.mail.duties import do_duties, duties
from lms.mail.models import OutboxMail
from lms.people.models import Person
from tests.cast import Theatre
from tests.letters import confirm_address, letters_to
from tests.meetings import BEGINS, meet_at, meeting_in

SIVS = "siv@example.no"
ORIGIN = "https://kurs.example.no"
SUBJECT = "Orientering: kurssamling hos Teatret Vårt"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """Two days before the session."""
    with time_machine.travel(BEGINS - timedelta(days=2), tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Any, sqlite_url: str) -> Flask:
    opened: Flask = open_app(sqlite_url, LMS_ORIGIN=ORIGIN)
    return opened


@pytest.fixture
def session_on_friday(app: Flask, theatre: Theatre) -> str:
    confirm_address(app, theatre.people["siv"], SIVS)
    return meet_at(app, theatre)


def work(app: Flask) -> None:
    """The worker comes by, as it does again and again."""
    with app.app_context():
        do_duties({name: datetime.max.replace(tzinfo=UTC) for name in duties if name != WRITING})


def subjects(app: Flask) -> list[str | None]:
    with app.app_context():
        return list(session.scalars(select(OutboxMail.subject).where(OutboxMail.recipient == SIVS)))


def send_what_waits(app: Flask, clock: Any) -> None:
    """A mail server has taken everything."""
    with app.app_context(), one_transaction():
        for mail in session.scalars(select(OutboxMail)):
            mail.acknowledge(BEGINS - timedelta(hours=20))


def test_one_letter_comes_the_day_before(app: Flask, theatre: Theatre, session_on_friday: str, clock: Any) -> None:
    work(app)
    assert subjects(app) == []

    clock.move_to(BEGINS - timedelta(hours=24))
    for _ in range(3):
        work(app)
        clock.shift(600)

    assert subjects(app) == [SUBJECT]
    (letter,) = letters_to(app, SIVS)
    for words in (
        "27. november 2026, 10.00",
        "Prøvesalen",
        "De er ikke klare ennå.",
        f"{ORIGIN}{session_on_friday}/brief",
    ):
        assert words in letter
    assert "Kari" not in letter


def test_it_is_written_in_her_language(app: Flask, theatre: Theatre, session_on_friday: str, clock: Any) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Person, theatre.people["siv"]).language = "en"
    clock.move_to(BEGINS - timedelta(hours=3))
    work(app)

    assert subjects(app) == ["Your brief: group session of Teatret Vårt"]
    assert "They are not ready yet." in letters_to(app, SIVS)[0]


def test_a_cancelled_session_has_none(app: Flask, theatre: Theatre, session_on_friday: str, clock: Any) -> None:
    with app.app_context(), one_transaction():
        meeting_in(theatre).cancel()
    clock.move_to(BEGINS - timedelta(hours=10))
    work(app)

    assert subjects(app) == []


def test_a_letter_that_waits_is_taken_back_when_the_session_is_cancelled(
    app: Flask, theatre: Theatre, session_on_friday: str, clock: Any
) -> None:
    clock.move_to(BEGINS - timedelta(hours=10))
    work(app)
    assert subjects(app) == [SUBJECT]
    with app.app_context(), one_transaction():
        meeting_in(theatre).cancel()
    clock.shift(600)
    work(app)
    assert subjects(app) == []

    with app.app_context(), one_transaction():
        meeting_in(theatre).restore()
    clock.shift(600)
    work(app)
    assert subjects(app) == [SUBJECT]


@pytest.mark.parametrize(("hours", "letters"), [(1, 1), (72, 2)], ids=["within the day", "to another day"])
def test_a_moved_session_is_followed(
    hours: int, letters: int, app: Flask, theatre: Theatre, session_on_friday: str, clock: Any
) -> None:
    clock.move_to(BEGINS - timedelta(hours=23))
    work(app)
    send_what_waits(app, clock)
    moved = BEGINS + timedelta(hours=hours)
    meet_at(app, theatre, moved)
    clock.shift(600)
    work(app)
    assert len(subjects(app)) == 1, "the calendar tells of the new time; the brief waits for its day"

    clock.move_to(moved - timedelta(hours=5))
    work(app)
    assert len(subjects(app)) == letters


def test_whoever_takes_the_session_over_is_told(
    app: Flask, theatre: Theatre, session_on_friday: str, clock: Any
) -> None:
    confirm_address(app, theatre.people["ola"], "ola@example.no")
    clock.move_to(BEGINS - timedelta(hours=23))
    work(app)
    send_what_waits(app, clock)
    with app.app_context(), one_transaction():
        meeting_in(theatre).facilitator_id = theatre.people["ola"]
    clock.shift(600)
    work(app)

    assert len(letters_to(app, "ola@example.no")) == 1
    assert len(subjects(app)) == 1


def test_nothing_is_written_about_a_session_that_has_begun_or_to_nobody(
    app: Flask, theatre: Theatre, clock: Any
) -> None:
    meet_at(app, theatre)
    clock.move_to(BEGINS - timedelta(hours=3))
    work(app)
    with app.app_context():
        assert session.scalars(select(OutboxMail)).all() == []

    confirm_address(app, theatre.people["siv"], SIVS)
    clock.move_to(BEGINS + timedelta(minutes=1))
    work(app)
    assert subjects(app) == []
