"""Before a mark expires, and when it has lapsed, those who can do something are told: in time, and once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.database import NORWAY, now, one_transaction, session
from lms.mail.models import OutboxMail
from lms.mark.dates import latest_reached, months_before
from lms.mark.models import Award
from lms.organisations.models import Round, current_round
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.cast import Theatre, signed_in
from tests.letters import confirm_address, letters_to
from tests.renewals import AWARDED, MONAS, SIVS, SIX, give_mark, tell


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """It is the day on which the theatre is awarded the mark."""
    with time_machine.travel(AWARDED, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(open_app: Any, database_url: str) -> Flask:
    opened: Flask = open_app(database_url, LMS_ORIGIN="https://kurs.example.no")
    return opened


@pytest.fixture
def here(theatre: Theatre) -> str:
    """The address of the theatre's renewal."""
    return f"/organisations/{theatre.id}/renewal"


@pytest.fixture
def with_mark(app: Flask, theatre: Theatre) -> UUID:
    """The theatre has a mark, and somebody reads its letters."""
    return give_mark(app, theatre)


@given(st.dates(date(2000, 1, 1), date(2098, 12, 31)), st.sampled_from((1, 3, 6)))
@example(date(2028, 2, 29), 6)
@example(date(2027, 2, 28), 6)
@example(date(2027, 4, 30), 1)
@example(date(2027, 1, 30), 1)
@example(date(2026, 11, 30), 3)
def test_what_is_within_months_ends_where_counting_back_begins(today: date, months: int) -> None:
    latest = latest_reached(today, months)

    assert months_before(latest, months) <= today
    assert months_before(latest + timedelta(days=1), months) > today


@pytest.mark.parametrize(
    ("day", "months"), [(date(2028, 8, 31), 6), (date(2028, 5, 31), 3), (date(2030, 3, 30), 1), (date(2028, 3, 29), 1)]
)
def test_the_letter_comes_on_the_last_day_of_february(
    app: Flask, theatre: Theatre, clock: Any, day: date, months: int
) -> None:
    """Also where the last day of the mark is a day that February does not have, and across summer time."""
    confirm_address(app, theatre.people["mona"], MONAS)
    with app.test_request_context(method="POST"), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        session.add(
            Award(
                organisation_id=theatre.id,
                awarded_on=date(2026, 1, 1),
                valid_until=day,
                imported_at=now(),
                imported_by=siv.id,
            )
        )
        session.flush()
    notice = months_before(day, months)
    clock.move_to(datetime(notice.year, notice.month, notice.day, 0, 30, tzinfo=NORWAY) - timedelta(hours=1))
    tell(app)
    before = len(letters_to(app, MONAS))
    clock.move_to(datetime(notice.year, notice.month, notice.day, 0, 30, tzinfo=NORWAY))
    tell(app)

    assert notice.month == 2
    assert len(letters_to(app, MONAS)) == before + 1
    assert {6: "Om seks måneder", 3: "Om tre måneder", 1: "Om én måned"}[months] in letters_to(app, MONAS)[-1]


@pytest.mark.usefixtures("with_mark")
def test_organisation_facilitator_and_general_address_are_told_each_thing_once(
    app: Flask, mona: FlaskClient, here: str, clock: Any
) -> None:
    wrong = mona.post(f"{here}/address", data={"email": "post hos teatret"})
    assert wrong.status_code == 422
    assert "post hos teatret" in wrong.text
    assert mona.post(f"{here}/address", data={"email": "post@teatret.no"}).status_code == 303
    with app.app_context(), one_transaction():
        session.query(OutboxMail).delete()
    told = []
    for moment in (
        SIX - timedelta(hours=11),
        SIX,
        datetime(2028, 8, 27, 0, 1, tzinfo=NORWAY),
        datetime(2028, 10, 27, 0, 1, tzinfo=NORWAY),
        datetime(2028, 11, 27, 23, 59, tzinfo=NORWAY),
        datetime(2028, 11, 28, 0, 0, tzinfo=NORWAY),
        datetime(2028, 12, 28, 0, 0, tzinfo=NORWAY),
    ):
        clock.move_to(moment)
        told.append(tell(app) + tell(app))

    assert told == [0, 1, 1, 1, 0, 1, 0]
    for reader in (MONAS, "post@teatret.no", SIVS):
        letters = letters_to(app, reader)
        assert len(letters) == 4
        assert "27. november 2028" in letters[0]
        assert f"https://kurs.example.no{here}" in letters[0]
        assert "utløpt" in letters[3]
    assert "Hei, Mona Haug" in letters_to(app, MONAS)[0]
    assert "Hei," in letters_to(app, "post@teatret.no")[0]
    assert "Dere kan begynne den nye runden nå" in letters_to(app, MONAS)[0]


def test_nobody_is_told_of_what_has_been_withdrawn(app: Flask, theatre: Theatre, with_mark: UUID, clock: Any) -> None:
    with app.app_context(), one_transaction():
        siv = session.get_one(Person, theatre.people["siv"])
        session.get_one(Award, (theatre.id, with_mark)).withdraw("Brudd på avtalen.", siv)
    clock.move_to(SIX)

    assert tell(app) == 0


@pytest.mark.usefixtures("with_mark")
def test_a_worker_that_stood_still_tells_what_is_so_now(app: Flask, clock: Any) -> None:
    clock.move_to(datetime(2028, 11, 10, 9, tzinfo=NORWAY))

    assert tell(app) == 1
    (letter,) = letters_to(app, MONAS)
    assert "Om én måned" in letter


@pytest.mark.usefixtures("with_mark")
def test_two_workers_and_two_presses_at_once_do_each_thing_once(
    app: Flask, theatre: Theatre, here: str, clock: Any
) -> None:
    clock.move_to(SIX)
    # A duty is let in one worker at a time; this is what holds if that should fail.
    assert sum(all_at_once([lambda: tell(app)] * 3)) == 1
    assert len(letters_to(app, MONAS)) == 1
    with app.app_context():
        round_id = current_round(theatre.id).id
    presses = [signed_in(app, theatre, name) for name in ("mona", "siv", "mona")]
    press = {"round": str(round_id)}
    assert (
        all_at_once([lambda each=each: each.post(f"{here}/round", data=press).status_code for each in presses])
        == [  # type: ignore[misc]
            303
        ]
        * 3
    )
    with app.app_context():
        assert session.scalar(select(func.count()).where(Round.organisation_id == theatre.id)) == 2
