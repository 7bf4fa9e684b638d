"""A coordinator places people: one or several in a session, out of it, and over its capacity only when she says so."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.group_sessions.calendars.telling import tell_what_is_due
from lms.group_sessions.models import GroupSession
from lms.mail.models import OutboxMail
from tests.cast import Theatre
from tests.letters import confirm_address
from tests.meetings import another_session, log_of, meet_at
from tests.questions import questions
from tests.rosters import come_in
from tests.test_a_full_session_has_a_waiting_list import room_for, seated, tell

TODAY = datetime(2026, 2, 1, 9, tzinfo=UTC)
BEGINS = datetime(2026, 3, 12, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    return open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")


@pytest.fixture
def first(app: Flask, theatre: Theatre) -> str:
    return meet_at(app, theatre, BEGINS)


@pytest.fixture
def second(app: Flask, theatre: Theatre, first: str) -> str:
    return f"/organisations/{theatre.id}/group-sessions/{another_session(app, theatre)}"


@pytest.fixture
def page(theatre: Theatre, second: str) -> str:
    return f"/organisations/{theatre.id}/group-sessions/people"


def into(address: str, *people: UUID, **more: str) -> dict[str, object]:
    return {"employee": [str(person) for person in people], "group_session": address.rpartition("/")[2], **more}


def test_she_finds_somebody_and_places_her(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str, page: str
) -> None:
    found = mona.get(f"{page}?text=kari").text
    assert "Kari Berg" in found
    assert "Mona Haug" not in found.split("<form")[-1]
    answer = mona.post(f"{page}?text=kari", data=into(first, theatre.employees["kari"]))

    assert "text=kari" in answer.location, "she is where she was"
    assert "Lagret." in mona.get(answer.location).text
    assert seated(app, theatre, first) == {"Kari Berg"}
    assert "Du har plass her." in kari.get("/calendar").text
    mona.post(page, data=into(second, theatre.employees["kari"], theatre.employees["mona"]))
    assert (seated(app, theatre, first), seated(app, theatre, second)) == (set(), {"Kari Berg", "Mona Haug"})
    assert log_of(app, theatre) == ["group_session.placed", "group_session.placed"]


def test_calendars_follow_those_who_are_placed_moved_and_taken_out(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str, page: str, today: time_machine.Traveller
) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    for address in (first, second):
        mona.post(f"{address}/invitation")
    kari = theatre.employees["kari"]
    methods = []
    for target in (first, second, "/none"):
        mona.post(page, data=into(target, kari))
        methods.append(sorted(method for _to, _subject, method in tell(app)))
        today.shift(60)

    assert methods == [["REQUEST"], ["CANCEL", "REQUEST"], ["CANCEL"]]
    assert tell(app) == [], "and she is not invited anew"
    assert seated(app, theatre, second) == set()


def test_a_full_session_refuses_unless_she_says_so(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str, page: str
) -> None:
    people = come_in(app, theatre, "Una", "Pål", "Åse")
    room_for(app, theatre, first, 2)
    answer = mona.post(page, data=into(first, *people))

    assert answer.status_code == 422
    assert "Det er plass til 2 til i den samlingen" in answer.text
    assert answer.text.count("checked") == 3, "those she had ticked are ticked still"
    assert seated(app, theatre, first) == set()
    assert mona.post(page, data=into(first, *people, over="1")).status_code == 303
    assert len(seated(app, theatre, first)) == 3
    mona.post(page, data=into(first, people[0]))
    assert len(seated(app, theatre, first)) == 3, "who has the place keeps it"


def test_a_session_without_a_place_left_is_called_full(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str, page: str
) -> None:
    una, pal = come_in(app, theatre, "Una", "Pål")
    room_for(app, theatre, first, 1)
    mona.post(page, data=into(first, una))
    answer = mona.post(page, data=into(first, pal))

    assert answer.status_code == 422
    assert "Samlingen er full, så ingen ble plassert." in answer.text
    assert "plass til 0" not in answer.text


def test_the_place_of_somebody_who_is_moved_goes_to_the_first_in_line(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str, page: str
) -> None:
    (guest,) = come_in(app, theatre, "Una")
    room_for(app, theatre, first, 1)
    mona.post(page, data=into(first, guest))
    kari.post(f"{first}/line")
    listed = mona.get(f"{page}?show=waiting").text
    assert "Kari Berg" in listed
    assert "nummer 1 på ventelisten" in listed
    assert "Una" not in listed
    mona.post(page, data=into("/none", guest))

    assert seated(app, theatre, first) == {"Kari Berg"}


def test_the_list_shows_those_without_a_place_by_team(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, page: str
) -> None:
    come_in(app, theatre, "Una", team="Rigg")
    kari.post(f"{first}/seat")

    without = mona.get(f"{page}?show=without").text
    assert "Kari Berg" not in without
    assert "Una" in without
    team = mona.get(f"{page}?team=Rigg").text
    assert "Una" in team
    assert "Mona Haug" not in team.split("<form")[-1]
    here = mona.get(f"{page}?session={theatre.meeting_id}").text
    assert "Kari Berg" in here
    assert "Una" not in here.split("<form")[-1]


def test_a_long_list_comes_a_page_at_a_time(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, page: str
) -> None:
    mona.get(page)
    with questions(app) as few:
        mona.get(page)
    come_in(app, theatre, *(f"Gjest {number:03}" for number in range(120)))
    with questions(app) as many:
        shown = mona.get(page).text

    assert len(many) <= len(few)
    assert shown.count('name="employee"') == 50
    assert "Side 1 av 3" in shown
    assert "Gjest 119" in mona.get(f"{page}?page=3").text


def test_nobody_ticked_and_too_late_are_told(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, page: str
) -> None:
    assert "Kryss av" in mona.post(page, data=into(first)).text
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, theatre.meeting_id)).starts_at = TODAY
    answer = mona.post(page, data=into(first, theatre.employees["kari"]))
    assert answer.status_code == 422
    assert "kan ikke velges lenger" in answer.text


@pytest.mark.parametrize("forged", [{"employee": "x"}, {"employee": str(uuid4())}, {"group_session": "x"}])
def test_what_the_page_does_not_offer_is_refused(
    forged: dict[str, str], mona: FlaskClient, theatre: Theatre, first: str, page: str
) -> None:
    assert mona.post(page, data={**into(first, theatre.employees["kari"]), **forged}).status_code == 400


def test_somebody_of_another_house_is_not_placed(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, page: str
) -> None:
    assert mona.post(page, data=into(first, theatre.employees["ola"])).status_code == 400
    with app.app_context(), one_transaction():
        assert tell_what_is_due() == 0
        assert session.query(OutboxMail).count() == 0
