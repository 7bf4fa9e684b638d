"""Who sees to what is near is reminded of it: once before, once after, and no more than a letter a week."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import NORWAY, now, one_transaction, session
from lms.measures.models import Measure
from lms.measures.year_wheel.models import ActivityReminder, hold
from lms.measures.year_wheel.reminding import write_letters
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person
from lms.scheme.organisations.closing import close, reopen
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in
from tests.letters import confirm_address, letters_to
from tests.plans import plan_a_measure

ORIGIN = "https://kurs.example.no"
MONAS, KARIS = "mona@example.no", "kari@example.no"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """A Monday, sixteen days before the talk on the 18th of November."""
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=NORWAY), tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Any, sqlite_url: str) -> Flask:
    opened: Flask = open_app(sqlite_url, LMS_ORIGIN=ORIGIN)
    return opened


def plan(app: Flask, theatre: Theatre, what: str, due: date, **values: Any) -> None:
    with app.app_context(), one_transaction():
        by = session.get_one(Person, theatre.people["mona"])
        plan_a_measure(theatre.id, by, what, due=due, requirement="awareness_plan", **values)


@pytest.fixture
def reached(app: Flask, theatre: Theatre) -> Theatre:
    """Mona and Kari have addresses, and a talk is planned that Kari sees to."""
    confirm_address(app, theatre.people["mona"], MONAS)
    confirm_address(app, theatre.people["kari"], KARIS)
    plan(app, theatre, "Samtale om makt", date(2026, 11, 18), owner="Kari Berg")
    return theatre


def work_at(app: Flask, clock: Any, day: int, month: int = 11, hour: int = 9) -> int:
    clock.move_to(datetime(2026, month, day, hour, tzinfo=NORWAY))
    with app.app_context(), one_transaction():
        return write_letters(now())


def test_two_weeks_before_and_once_afterwards(app: Flask, reached: Theatre, clock: Any) -> None:
    assert [work_at(app, clock, day) for day in (3, 4, 5, 12, 18, 19, 20, 27)] == [0, 2, 0, 0, 0, 2, 0, 0]

    before, after = letters_to(app, MONAS)
    assert "18. november 2026: Samtale om makt (Kari Berg)" in before
    assert f"{ORIGIN}/organisations/{reached.id}/year" in before
    assert "har passert" in after
    hers = letters_to(app, KARIS)[0]
    assert "18. november 2026: Samtale om makt" in hers
    assert "/year" not in hers, "she cannot open it"


def test_what_was_held_is_not_asked_about(app: Flask, reached: Theatre, clock: Any) -> None:
    work_at(app, clock, 4)
    clock.move_to(datetime(2026, 11, 18, 18, tzinfo=NORWAY))
    with app.app_context(), one_transaction():
        by = session.get_one(Person, reached.people["mona"])
        hold(session.scalars(select(Measure)).one(), date(2026, 11, 18), date(2026, 11, 18), "", by)

    assert work_at(app, clock, 19) == 0


def test_all_that_is_due_within_a_week_comes_in_one_letter(app: Flask, reached: Theatre, clock: Any) -> None:
    plan(app, reached, "Temadag", date(2026, 11, 19))
    plan(app, reached, "Lunsj", date(2026, 10, 20), recurring="monthly")
    assert [work_at(app, clock, day) for day in (4, 5, 6, 7, 9, 10)] == [2, 0, 0, 0, 0, 0]
    assert work_at(app, clock, 11) == 1

    first, second = letters_to(app, MONAS)
    assert "Samtale om makt" in first
    assert "Temadag" not in first
    assert "20. oktober 2026: Lunsj" not in first, "fifteen days ago is long ago"
    assert "19. november 2026: Temadag" in second
    assert "20. november 2026: Lunsj" in second
    assert "Samtale om makt" not in second
    assert len(letters_to(app, KARIS)) == 1


def test_not_at_night_nor_on_a_sunday_nor_about_what_was_just_written(app: Flask, reached: Theatre, clock: Any) -> None:
    assert work_at(app, clock, 4, hour=22) == 0
    assert work_at(app, clock, 8) == 0
    with app.app_context(), one_transaction():
        session.scalars(select(Measure)).one().added_at = datetime(2026, 11, 9, 8, tzinfo=NORWAY)
    assert work_at(app, clock, 9) == 0
    assert work_at(app, clock, 10) == 2


def test_a_coordinator_stops_the_letters_for_all_and_one_reader_for_herself(
    app: Flask, reached: Theatre, clock: Any, mona: FlaskClient
) -> None:
    choose = f"/organisations/{reached.id}/year/reminders"
    assert mona.post(choose, data={"wanted": "perhaps"}).status_code == 400
    mona.post(choose, data={"wanted": "no"})
    assert work_at(app, clock, 4) == 0
    mona.post(choose, data={"wanted": "yes"})
    assert work_at(app, clock, 5) == 2

    stop = letters_to(app, KARIS)[0].split(ORIGIN)[1].split()[0]
    assert mona.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code in (200, 303)
    assert work_at(app, clock, 19) == 1


@pytest.mark.parametrize("owner", ["Kari", "kari berg", "Scenesjefen"])
def test_only_a_whole_name_is_hers(owner: str, app: Flask, reached: Theatre, clock: Any) -> None:
    with app.app_context(), one_transaction():
        session.scalars(select(Measure)).one().owner = owner

    assert work_at(app, clock, 4) == 1
    assert letters_to(app, KARIS) == []


def test_of_two_namesakes_neither_is_guessed_at(app: Flask, reached: Theatre, clock: Any) -> None:
    with app.app_context(), one_transaction():
        other = Person(name="Kari Berg")
        session.add(other)
        session.flush()
        session.add(Employee(organisation_id=reached.id, person_id=other.id))

    assert work_at(app, clock, 4) == 1
    assert letters_to(app, KARIS) == []


def test_each_day_once_however_many_workers(open_app: Any, database_url: str, clock: Any) -> None:
    app = open_app(database_url, LMS_ORIGIN=ORIGIN)
    theatre = cast_in(app)
    confirm_address(app, theatre.people["mona"], MONAS)
    plan(app, theatre, "Samtale om makt", date(2026, 11, 18))
    clock.move_to(datetime(2026, 11, 4, 9, tzinfo=NORWAY))

    def work() -> int:
        with app.app_context(), one_transaction():
            return write_letters(now())

    assert sorted(all_at_once([work] * 3)) == [0, 0, 1]
    assert len(letters_to(app, MONAS)) == 1
    with app.app_context():
        assert len(session.scalars(select(ActivityReminder)).all()) == 1


def test_an_organisation_that_the_scheme_has_closed_is_left_in_peace(app: Flask, reached: Theatre, clock: Any) -> None:
    with app.app_context(), one_transaction():
        close(session.get_one(Organisation, reached.id), session.get_one(Person, reached.people["siv"]))
    assert work_at(app, clock, day=4) == 0
    with app.app_context(), one_transaction():
        reopen(session.get_one(Organisation, reached.id), session.get_one(Person, reached.people["siv"]))
    assert work_at(app, clock, day=5) == 2
