"""Mona invites those on the roster who have not entered, and each comes in by a link of her own."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.database import one_transaction, session
from lms.learning.inviting.models import IN_PEACE, LINK_LIVES, MOST_LETTERS, MailedInvitation
from lms.learning.places import enrol
from lms.mail.mailbox import receiving
from lms.mail.models import OutboxMail
from lms.mail.worker import deliver_due
from lms.organisations.models import Employee
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person
from tests.accounts import owners_of, who_is
from tests.at_once import all_at_once
from tests.cast import COURSES, Theatre, cast_in, signed_in
from tests.letters import confirm_address, link_by_mail
from tests.post_office import Office
from tests.questions import questions
from tests.reminded import MORNING, outbox

NINAS = "nina@example.no"
LINK = re.compile(r"/invitations/[\w-]{30,}")


@pytest.fixture(autouse=True)
def november() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


def expect(app: Flask, theatre: Theatre, *guests: tuple[str, str]) -> list[UUID]:
    """Put people on the roster who have not entered; their employee ids."""
    found = []
    with app.app_context(), one_transaction():
        for name, email in guests:
            person = Person(name=name)
            session.add(person)
            session.flush()
            employee = Employee(organisation_id=theatre.id, person_id=person.id, team="Lyd")
            session.add(employee)
            session.flush()
            if email:
                session.add(RosterAddress(organisation_id=theatre.id, employee_id=employee.id, email=email))
            enrol(employee, COURSES)
            found.append(employee.id)
    return found


def page_of(theatre: Theatre) -> str:
    return f"/organisations/{theatre.id}/invitations"


def invite_all(mona: FlaskClient, theatre: Theatre) -> int:
    answer = mona.post(page_of(theatre), data={"whom": "all"})
    assert answer.status_code == 303
    return int(re.findall(r"invited=(\d+)", answer.location)[0])


def link_to(app: Flask, email: str = NINAS) -> str:
    """The link in the latest letter to an address."""
    letters = [mail.body or "" for mail in outbox(app) if mail.recipient == email]
    return LINK.findall(letters[-1])[0]


def people_in(app: Flask, theatre: Theatre) -> list[str]:
    with app.app_context():
        return sorted(
            session.scalars(
                select(Person.name)
                .join(Employee, Employee.person_id == Person.id)
                .where(Employee.organisation_id == theatre.id, Employee.left_at.is_(None))
            )
        )


def test_it_says_beforehand_to_how_many_and_what(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    expect(app, theatre, ("Nina Ny", NINAS), ("Per Pult", ""), ("Ola Ny", "ola@example.no"))
    page = mona.get(page_of(theatre), headers={"Accept-Language": "en"}).text

    assert "3 personer på lista har ikke meldt seg på" in page
    assert "Inviter alle 2 som kan inviteres" in page
    assert "1: ingen adresse på lista" in page
    for words in ("inviterer deg til kursene sine", "inviterer deg til kursa sine", "invites you to its courses"):
        assert words in page
    assert "Kari Berg" not in page, "she has entered"


def test_each_comes_in_by_a_link_of_her_own(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    (employee_id,) = expect(app, theatre, ("Nina Ny", NINAS))
    assert invite_all(mona, theatre) == 1
    (mail,) = outbox(app)
    assert (mail.recipient, mail.by_day, mail.language) == (NINAS, True, "nb")
    nina, link = app.test_client(), link_to(app)
    shown = nina.get(link)
    assert shown.status_code == 200
    assert "Teatret Vårt" in shown.text
    assert 'value="Nina Ny"' in shown.text
    assert shown.headers["Cache-Control"] == "no-store"

    entered = nina.post(link, data={"name": "Nina Nordli"})
    assert entered.status_code == 200
    assert who_is(nina) == "Nina Nordli"
    assert nina.get(f"/learn/{theatre.id}/harassment/welcome").status_code == 200
    assert owners_of(app, NINAS) == ["Nina Nordli"]
    with app.app_context():
        employee = session.get_one(Employee, (theatre.id, employee_id))
        assert (employee.team, employee.role) == ("Lyd", "employee")
    again = app.test_client()
    assert [again.get(link).status_code, again.post(link).status_code] == [410, 410]
    phone = app.test_client()
    assert phone.post(link_by_mail(app, phone, NINAS)).status_code == 303
    assert who_is(phone) == "Nina Nordli"
    assert "Alle på lista har meldt seg på" in mona.get(page_of(theatre)).text


def test_some_can_be_ticked(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    nina, _per = expect(app, theatre, ("Nina Ny", NINAS), ("Per Pult", "per@example.no"))
    assert mona.post(page_of(theatre), data={}).status_code == 422
    assert mona.post(page_of(theatre), data={"guests": ["not a number"]}).status_code == 400
    mine = [str(nina), str(theatre.employees["kari"]), str(theatre.employees["ola"])]
    assert mona.post(page_of(theatre), data={"guests": mine}).status_code == 303

    assert [mail.recipient for mail in outbox(app)] == [NINAS], "Kari is in, and Ola works elsewhere"


def test_nobody_is_invited_too_often(app: Flask, mona: FlaskClient, theatre: Theatre, november: Any) -> None:
    expect(app, theatre, ("Nina Ny", NINAS))
    for letter in range(MOST_LETTERS):
        assert invite_all(mona, theatre) == 1, letter
        assert invite_all(mona, theatre) == 0, "she has just had one"
        november.shift(IN_PEACE + timedelta(minutes=1))
    assert invite_all(mona, theatre) == 0
    assert "invitert 3 ganger, og det er nok" in mona.get(page_of(theatre)).text
    assert len(outbox(app)) == MOST_LETTERS
    assert app.test_client().get(link_to(app)).status_code == 200
    november.shift(LINK_LIVES)
    assert app.test_client().get(link_to(app)).status_code == 410


def test_a_refusal_is_shown_and_a_corrected_address_clears_it(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    (nina,) = expect(app, theatre, ("Nina Ny", NINAS))
    office = Office()
    office.to_recipient = f"550 5.1.1 <{NINAS}> No such user"
    invite_all(mona, theatre)
    wrong_link = link_to(app)
    with receiving(office) as port, app.app_context():
        app.config.update(LMS_SMTP_HOST="127.0.0.1", LMS_SMTP_PORT=port)
        deliver_due(app.config)
        session.remove()
    person = f"/organisations/{theatre.id}/people/{nina}"
    for page in (page_of(theatre), person):
        shown = mona.get(page).text
        assert "No such user" in shown, page
        assert "25" not in re.findall(r"avvist (\d+)", shown), page
    assert "e-post kommer ikke fram" in mona.get(f"/organisations/{theatre.id}/people").text
    assert invite_all(mona, theatre) == 0

    assert mona.post(f"{person}/address", data={"email": "not an address"}).status_code == 422
    assert mona.post(f"{person}/address", data={"email": "nina.ny@example.no"}).status_code == 303
    assert "No such user" not in mona.get(person).text
    assert "e-post kommer ikke fram" not in mona.get(f"/organisations/{theatre.id}/people").text
    assert app.test_client().get(wrong_link).status_code == 410, "it went to somebody else's address"
    assert invite_all(mona, theatre) == 1


def test_two_on_one_roster_never_share_an_address(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    _nina, per = expect(app, theatre, ("Nina Ny", NINAS), ("Per Pult", ""))
    answer = mona.post(f"/organisations/{theatre.id}/people/{per}/address", data={"email": NINAS.upper()})
    assert answer.status_code == 422
    assert "En annen på lista har denne adressen" in answer.text


# Who has an account already, and who is somebody else


def test_whoever_has_an_account_signs_in_to_it_first(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Ola's address stands on the theatre's roster: the letter alone opens nothing of his."""
    confirm_address(app, theatre.people["ola"], "ola@example.no")
    (place,) = expect(app, theatre, ("Ola fra Festivalen", "ola@example.no"))
    invite_all(mona, theatre)
    link, stranger = link_to(app, "ola@example.no"), app.test_client()
    assert "wanted=/invitations/" in stranger.get(link).text.replace("%2F", "/")
    assert stranger.post(link, data={"name": "Ola"}).status_code == 200
    assert who_is(stranger) == "nobody"

    ola = signed_in(app, theatre, "ola")
    assert ola.post(link, data={"as": str(theatre.people["ola"])}).status_code == 303
    with app.app_context():
        assert session.get_one(Employee, (theatre.id, place)).person_id == theatre.people["ola"]
        assert session.scalar(select(func.count()).where(Person.name == "Ola fra Festivalen")) == 0
    assert ola.get(f"/learn/{theatre.id}/harassment/welcome").status_code == 200


def test_somebody_else_on_the_same_device_takes_no_place_unawares(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    expect(app, theatre, ("Nina Ny", NINAS))
    invite_all(mona, theatre)
    link = link_to(app)
    assert kari.post(link, data={"name": "Nina Ny"}).status_code == 422, "the page was opened by nobody"
    assert people_in(app, theatre) == ["Kari Berg", "Mona Haug", "Nina Ny"]


def test_whoever_is_in_already_keeps_her_place(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    expect(app, theatre, ("K. Berg", "kb@example.no"))
    invite_all(mona, theatre)
    form = {"as": str(theatre.people["kari"])}
    assert kari.post(link_to(app, "kb@example.no"), data=form).status_code == 303
    assert people_in(app, theatre) == ["Kari Berg", "Mona Haug"]


def test_a_place_that_somebody_has_entered_is_closed_to_every_letter(
    app: Flask, mona: FlaskClient, theatre: Theatre, november: Any
) -> None:
    """Mona sends Nina a letter, then writes her own address and sends herself one, after Nina has entered."""
    (nina_id,) = expect(app, theatre, ("Nina Ny", NINAS))
    invite_all(mona, theatre)
    first = link_to(app)
    november.shift(IN_PEACE + timedelta(minutes=1))
    invite_all(mona, theatre)
    second = link_to(app)
    nina = app.test_client()
    assert nina.post(first, data={"name": "Nina Ny"}).status_code == 200
    mona.post(f"/organisations/{theatre.id}/people/{nina_id}/address", data={"email": "mona@example.no"})
    november.shift(IN_PEACE + timedelta(minutes=1))

    assert invite_all(mona, theatre) == 0
    assert app.test_client().post(second, data={"name": "Nina Ny"}).status_code == 410
    assert owners_of(app, "mona@example.no") == []


def test_two_presses_at_once_let_one_in(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    expect(app, theatre, ("Nina Ny", NINAS))
    invite_all(mona, theatre)
    link = link_to(app)

    def press() -> int:
        return app.test_client().post(link, data={"name": "Nina Ny"}).status_code

    assert sorted(all_at_once([press, press])) == [200, 410]


@pytest.mark.postgres
def test_two_coordinators_at_once_send_one_letter_on_postgresql(open_app: Any, postgres_url: str) -> None:
    app = open_app(postgres_url)
    theatre = cast_in(app)
    expect(app, theatre, *((f"Gjest {number}", f"gjest{number}@example.no") for number in range(20)))
    devices = [signed_in(app, theatre, "mona") for _ in range(2)]
    sent = all_at_once([lambda device=device: invite_all(device, theatre) for device in devices])

    assert sorted(sent) == [0, 20]
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(MailedInvitation)) == 20
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 20


def test_three_hundred_cost_no_more_questions_than_three(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    def guests(first: int, many: int) -> list[tuple[str, str]]:
        return [(f"Gjest {number}", f"gjest{number}@example.no") for number in range(first, first + many)]

    costs = []
    for first, many in ((0, 3), (100, 300)):
        expect(app, theatre, *guests(first, many))
        with questions(app) as looking:
            mona.get(page_of(theatre))
        with questions(app) as sending:
            assert invite_all(mona, theatre) == many
        costs.append((len(looking), len(sending)))
    assert costs[0] == costs[1]
    assert costs[0][0] <= 6
