"""A full session has a waiting list: the first in line gets the place somebody gives up, and nobody gets two."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from lms.database import one_transaction, session
from lms.group_sessions.calendars.telling import tell_what_is_due
from lms.group_sessions.models import GroupSession
from lms.group_sessions.seats import giving
from lms.group_sessions.seats.duties import give_places
from lms.group_sessions.seats.models import Seat, WaitingPlace, places_in
from lms.mail.models import OutboxMail
from lms.organisations.models import Employee
from lms.people.belongings import belongings_of, erase
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.calendars import faults
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import confirm_address
from tests.meetings import another_session, meet_at
from tests.rosters import come_in

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
    """A session with one place."""
    address = meet_at(app, theatre, BEGINS)
    room_for(app, theatre, address, 1)
    return address


@pytest.fixture
def second(app: Flask, theatre: Theatre, first: str) -> str:
    return f"/organisations/{theatre.id}/group-sessions/{another_session(app, theatre)}"


def number_in(address: str) -> UUID:
    return UUID(address.rpartition("/")[2])


def room_for(app: Flask, theatre: Theatre, address: str, many: int) -> None:
    with app.app_context(), one_transaction():
        session.get_one(GroupSession, (theatre.id, number_in(address))).capacity = many


def seated(app: Flask, theatre: Theatre, address: str) -> set[str]:
    """Who has a place in the session, by name."""
    with app.app_context():
        rows = (
            session.query(Person.name)
            .join(Employee, Employee.person_id == Person.id)
            .join(Seat, Seat.employee_id == Employee.id)
            .filter(Seat.group_session_id == number_in(address), Seat.cannot_come_at.is_(None))
        )
        return {name for (name,) in rows}


def waiting(app: Flask) -> int:
    with app.app_context():
        return session.query(WaitingPlace).count()


def let(app: Flask, theatre: Theatre, guest: UUID, act: str, address: str) -> None:
    """What somebody presses who has no browser of her own here."""
    with app.app_context(), one_transaction():
        verb = {"take": giving.take_seat, "wait": giving.wait_for, "decline": giving.decline}[act]
        meeting = session.get_one(GroupSession, (theatre.id, number_in(address)))
        verb(meeting, session.get_one(Employee, (theatre.id, guest)))


def tell(app: Flask) -> list[tuple[str, str, str]]:
    """Who was sent which letter, with its calendar's method, in the worker's next turns."""
    with app.app_context(), one_transaction():
        while tell_what_is_due():
            pass
        told = []
        for mail in session.query(OutboxMail).order_by(OutboxMail.id).all():
            assert mail.calendar is not None
            assert faults(mail.calendar) == []
            told.append(
                (mail.recipient or "", mail.subject or "", "CANCEL" if "METHOD:CANCEL" in mail.calendar else "REQUEST")
            )
            session.delete(mail)
        return told


def test_whoever_joins_the_list_is_told_who_sees_it(
    kari: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    told = "Koordinatoren din ser hvem som står på ventelisten, og i hvilken rekkefølge."
    assert told not in kari.get("/calendar").text, "nobody waits where there is room"
    (guest,) = come_in(app, theatre, "Åse")
    let(app, theatre, guest, "take", first)
    assert kari.get("/calendar").text.count(told) == 1

    kari.post(f"{first}/line")
    assert kari.get("/calendar").text.count(told) == 1


def test_the_place_in_line_is_told_and_the_first_gets_the_place(
    kari: FlaskClient,
    mona: FlaskClient,
    app: Flask,
    theatre: Theatre,
    first: str,
    second: str,
    today: time_machine.Traveller,
) -> None:
    (guest,) = come_in(app, theatre, "Åse")
    let(app, theatre, guest, "take", first)
    page = kari.get("/calendar").text
    assert f'action="{first}/line"' in page
    assert f'action="{second}/line"' not in page, "that one is not full"
    kari.post(f"{first}/line")
    today.shift(60)
    mona.post(f"{first}/line")
    kari.post(f"{first}/line")

    assert "Du er nummer 1 på ventelisten" in kari.get("/calendar").text
    assert "Du er nummer 2 på ventelisten" in mona.get("/calendar").text
    let(app, theatre, guest, "decline", first)
    assert seated(app, theatre, first) == {"Kari Berg"}
    assert "Du har plass her." in kari.get("/calendar").text
    assert "Du er nummer 1 på ventelisten" in mona.get("/calendar").text


def test_whoever_gets_the_place_is_written_to_and_her_calendar_too(
    kari: FlaskClient,
    mona: FlaskClient,
    app: Flask,
    theatre: Theatre,
    first: str,
    second: str,
    today: time_machine.Traveller,
) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    mona.post(f"{second}/invitation")
    kari.post(f"{second}/seat")
    mona.post(f"{first}/seat")
    kari.post(f"{first}/line")
    assert [(to, method) for to, _subject, method in tell(app)] == [("kari@example.no", "REQUEST")]
    today.shift(3600)
    mona.post(f"{first}/absence")

    told = tell(app)
    assert sorted(method for _to, _subject, method in told) == ["CANCEL", "REQUEST"]
    assert ("kari@example.no", "Du har fått plass: kurssamling for Teatret Vårt", "REQUEST") in told
    assert tell(app) == []
    assert seated(app, theatre, second) == set(), "nobody has two places"


def test_whoever_had_the_session_in_her_calendar_already_is_told_that_she_has_a_place_now(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, today: time_machine.Traveller
) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    mona.post(f"{first}/invitation")
    assert len(tell(app)) == 1
    another_session(app, theatre)
    mona.post(f"{first}/seat")
    kari.post(f"{first}/line")
    today.shift(60)
    mona.post(f"{first}/absence")

    assert [subject for _to, subject, _method in tell(app)] == ["Du har fått plass: kurssamling for Teatret Vårt"]


def test_a_place_given_up_for_another_goes_on_down_the_lines(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    (guest,) = come_in(app, theatre, "Åse")
    room_for(app, theatre, second, 1)
    let(app, theatre, guest, "take", first)
    kari.post(f"{second}/seat")
    kari.post(f"{first}/line")
    mona.post(f"{second}/line")
    let(app, theatre, guest, "decline", first)

    assert (seated(app, theatre, first), seated(app, theatre, second)) == ({"Kari Berg"}, {"Mona Haug"})
    assert waiting(app) == 0


def test_more_room_lets_in_as_many_as_there_is_room_for(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    guests = come_in(app, theatre, "Una", "Pål", "Åse")
    let(app, theatre, guests[0], "take", first)
    for guest in guests[1:]:
        let(app, theatre, guest, "wait", first)
    kari.post(f"{first}/line")
    plan = {"day": "12.3.2026", "time": "10", "minutes": "180", "place": "Sal", "facilitator": "", "capacity": "3"}
    mona.post(first, data=plan)

    assert len(seated(app, theatre, first)) == 3
    assert waiting(app) == 1
    mona.post(first, data={**plan, "capacity": ""})
    assert (len(seated(app, theatre, first)), waiting(app)) == (4, 0)


def test_somebody_leaves_the_line(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    mona.post(f"{first}/seat")
    kari.post(f"{first}/line")
    assert "1 person står på ventelisten" in mona.get(f"/organisations/{theatre.id}/group-sessions").text
    kari.post(f"{first}/line/undo")
    mona.post(f"{first}/absence")

    assert seated(app, theatre, first) == set()
    assert "venteliste" not in kari.get("/calendar").text


def test_whoever_leaves_the_house_makes_room_and_loses_her_place_in_line(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    one, other = come_in(app, theatre, "Una", "Pål")
    let(app, theatre, one, "take", first)
    let(app, theatre, other, "wait", first)
    kari.post(f"{first}/line")
    with app.app_context(), one_transaction():
        for gone in (one, other):
            session.get_one(Employee, (theatre.id, gone)).leave()
    assert "Du er nummer 1 på ventelisten" in kari.get("/calendar").text
    for _again in range(2):
        with app.app_context(), one_transaction():
            give_places()

    assert "Du har plass her." in kari.get("/calendar").text


def test_a_day_after_the_session_nobody_is_kept_in_its_line(
    kari: FlaskClient, mona: FlaskClient, app: Flask, first: str, second: str, today: time_machine.Traveller
) -> None:
    mona.post(f"{first}/seat")
    kari.post(f"{first}/line")
    for later, kept in ((timedelta(hours=23), 1), (timedelta(hours=25), 0)):
        today.move_to(BEGINS + later)
        with app.app_context(), one_transaction():
            give_places()
        assert waiting(app) == kept


def test_a_free_place_is_not_taken_past_those_who_wait(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    (guest,) = come_in(app, theatre, "Una")
    let(app, theatre, guest, "take", first)
    kari.post(f"{first}/line")
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, guest)).leave()
    answer = mona.post(f"{first}/seat")

    assert answer.location.partition("?")[2].startswith("full=")
    assert "Kari Berg" in seated(app, theatre, first)


@pytest.mark.parametrize("act", ["absence", "seat"])
def test_of_many_at_once_nobody_is_lost_and_nobody_gets_two(
    act: str, open_app: Callable[..., Flask], database_url: str, today: time_machine.Traveller
) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    first = meet_at(app, theatre, BEGINS)
    second = f"/organisations/{theatre.id}/group-sessions/{another_session(app, theatre)}"
    room_for(app, theatre, first, 2)
    guests = come_in(app, theatre, *(f"Gjest {number}" for number in range(4)))
    clients = [signed_in(app, theatre, who) for who in ("kari", "mona", "kari", "mona")]
    for client in clients[:2]:
        client.post(f"{first}/seat")
    for guest in guests:
        today.shift(60)
        let(app, theatre, guest, "wait", first)

    def worker() -> int:
        with app.app_context(), one_transaction():
            return give_places()

    address = f"{first}/absence" if act == "absence" else f"{second}/seat"
    presses = [lambda client=client: client.post(address).status_code for client in clients]
    all_at_once([*presses, worker, worker])  # type: ignore[list-item]

    with app.app_context():
        meeting = session.get_one(GroupSession, (theatre.id, number_in(first)))
        assert places_in([meeting])[meeting.id].taken == 2
        assert session.query(WaitingPlace).count() == 2
        given = {seat.employee_id for seat in session.query(Seat).filter(Seat.waited_since.is_not(None))}
        assert given == set(guests[:2]), "in the order they came"


def give_places_and_die(app: Flask) -> None:
    with app.app_context(), one_transaction():
        assert give_places() == 1
        raise KeyboardInterrupt


def test_a_worker_that_dies_before_it_has_kept_what_it_did_has_given_nothing(
    kari: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    (guest,) = come_in(app, theatre, "Una")
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    let(app, theatre, guest, "take", first)
    kari.post(f"{first}/line")
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, guest)).leave()
    with pytest.raises(KeyboardInterrupt):
        give_places_and_die(app)

    assert waiting(app) == 1
    with app.app_context(), one_transaction():
        assert give_places() == 1
    with app.app_context(), one_transaction():
        assert give_places() == 0
    assert len(tell(app)) == 1


def test_the_place_in_line_is_hers(
    kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, first: str, second: str
) -> None:
    mona.post(f"{first}/seat")
    kari.post(f"{first}/line")
    with app.app_context(), one_transaction():
        person = session.get_one(Person, theatre.people["kari"])
        assert len(belongings_of(person)["lms_waiting_place"]) == 1
        erase(person)
    assert waiting(app) == 0


def test_nobody_waits_in_another_house_or_for_what_has_begun(
    ola: FlaskClient,
    siv: FlaskClient,
    app: Flask,
    theatre: Theatre,
    first: str,
    second: str,
    today: time_machine.Traveller,
) -> None:
    assert [client.post(f"{first}/line").status_code for client in (ola, siv)] == [404, 404]
    today.move_to(BEGINS)
    kari = signed_in(app, theatre, "kari")
    assert "kan ikke velges lenger" in kari.get(kari.post(f"{first}/line").location).text
    assert waiting(app) == 0
