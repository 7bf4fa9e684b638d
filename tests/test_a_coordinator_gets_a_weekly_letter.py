"""Mona gets a letter on Mondays about her people, if she wants one and something has happened: never two in a week."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.digest.duties import WRITING
from lms.group_sessions.digest.models import WeeklyLetter
from lms.group_sessions.digest.sending import write_weekly_letters
from lms.learning.models import Enrolment
from lms.mail.duties import do_duties, duties
from lms.mail.models import OutboxMail
from lms.organisations.models import Employee, Organisation
from lms.people.belongings import belongings_of, erase
from lms.people.models import Person
from lms.scheme.organisations.closing import close
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import confirm_address
from tests.rosters import come_in

WEDNESDAY = datetime(2026, 2, 4, 9, tzinfo=UTC)
MONDAY = datetime(2026, 2, 9, 9, tzinfo=UTC)
MONAS = "mona@example.no"
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY - timedelta(days=1), tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    return open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")


@pytest.fixture
def wanted(mona: FlaskClient, app: Flask, theatre: Theatre, clock: time_machine.Traveller) -> str:
    """She has asked for it, a day after everybody came; where she asks."""
    clock.move_to(WEDNESDAY)
    confirm_address(app, theatre.people["mona"], MONAS)
    address = f"/me/weekly-letter/{theatre.id}"
    mona.post(address, data={"weekly": "on"})
    return address


def work(app: Flask) -> None:
    """The worker comes by, as it does again and again."""
    with app.app_context():
        do_duties({name: datetime.max.replace(tzinfo=UTC) for name in duties if name != WRITING})


def letters(app: Flask) -> list[Any]:
    with app.app_context():
        return list(session.scalars(select(OutboxMail).where(OutboxMail.recipient == MONAS).order_by(OutboxMail.id)))


def complete(app: Flask, theatre: Theatre, who: str, on: date) -> None:
    with app.app_context(), one_transaction():
        for row in session.scalars(select(Enrolment).where(Enrolment.employee_id == theatre.employees[who])):
            row.begun_at, row.completed_at, row.completed_on = now(), now(), on


def late_from(app: Flask, theatre: Theatre, who: str, due_on: date) -> None:
    with app.app_context(), one_transaction():
        for row in session.scalars(select(Enrolment).where(Enrolment.employee_id == theatre.employees[who])):
            row.due_on = due_on


def test_it_tells_who_has_come_completed_and_is_late_and_what_is_next(
    app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(days=1))
    come_in(app, theatre, "Åse Ny")
    late_from(app, theatre, "kari", date(2026, 2, 6))
    work(app)
    assert letters(app) == [], "it is not Monday"
    clock.move_to(MONDAY)
    for _again in range(3):
        work(app)
        clock.shift(700)

    (letter,) = letters(app)
    assert letter.subject == "Uka hos Teatret Vårt"
    assert "1 person har kommet til:\n– Åse Ny: ikke begynt" in letter.body
    assert "1 person er over fristen:\n– Kari Berg: 6. februar 2026" in letter.body
    assert "har fullført" not in letter.body
    assert "Neste kurssamling" in letter.body
    assert letter.by_day
    assert letter.stop_address in letter.body


def test_a_week_in_which_nothing_happened_has_no_letter_and_the_next_tells_only_what_is_new(
    app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    clock.move_to(MONDAY)
    work(app)
    assert letters(app) == []
    complete(app, theatre, "kari", norwegian_day(MONDAY))
    clock.move_to(MONDAY + WEEK)
    work(app)

    (letter,) = letters(app)
    assert "1 person har fullført et kurs:\n– Kari Berg: " in letter.body
    assert "9. februar 2026" in letter.body, "since the last look"
    clock.move_to(MONDAY + 2 * WEEK)
    work(app)
    assert len(letters(app)) == 1


def test_a_worker_that_was_down_writes_when_it_is_back_and_not_again_in_seven_days(
    app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    come_in(app, theatre, "Una")
    clock.move_to(MONDAY + timedelta(days=2))
    work(app)
    assert len(letters(app)) == 1
    come_in(app, theatre, "Pål")
    for days in range(3, 9):
        clock.move_to(MONDAY + timedelta(days=days))
        work(app)
        assert len(letters(app)) == 1
    clock.move_to(MONDAY + timedelta(days=9))
    work(app)
    assert len(letters(app)) == 2


def test_by_night_and_on_sundays_it_waits(
    app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    come_in(app, theatre, "Una")
    for moment in (MONDAY.replace(hour=4), MONDAY.replace(hour=21), MONDAY + timedelta(days=6)):
        clock.move_to(moment)
        work(app)
        assert letters(app) == []


def test_two_workers_at_once_and_one_that_dies_write_one_letter(
    open_app: Callable[..., Flask], database_url: str, clock: time_machine.Traveller
) -> None:
    app = open_app(database_url, LMS_ORIGIN="https://kurs.example.no")
    theatre = cast_in(app)
    confirm_address(app, theatre.people["mona"], MONAS)
    signed_in(app, theatre, "mona").post(f"/me/weekly-letter/{theatre.id}", data={"weekly": "on"})
    come_in(app, theatre, "Una")
    clock.move_to(MONDAY)
    with pytest.raises(KeyboardInterrupt):
        write_and_die(app)
    assert letters(app) == []

    def worker() -> int:
        with app.app_context(), one_transaction():
            return write_weekly_letters(MONDAY)

    assert sorted(all_at_once([worker, worker, worker])) == [0, 0, 1]
    assert len(letters(app)) == 1


def write_and_die(app: Flask) -> None:
    with app.app_context(), one_transaction():
        assert write_weekly_letters(MONDAY) == 1
        raise KeyboardInterrupt


def test_one_press_in_the_letter_stops_it_without_signing_in(
    mona: FlaskClient, anonymous: FlaskClient, app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    come_in(app, theatre, "Una")
    clock.move_to(MONDAY)
    work(app)
    stop = letters(app)[0].stop_address.removeprefix("https://kurs.example.no")
    assert "Ikke flere ukesbrev" in anonymous.get(stop).text, "looking changes nothing"
    anonymous.post(stop, data={"List-Unsubscribe": "One-Click"})
    come_in(app, theatre, "Pål")
    clock.move_to(MONDAY + WEEK)
    work(app)
    assert len(letters(app)) == 1
    assert "du får det ikke" in mona.get("/me/reminders").text

    anonymous.post(f"{stop}/undo")
    clock.shift(700)
    work(app)
    assert len(letters(app)) == 2
    assert anonymous.get(re.sub("weekly-letter", "reminders", stop)).status_code == 404, "it stops nothing else"


def test_stopping_and_asking_again_brings_no_second_letter(
    mona: FlaskClient, app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    come_in(app, theatre, "Una")
    clock.move_to(MONDAY)
    work(app)
    for choice in ("off", "on"):
        mona.post(wanted, data={"weekly": choice})
    come_in(app, theatre, "Pål")
    clock.shift(3600)
    work(app)
    assert len(letters(app)) == 1


def test_only_a_coordinator_gets_it(
    kari: FlaskClient, app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    assert "Ukesbrevet" not in kari.get("/me/reminders").text
    assert kari.post(wanted, data={"weekly": "on"}).status_code == 404
    come_in(app, theatre, "Una")
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["mona"])).role = "employee"
    clock.move_to(MONDAY)
    work(app)
    assert letters(app) == []


def test_what_the_scheme_has_closed_has_no_letter(
    mona: FlaskClient, app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    come_in(app, theatre, "Una")
    with app.app_context(), one_transaction():
        close(session.get_one(Organisation, theatre.id), session.get_one(Person, theatre.people["siv"]))
    clock.move_to(MONDAY)
    work(app)

    assert letters(app) == []
    assert wanted not in mona.get("/me/reminders").text, "a switch that nobody can turn"


def test_the_wish_of_somebody_who_has_left_is_forgotten(
    app: Flask, theatre: Theatre, wanted: str, clock: time_machine.Traveller
) -> None:
    clock.move_to(MONDAY)
    work(app)
    with app.app_context(), one_transaction():
        assert session.query(WeeklyLetter).count() == 1
        session.get_one(Employee, (theatre.id, theatre.employees["mona"])).left_at = now()
    clock.shift(timedelta(minutes=11))
    work(app)
    with app.app_context():
        assert session.query(WeeklyLetter).count() == 0


def test_what_she_chose_is_hers(app: Flask, theatre: Theatre, wanted: str) -> None:
    with app.app_context(), one_transaction():
        person = session.get_one(Person, theatre.people["mona"])
        assert len(belongings_of(person)["lms_weekly_letter"]) == 1
        erase(person)
        assert "lms_weekly_letter" not in {name for name, rows in belongings_of(person).items() if rows}
