"""A reminder is read over shoulders and forwarded. It leads back to the courses, and no further."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import session
from lms.group_sessions.reminders.stopping import stop_token, who_stops
from lms.mail.mailbox import receiving
from lms.mail.worker import deliver_due
from lms.organisations.models import Organisation
from lms.people.links import UNASKED_LINK_LIVES
from lms.people.models import Address
from tests.accounts import what_it_reads, who_is
from tests.cast import REFLECTION, Theatre
from tests.letters import SIGN_IN, found_in, link_by_mail
from tests.post_office import Office
from tests.reminded import MORNING, SESSION, be_done, hold_session_at, let_be_reached, outbox, work

KARIS = "kari@example.no"
MONAS = "mona@example.no"
EARLIER = "skrevet før påminnelsen, 71fd"
LATER = "skrevet etter påminnelsen, 0a3e"
STOP = re.compile(r"/reminders/stop/[\w-]+")


@pytest.fixture(autouse=True)
def november() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Any, sqlite_url: str) -> Flask:
    opened: Flask = open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")
    return opened


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return f"/learn/{theatre.id}/harassment/welcome"


@pytest.fixture
def letter(app: Flask, kari: FlaskClient, theatre: Theatre, lesson: str, november: Any) -> str:
    """Kari's reminder; she has written something before it."""
    let_be_reached(app, theatre.people["kari"], KARIS)
    hold_session_at(app, theatre, SESSION)
    kari.post(f"{lesson}/answers", data={REFLECTION: EARLIER})
    november.shift(60)
    work(app)
    (mail,) = outbox(app)
    return mail.body or ""


def follow(app: Flask, letter: str) -> FlaskClient:
    device = app.test_client()
    assert device.post(f"/sign-in/links/{found_in(letter, SIGN_IN)}").status_code == 303
    return device


def test_a_forwarded_reminder_shows_nothing_that_was_written_before(app: Flask, letter: str, lesson: str) -> None:
    device = follow(app, letter)

    assert who_is(device) == "Kari Berg"
    assert EARLIER not in what_it_reads(device, lesson)
    assert device.post("/me/erasure", data={"sure": "1"}).status_code == 422
    with app.app_context():
        address = session.scalars(select(Address.id).where(Address.email == KARIS)).one()
    assert device.post(f"/me/addresses/{address}/removal").status_code == 422


def test_a_code_made_behind_it_opens_no_more_either(app: Flask, letter: str, lesson: str) -> None:
    code = re.search(r'class="code">([^<]+)<', follow(app, letter).post("/me/code").text)
    assert code
    device = app.test_client()
    assert device.post("/sign-in", data={"code": code[1]}).status_code == 303
    assert EARLIER not in what_it_reads(device, lesson)


def test_whoever_asks_for_a_link_herself_reads_everything(app: Flask, letter: str, lesson: str) -> None:
    device = follow(app, letter)
    device.post(f"{lesson}/answers", data={REFLECTION: LATER})
    asked = app.test_client()
    assert asked.post(link_by_mail(app, asked, KARIS)).status_code == 303
    assert EARLIER in what_it_reads(asked, lesson)


def test_it_works_once_and_for_a_week(app: Flask, letter: str, november: Any) -> None:
    link = f"/sign-in/links/{found_in(letter, SIGN_IN)}"
    assert [app.test_client().post(link).status_code for _ in range(2)] == [303, 410]

    work(app)
    november.shift(UNASKED_LINK_LIVES.total_seconds())
    assert app.test_client().get(link).status_code == 410


def test_a_mail_scanner_that_only_looks_spends_nothing(app: Flask, letter: str) -> None:
    link = f"/sign-in/links/{found_in(letter, SIGN_IN)}"
    for _ in range(3):
        assert app.test_client().get(link).status_code == 200
        assert app.test_client().head(link).status_code == 200
    assert app.test_client().post(link).status_code == 303


def test_an_address_the_coordinator_wrote_gets_no_key(
    app: Flask, mona: FlaskClient, theatre: Theatre, lesson: str, kari: FlaskClient
) -> None:
    """Mona writes her own address beside Kari's name, and presses."""
    kari.post(f"{lesson}/answers", data={REFLECTION: EARLIER})
    address = f"/organisations/{theatre.id}/people/{theatre.employees['kari']}/address"
    assert mona.post(address, data={"email": MONAS}).status_code == 303
    assert mona.post(f"/organisations/{theatre.id}/reminders/nudge").status_code == 303
    assert mona.post(f"/organisations/{theatre.id}/invitations", data={"whom": "all"}).status_code == 303
    work(app)

    (letter,) = [mail.body or "" for mail in outbox(app) if mail.recipient == MONAS]
    assert SIGN_IN.search(letter) is None
    assert "/invitations/" not in letter
    link = re.search(r"https://kurs\.example\.no(/learn/\S+)", letter)
    assert link
    assert app.test_client().get(link[1]).status_code == 303, "it asks who is there"


def test_her_own_confirmed_address_goes_before_the_rosters(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    let_be_reached(app, theatre.people["kari"], KARIS)
    mona.post(f"/organisations/{theatre.id}/people/{theatre.employees['kari']}/address", data={"email": MONAS})
    hold_session_at(app, theatre, SESSION)
    work(app)

    assert [mail.recipient for mail in outbox(app)] == [KARIS]


# Stopping them


def test_one_press_without_signing_in_stops_them(app: Flask, letter: str, theatre: Theatre) -> None:
    link, stranger = found_in(letter, STOP), app.test_client()
    assert stranger.get(link).status_code == 200
    kept = app.test_client()
    assert "No more" in kept.get(link, headers={"Accept-Language": "en"}).text
    assert work(app) == 0
    assert len(outbox(app)) == 1, "looking has changed nothing"

    for _ in range(3):
        answer = app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    work(app)
    assert outbox(app) == [], "what had not gone out yet is taken back"


def test_a_mail_program_presses_without_a_token(open_app: Any, sqlite_url: str, letter: str) -> None:
    guarded = open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no", WTF_CSRF_ENABLED=True)
    link = found_in(letter, STOP)

    assert guarded.test_client().post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert guarded.test_client().post(f"{link}/undo").status_code == 422
    assert guarded.test_client().post("/me/name", data={"name": "x"}).status_code == 422


def test_stopping_can_be_taken_back_and_sign_in_letters_always_come(
    app: Flask, letter: str, kari: FlaskClient, theatre: Theatre
) -> None:
    link = found_in(letter, STOP)
    kari.post(link)
    assert "Sender deg ingen" in kari.get("/me/reminders").text
    work(app)
    asked = app.test_client()
    assert asked.post(link_by_mail(app, asked, KARIS)).status_code == 303

    assert kari.post(f"{link}/undo").status_code == 303
    assert "Sender deg ingen" not in kari.get("/me/reminders").text
    assert work(app) == 1


def test_her_choice_is_for_one_organisation_and_only_hers(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    assert kari.post(f"/me/reminders/{theatre.id}", data={"reminders": "off"}).status_code == 303
    assert "Sender deg ingen" in kari.get("/me/reminders").text
    assert "Sender deg ingen" not in mona.get("/me/reminders").text
    with app.app_context():
        other = session.scalars(select(Organisation.id).where(Organisation.name == "Festivalen Deres")).one()
    assert kari.post(f"/me/reminders/{other}", data={"reminders": "off"}).status_code == 404
    assert kari.post(f"/me/reminders/{theatre.id}", data={"reminders": "loud"}).status_code == 400


@pytest.mark.parametrize("change", [lambda token: token[:-1] + "!", lambda token: "A" * 64, lambda token: "å", len])
def test_nobody_can_make_such_an_address(app: Flask, theatre: Theatre, change: Any) -> None:
    with app.app_context():
        token = stop_token(theatre.id, theatre.people["kari"])
        assert who_stops(token) == (theatre.id, theatre.people["kari"])
    forged = f"/reminders/stop/{change(token)}"
    assert app.test_client().get(forged).status_code == 404
    assert app.test_client().post(forged).status_code == 404


def test_the_coordinator_learns_only_that_no_reminder_was_sent(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    let_be_reached(app, theatre.people["kari"], KARIS)
    words = "har bedt om å slippe påminnelser"
    kari.post(f"/me/reminders/{theatre.id}", data={"reminders": "off"})
    page = f"/organisations/{theatre.id}/reminders"
    assert words in mona.get(page).text
    assert KARIS not in mona.get(page).text

    be_done(app, [theatre.employees["kari"]])
    for each in ("reminders", "people", f"people/{theatre.employees['kari']}", "invitations", "readiness"):
        assert words not in mona.get(f"/organisations/{theatre.id}/{each}").text, each


def test_what_arrives_is_the_whole_letter(app: Flask, letter: str) -> None:
    office = Office()
    with receiving(office) as port, app.app_context():
        app.config.update(LMS_SMTP_HOST="127.0.0.1", LMS_SMTP_PORT=port)
        assert deliver_due(app.config) == 1
    (took,) = office.took
    assert took["List-Unsubscribe"] == f"<https://kurs.example.no{found_in(letter, STOP)}>"
    for kind in ("plain", "html"):
        assert found_in(letter, SIGN_IN) in took.get_body((kind,)).get_content()
