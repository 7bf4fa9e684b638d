"""A session gets into people's calendars: by an invitation in the mail that corrects itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import pairwise

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from icalendar import Calendar
from sqlalchemy import delete, select

from lms.database import one_transaction, session
from lms.group_sessions.calendars.models import CalendarLetter
from lms.group_sessions.calendars.telling import AT_ONCE, look_again, tell_what_is_due
from lms.mail.letters import compose
from lms.mail.models import OutboxMail
from lms.mail.undeliverable import UndeliverableAddress
from lms.organisations.models import Employee
from lms.organisations.roster_addresses import RosterAddress
from lms.people.belongings import belongings_of, erase
from lms.people.models import Person
from tests.at_once import all_at_once
from tests.calendars import events_in, faults
from tests.cast import Theatre, cast_in
from tests.letters import confirm_address
from tests.meetings import log_of, meet_at, meeting_in
from tests.questions import questions
from tests.rosters import come_in

TODAY = datetime(2026, 2, 1, 9, tzinfo=UTC)
BEGINS = datetime(2026, 3, 12, 9, tzinfo=UTC)
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str) -> Flask:
    return open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no", LMS_MAIL_FROM="Balanse <balanse@example.no>")


@pytest.fixture
def here(app: Flask, theatre: Theatre) -> str:
    """The session of 12 March; Kari has an address, and so has Siv, who leads it."""
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    confirm_address(app, theatre.people["siv"], "siv@example.no")
    return meet_at(app, theatre, BEGINS)


def tell(app: Flask) -> int:
    with app.app_context(), one_transaction():
        return tell_what_is_due()


def invited(mona: FlaskClient, app: Flask, here: str) -> None:
    assert mona.post(f"{here}/invitation").status_code == 303
    tell(app)


def moved(mona: FlaskClient, theatre: Theatre, **changed: str) -> None:
    plan = {"day": "12.3.2026", "time": "10", "minutes": "180", "place": "Prøvesalen", "link": ""}
    facilitator = {"facilitator": str(theatre.people["siv"])}
    address = f"/organisations/{theatre.id}/group-session"
    assert mona.post(address, data={**plan, **facilitator, **changed}).status_code in (303,)


def mails(app: Flask, email: str) -> list[OutboxMail]:
    with app.app_context():
        found = session.scalars(select(OutboxMail).where(OutboxMail.recipient == email)).all()
    return sorted(found, key=lambda mail: int(events_in(mail.calendar or "")[0]["SEQUENCE"]))


def sent(app: Flask) -> None:
    """Everything in the outbox has gone out; unlike the worker, nobody forgets what it said."""
    with app.app_context(), one_transaction():
        for mail in session.scalars(select(OutboxMail)):
            mail.attempts = 1


def as_read(mail: OutboxMail) -> EmailMessage:
    letter = message_from_bytes(compose(mail, "balanse@example.no").as_bytes(), _class=EmailMessage, policy=default)
    assert isinstance(letter, EmailMessage)
    return letter


def calendar_part(mail: OutboxMail) -> EmailMessage:
    (part,) = [part for part in as_read(mail).walk() if part.get_content_type() == "text/calendar"]
    assert isinstance(part, EmailMessage)
    return part


def test_the_invitation_is_a_part_of_the_letter_that_calendars_read(
    mona: FlaskClient, app: Flask, here: str, theatre: Theatre
) -> None:
    invited(mona, app, here)
    (mail,) = mails(app, "kari@example.no")
    part = calendar_part(mail)
    text = part.get_payload(decode=True).decode()  # type: ignore[union-attr]
    (event,) = events_in(text)

    assert as_read(mail).get_content_type() == "multipart/alternative"
    assert part["Content-Type"].params["method"] == "REQUEST"
    assert part["Content-Type"].params["charset"] == "utf-8"
    assert faults(text) == []
    assert str(Calendar.from_ical(text)["METHOD"]) == "REQUEST"
    assert str(event["UID"]) == str(theatre.meeting_id)
    assert event["DTSTART"].dt == BEGINS
    assert event["DTSTART"].params["TZID"] == "Europe/Oslo"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=3)
    assert str(event["ATTENDEE"]) == "MAILTO:kari@example.no"
    assert str(event["ORGANIZER"]) == "MAILTO:balanse@example.no"
    assert event["ORGANIZER"].params["CN"] == "Teatret Vårt"
    assert str(event["SUMMARY"]) == "Kurssamling: Teatret Vårt"
    assert str(event["LOCATION"]) == "Prøvesalen"
    for somebody in ("Mona", "Siv", "siv@example.no"):
        assert somebody not in text
    assert "https://kurs.example.no/calendar" in as_read(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_the_same_letter_twice_is_the_same_letter(mona: FlaskClient, app: Flask, here: str) -> None:
    invited(mona, app, here)
    (mail,) = mails(app, "kari@example.no")

    assert compose(mail, "balanse@example.no").as_bytes() == compose(mail, "balanse@example.no").as_bytes()


def test_nobody_is_invited_before_the_coordinator_says_so_but_the_facilitator(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    moved(mona, theatre, time="11")
    tell(app)

    assert mails(app, "kari@example.no") == []
    (letter,) = mails(app, "siv@example.no")
    assert "Du leder kurssamlingen" in (letter.body or "")
    assert f"/organisations/{theatre.id}/readiness" in (letter.calendar or "").replace("\r\n ", "")


def test_moving_it_moves_it_in_the_calendar(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    invited(mona, app, here)
    sent(app)
    moved(mona, theatre, day="13.3.2026", time="12.30")
    moved(mona, theatre, day="13.3.2026", time="12.30")
    tell(app)
    sent(app)
    moved(mona, theatre, day="13.3.2026", time="12.30", place="Store sal")
    tell(app)
    found = [events_in(mail.calendar or "")[0] for mail in mails(app, "kari@example.no")]

    assert len(found) == 3, "planning it the same way again tells nobody anything"
    assert len({str(event["UID"]) for event in found}) == 1
    assert all(one["SEQUENCE"] < other["SEQUENCE"] for one, other in pairwise(found))
    assert [str(event["LOCATION"]) for event in found] == ["Prøvesalen", "Prøvesalen", "Store sal"]
    assert found[1]["DTSTART"].dt == datetime(2026, 3, 13, 11, 30, tzinfo=UTC)
    assert "Endret" in (mails(app, "kari@example.no")[1].subject or "")
    assert all(faults(mail.calendar or "") == [] for mail in mails(app, "kari@example.no"))


def test_a_letter_that_has_not_left_is_replaced(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    invited(mona, app, here)
    moved(mona, theatre, time="13")
    tell(app)

    (only,) = mails(app, "kari@example.no")
    assert events_in(only.calendar or "")[0]["DTSTART"].dt == datetime(2026, 3, 12, 12, tzinfo=UTC)


def test_cancelling_takes_it_out_and_restoring_puts_it_back(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    invited(mona, app, here)
    sent(app)
    mona.post(f"/organisations/{theatre.id}/group-session/cancellation")
    tell(app)
    sent(app)
    mona.post(f"/organisations/{theatre.id}/group-session/cancellation/undo")
    tell(app)
    texts = [mail.calendar or "" for mail in mails(app, "kari@example.no")]
    found = [events_in(text)[0] for text in texts]

    assert [str(Calendar.from_ical(text)["METHOD"]) for text in texts] == ["REQUEST", "CANCEL", "REQUEST"]
    assert [str(event["STATUS"]) for event in found] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert all(one["SEQUENCE"] < other["SEQUENCE"] for one, other in pairwise(found))
    assert [faults(text) for text in texts] == [[], [], []]
    assert "er avlyst" in (mails(app, "kari@example.no")[1].body or "")


def test_a_session_that_loses_its_day_is_taken_out(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    invited(mona, app, here)
    sent(app)
    moved(mona, theatre, day="", time="")
    tell(app)
    text = mails(app, "kari@example.no")[-1].calendar or ""

    assert str(Calendar.from_ical(text)["METHOD"]) == "CANCEL"
    assert faults(text) == []


def test_another_facilitator_gets_it_and_the_first_is_told(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    invited(mona, app, here)
    sent(app)
    with app.app_context(), one_transaction():
        tor = Person(name="Tor", scheme_role="facilitator", language="nn")
        session.add(tor)
        session.flush()
        number = tor.id
    confirm_address(app, number, "tor@example.no")
    moved(mona, theatre, facilitator=str(number))
    tell(app)

    assert "METHOD:CANCEL" in (mails(app, "siv@example.no")[-1].calendar or "")
    assert "METHOD:REQUEST" in (mails(app, "tor@example.no")[-1].calendar or "")
    assert len(mails(app, "kari@example.no")) == 1, "nothing has changed for the others"


def test_who_comes_later_is_told_and_who_leaves_is_not_expected(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    invited(mona, app, here)
    sent(app)
    confirm_address(app, theatre.people["mona"], "mona@example.no")
    with app.app_context(), one_transaction():
        session.get_one(Employee, (theatre.id, theatre.employees["kari"])).leave()
        look_again()
    tell(app)

    assert "METHOD:REQUEST" in (mails(app, "mona@example.no")[-1].calendar or "")
    assert "METHOD:CANCEL" in (mails(app, "kari@example.no")[-1].calendar or "")


def test_a_thousand_are_told_in_turns_and_nobody_twice(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    from lms.people.models import Address

    come_in(app, theatre, *(f"Gjest {number}" for number in range(AT_ONCE + 50)))
    with app.app_context(), one_transaction():
        for person in session.scalars(select(Person).where(Person.name.like("Gjest %"))):
            address = f"{person.id.hex}@example.no"
            session.add(Address(person_id=person.id, email=address, confirmed_at=TODAY))
    with questions(app) as asked:
        mona.post(f"{here}/invitation")
    turns = [tell(app) for _turn in range(4)]
    with app.app_context():
        to = list(session.scalars(select(OutboxMail.recipient)))

    assert len(asked) <= 8, "pressing costs the same for two and for thousands"
    assert turns == [AT_ONCE, 52, 0, 0]
    assert len(to) == len(set(to)) == AT_ONCE + 52


def test_two_workers_tell_nobody_twice(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url, LMS_ORIGIN="https://kurs.example.no")
    theatre = cast_in(app)
    for who in ("kari", "mona", "siv"):
        confirm_address(app, theatre.people[who], f"{who}@example.no")
    with app.app_context(), one_transaction():
        meeting_in(theatre).invite(session.get_one(Person, theatre.people["mona"]))
    all_at_once([lambda: tell(app)] * 3)
    tell(app)

    assert [len(mails(app, f"{who}@example.no")) for who in ("kari", "mona", "siv")] == [1, 1, 1]


def test_a_session_that_is_over_or_held_tells_nobody(
    mona: FlaskClient, app: Flask, here: str, today: time_machine.Traveller
) -> None:
    mona.post(f"{here}/invitation")
    today.move_to(BEGINS + timedelta(days=1))
    tell(app)

    assert mails(app, "kari@example.no") == []


def test_only_a_coordinator_invites_and_only_to_a_session_with_a_day(
    siv: FlaskClient, kari: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    assert [client.post(f"{here}/invitation").status_code for client in (siv, kari)] == [404, 404]
    for _press in range(2):
        mona.post(f"{here}/invitation")
    assert log_of(app, theatre) == ["group_session.invited"]
    moved(mona, theatre, day="", time="")
    assert mona.post(f"{here}/invitation").status_code == 404


def test_where_she_has_no_address_the_organisations_own_is_used(
    mona: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    with app.app_context(), one_transaction():
        for who in ("kari", "mona"):
            at = {"organisation_id": theatre.id, "employee_id": theatre.employees[who]}
            session.add(RosterAddress(email=f"{who}@teatret.example", **at))
        session.add(UndeliverableAddress(recipient="mona@teatret.example", since=TODAY, said="550"))
    invited(mona, app, here)
    assert len(mails(app, "kari@example.no")) == 1, "her own comes first"
    assert mails(app, "kari@teatret.example") == []
    assert mails(app, "mona@teatret.example") == [], "letters do not arrive there"
    with app.app_context(), one_transaction():
        session.execute(delete(UndeliverableAddress))
        look_again()
    tell(app)
    (mail,) = mails(app, "mona@teatret.example")
    assert mail.by_day
    assert mail.useless_after == BEGINS + timedelta(hours=3)


def test_a_killed_worker_forgets_nobody(mona: FlaskClient, app: Flask, theatre: Theatre, here: str) -> None:
    """Killed before it is kept, a letter and its line are both gone, and the next worker writes both."""
    mona.post(f"{here}/invitation")
    with app.app_context():
        tell_what_is_due()
        session.rollback()
    assert mails(app, "kari@example.no") == []
    tell(app)
    tell(app)
    assert len(mails(app, "kari@example.no")) == 1
    with app.app_context(), one_transaction():
        session.execute(delete(OutboxMail))
    tell(app)
    assert mails(app, "kari@example.no") == [], "the line says that she has been told"


def test_she_is_given_what_is_stored_about_her(
    mona: FlaskClient, kari: FlaskClient, app: Flask, theatre: Theatre, here: str
) -> None:
    invited(mona, app, here)
    kari.post("/calendar/feeds", data={"kind": "mine"})
    with app.app_context():
        person = session.get_one(Person, theatre.people["kari"])
        given = belongings_of(person)
    assert len(given["lms_calendar_letter"]) == len(given["lms_calendar_feed"]) == 1
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["kari"]))
        assert session.scalars(select(CalendarLetter.person_id)).all() == [theatre.people["siv"]]
