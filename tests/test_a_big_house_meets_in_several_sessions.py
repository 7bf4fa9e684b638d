"""A big house meets in several sessions: people choose one or are placed, and say in advance when they cannot come."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.group_sessions.calendars.telling import tell_what_is_due
from lms.group_sessions.models import GroupSession, sessions_ahead
from lms.group_sessions.seats.models import Places, Seat, places_in
from lms.mail.models import OutboxMail
from lms.organisations.models import Employee, employee_in
from lms.people.belongings import belongings_of, erase
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import confirm_address
from tests.meetings import another_session, meet_at, meeting_in
from tests.questions import questions
from tests.rosters import come_in, facts_of

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


def number_in(address: str) -> UUID:
    return UUID(address.rpartition("/")[2])


def places(app: Flask, theatre: Theatre, address: str) -> Places:
    with app.app_context():
        meeting = session.get_one(GroupSession, (theatre.id, number_in(address)))
        return places_in([meeting]).get(meeting.id, Places())


def room_for(app: Flask, theatre: Theatre, address: str, many: int) -> None:
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, number_in(address))).capacity = many


def test_somebody_chooses_one_and_changes_her_mind(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    page = kari.get("/calendar").text
    assert "Det er flere samlinger. Velg den som passer for deg." in page
    assert f'action="{first}/seat"' in page
    assert f'action="{second}/seat"' in page

    kari.post(f"{first}/seat")
    assert "Du har plass her." in kari.get("/calendar").text
    kari.post(f"{second}/seat")
    kari.post(f"{second}/seat")
    assert (places(app, theatre, first), places(app, theatre, second)) == (Places(0, 0), Places(1, 0))
    assert "har plass" in mona.get(f"{second}/attendance").text


def test_a_full_session_says_so(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    room_for(app, theatre, first, 1)
    mona.post(f"{first}/seat")
    answer = kari.post(f"{first}/seat")

    assert "Noen tok den siste plassen" in kari.get(answer.location).text
    assert places(app, theatre, first) == Places(1, 0)
    page = kari.get("/calendar").text
    assert "Fullt" in page
    assert f'action="{first}/seat"' not in page
    assert mona.post(f"{first}/seat").location.endswith("saved=1"), "who has the place keeps it"


def test_of_two_who_want_the_last_place_one_gets_it(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    first = meet_at(app, theatre, BEGINS)
    another_session(app, theatre)
    room_for(app, theatre, first, 1)
    come_in(app, theatre, *(f"Gjest {number}" for number in range(2)))
    clients = [signed_in(app, theatre, who) for who in ("kari", "mona")]
    answers = all_at_once([lambda client=client: client.post(f"{first}/seat").location for client in clients])  # type: ignore[misc]

    assert sorted(answer.partition("?")[2].partition("=")[0] for answer in answers) == ["full", "saved"]
    assert places(app, theatre, first) == Places(1, 0)


def test_who_leaves_gives_her_place_back(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    room_for(app, theatre, first, 1)
    kari.post(f"{first}/seat")
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).leave()

    assert mona.post(f"{first}/seat").location.endswith("saved=1")


def test_somebody_cannot_come_and_then_can(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str
) -> None:
    assert "Jeg kan ikke komme" in kari.get("/calendar").text
    kari.post(f"{first}/absence")

    assert places(app, theatre, first) == Places(0, 1)
    assert "Du har sagt at du ikke kan komme." in kari.get("/calendar").text
    assert "1 kan ikke komme" in mona.get(f"/organisations/{theatre.id}/group-sessions").text
    listed = mona.get(f"{first}/attendance?show=cannot").text
    assert "Kari Berg" in listed
    assert "Mona Haug" not in listed.split("<form")[-1]
    kari.post(f"{first}/seat")
    assert places(app, theatre, first) == Places(1, 0)


def test_a_cancelled_place_is_anothers(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    room_for(app, theatre, first, 1)
    kari.post(f"{first}/seat")
    kari.post(f"{first}/absence")

    assert mona.post(f"{first}/seat").location.endswith("saved=1")
    assert kari.post(f"{first}/seat").location.partition("?")[2].startswith("full=")


def test_another_day_asks_those_who_could_not_come_anew(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str
) -> None:
    kari.post(f"{first}/absence")
    plan = {"day": "12.3.2026", "time": "10", "minutes": "180", "place": "Store sal", "facilitator": ""}
    mona.post(first, data=plan)
    assert places(app, theatre, first) == Places(0, 1), "another room changes nothing"
    mona.post(first, data={**plan, "day": "13.3.2026"})

    assert places(app, theatre, first) == Places(0, 0)


def test_a_team_is_placed_or_nobody_in_it(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    come_in(app, theatre, "Pål", "Åse", "Una", team="Rigg")
    page = f"/organisations/{theatre.id}/group-sessions"
    room_for(app, theatre, second, 2)
    answer = mona.post(f"{page}/places", data={"team": "Rigg", "group_session": str(number_in(second))})

    assert answer.status_code == 422
    assert "plass til 2" in answer.text
    assert places(app, theatre, second) == Places(0, 0)
    room_for(app, theatre, second, 3)
    assert (
        mona.post(f"{page}/places", data={"team": "Rigg", "group_session": str(number_in(second))}).status_code == 303
    )
    assert places(app, theatre, second) == Places(3, 0)
    mona.post(f"{page}/places", data={"team": "Rigg", "group_session": str(number_in(first))})
    assert (places(app, theatre, first), places(app, theatre, second)) == (Places(3, 0), Places(0, 0))
    assert "2 personer har verken valgt samling eller fått plass." in mona.get(page).text


def test_who_has_chosen_for_herself_is_not_moved_with_her_team(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    come_in(app, theatre, "Pål", team="Rigg")
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).team = "Rigg"
    kari.post(f"{first}/seat")
    form = {"team": "Rigg", "group_session": str(number_in(second))}
    mona.post(f"/organisations/{theatre.id}/group-sessions/places", data=form)

    assert (places(app, theatre, first), places(app, theatre, second)) == (Places(1, 0), Places(1, 0))
    mona.post(f"{first}/cancellation")
    mona.post(f"/organisations/{theatre.id}/group-sessions/places", data=form)
    assert places(app, theatre, second) == Places(2, 0), "what she had chosen is not to be any more"


@pytest.mark.parametrize("forged", [{"team": "Ingen"}, {"group_session": "x"}, {}])
def test_what_the_page_does_not_offer_is_refused(
    forged: dict[str, str], mona: FlaskClient, theatre: Theatre, first: str
) -> None:
    form = {"team": "", "group_session": str(theatre.meeting_id), **forged}

    assert mona.post(f"/organisations/{theatre.id}/group-sessions/places", data=form).status_code == 400


def test_placing_three_thousand_costs_no_more_than_three(
    mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    come_in(app, theatre, *(f"Gjest {number}" for number in range(120)), team="Vakt")
    form = {"team": "Vakt", "group_session": str(number_in(second))}
    with questions(app) as asked:
        mona.post(f"/organisations/{theatre.id}/group-sessions/places", data=form)
    with questions(app) as shown:
        mona.get(f"/organisations/{theatre.id}/group-sessions")

    assert places(app, theatre, second) == Places(120, 0)
    assert len(asked) <= 13
    assert len(shown) <= 9


@pytest.mark.parametrize("path", ["seat", "absence"])
def test_nobody_chooses_for_another_house_or_too_late(
    path: str,
    ola: FlaskClient,
    siv: FlaskClient,
    app: Flask,
    theatre: Theatre,
    first: str,
    today: time_machine.Traveller,
) -> None:
    assert [client.post(f"{first}/{path}").status_code for client in (ola, siv)] == [404, 404]
    today.move_to(BEGINS)
    kari = signed_in(app, theatre, "kari")
    assert "kan ikke velges lenger" in kari.get(kari.post(f"{first}/{path}").location).text
    assert places(app, theatre, first) == Places(0, 0)


def test_one_more_session_is_planned_and_the_first_is_walked_towards(
    mona: FlaskClient, siv: FlaskClient, app: Flask, theatre: Theatre, first: str
) -> None:
    new = f"/organisations/{theatre.id}/group-sessions/new"
    plan = {"day": "11.3.2026", "time": "10", "minutes": "180", "place": "", "capacity": "20", "facilitator": ""}
    answer = mona.post(new, data=plan)

    assert "Lagret." in mona.get(answer.location).text
    with app.app_context():
        ahead = sessions_ahead(theatre.id)
        assert [meeting.starts_at for meeting in ahead] == [BEGINS - timedelta(days=1), BEGINS]
        assert ahead[0].capacity == 20
    assert not facts_of(app, theatre).place_set, "readiness is towards the first of them"
    assert siv.get(first).status_code == 200
    assert siv.get(answer.location).status_code == 404, "it is not hers"
    assert mona.post(new, data={**plan, "capacity": "mange"}).status_code == 422
    mona.post(f"{answer.location.partition('?')[0]}/cancellation")
    assert facts_of(app, theatre).place_set


def tell(app: Flask) -> dict[str, list[str]]:
    """Who was told what, in the worker's next turns."""
    with app.app_context(), one_transaction():
        while tell_what_is_due():
            pass
        told: dict[str, list[str]] = {}
        for mail in session.query(OutboxMail).all():
            method = "CANCEL" if "METHOD:CANCEL" in (mail.calendar or "") else "REQUEST"
            told.setdefault(mail.recipient or "", []).append(method)
            session.delete(mail)
        return told


def test_calendars_follow_whoever_changes(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    confirm_address(app, theatre.people["mona"], "mona@example.no")
    for address in (first, second):
        mona.post(f"{address}/invitation")
    assert tell(app) == {}, "nobody has a place yet"
    kari.post(f"{first}/seat")
    assert tell(app) == {"kari@example.no": ["REQUEST"]}
    kari.post(f"{second}/seat")
    assert sorted(tell(app)["kari@example.no"]) == ["CANCEL", "REQUEST"]
    assert tell(app) == {}


def test_one_more_session_takes_nobodys_invitation_away(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str
) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    mona.post(f"{first}/invitation")
    assert tell(app) == {"kari@example.no": ["REQUEST"]}
    second = f"/organisations/{theatre.id}/group-sessions/{another_session(app, theatre)}"
    mona.post(f"{second}/invitation")
    plan = {"day": "12.3.2026", "time": "12", "minutes": "180", "place": "Store sal", "facilitator": ""}
    mona.post(first, data=plan)

    assert tell(app) == {"kari@example.no": ["REQUEST"]}, "the change, and nothing about the other one"


def test_what_she_has_answered_is_hers(kari: FlaskClient, app: Flask, theatre: Theatre, first: str) -> None:
    kari.post(f"{first}/absence")
    with app.app_context(), one_transaction():
        person = session.get_one(Person, theatre.people["kari"])
        assert len(belongings_of(person)["lms_seat"]) == 1
        erase(person)
        assert session.query(Seat).count() == 0
        assert employee_in(theatre.id, theatre.employees["kari"]) is not None
        assert meeting_in(theatre).held_at is None
