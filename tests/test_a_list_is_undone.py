"""Mona carried out the wrong list. She takes it back, and nobody loses what she has done since."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.learning.inviting.models import MailedInvitation
from lms.learning.models import Enrolment
from lms.learning.roster_import.models import RosterAct, RosterImport
from lms.mail.models import OutboxMail
from lms.organisations.course_exceptions import excuse
from lms.organisations.models import Employee
from lms.people.belongings import erase
from lms.people.models import Person
from tests.cast import Theatre
from tests.lists import (
    ENGLISH,
    HEADING,
    carry_out,
    hand_in,
    people_of,
    put_in,
    roster_of,
    said_in,
)
from tests.questions import questions
from tests.rosters import logged

THREE = HEADING + "Nils Ny;nils@teatret.no;Scene;nei\nSiri Sol;siri@teatret.no;Kor;ja\nPer Sæl;;Kor;nei\n"


def outlook(mona: FlaskClient, theatre: Theatre) -> str:
    mona.post("/language", data={"language": "en"})
    return mona.get(f"{people_of(theatre)}/lists/last", headers=ENGLISH).text


def undo(mona: FlaskClient, theatre: Theatre) -> int:
    which = re.search(r'name="import" value="([^"]+)"', outlook(mona, theatre))
    assert which is not None
    return mona.post(f"{people_of(theatre)}/lists/last/undo", data={"import": which[1]}).status_code


def place_called(name: str) -> Employee:
    return session.scalars(select(Employee).join(Person).where(Person.name == name)).one()


def test_whoever_was_added_and_has_not_begun_vanishes(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    before = roster_of(app, theatre.id)
    put_in(mona, theatre, THREE)
    assert "3 people who were added and have not begun are taken off the roster." in said_in(outlook(mona, theatre))
    assert undo(mona, theatre) == 303

    assert roster_of(app, theatre.id) == before
    with app.app_context():
        assert session.scalars(select(Person.name).where(Person.name == "Nils Ny")).all() == []
        assert session.query(RosterAct).count() == 0
        assert session.query(RosterImport.undone_by).scalar() == theatre.people["mona"]
    assert logged(app, theatre)[-1][0] == "roster.import_undone"
    assert "There is nothing to undo" in said_in(outlook(mona, theatre))


def test_whoever_has_begun_or_been_let_in_stays(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, THREE + "Ida Inn;;Kor;\nUna Unntatt;;Kor;\nTom Team;;Kor;\n")
    with app.app_context(), one_transaction():
        begun = session.scalars(
            select(Enrolment).where(Enrolment.employee_id == place_called("Siri Sol").id).limit(1)
        ).one()
        begun.begun_at = now()
        session.get_one(Person, place_called("Ida Inn").person_id).give_code()
        excuse(place_called("Una Unntatt"), "Permisjon", session.get_one(Person, theatre.people["mona"]))
        place_called("Tom Team").team = "Bar"
    said = said_in(outlook(mona, theatre))
    assert "4 people stay: begun, let in or changed since." in said
    assert "2 people who were added and have not begun are taken off the roster." in said
    undo(mona, theatre)

    assert set(roster_of(app, theatre.id)) == {
        "Kari Berg",
        "Mona Haug",
        "Siri Sol",
        "Ida Inn",
        "Una Unntatt",
        "Tom Team",
    }


def test_whoever_was_invited_and_has_not_come_vanishes_with_the_link(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, THREE)
    mona.post(f"/organisations/{theatre.id}/invitations", data={"whom": "all"})
    with app.app_context():
        assert session.query(MailedInvitation).count() == 2
    undo(mona, theatre)

    assert set(roster_of(app, theatre.id)) == {"Kari Berg", "Mona Haug"}
    with app.app_context():
        assert session.query(MailedInvitation).count() == 0
        assert session.query(OutboxMail).filter(OutboxMail.recipient == "nils@teatret.no").count() == 0


def test_everybody_gets_back_what_she_had(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, THREE)
    before = roster_of(app, theatre.id)
    answer = hand_in(
        mona,
        theatre,
        "Navn;E-post;Team;Leder;Rolle\nNils Nyhus;nils@teatret.no;Bar;ja;koordinator\nSiri Sol;siri@teatret.no;;nei;\n",
    )
    mona.post(f"{answer.location}/departures", data={"everybody": "leave"})
    carry_out(mona, answer)
    changed = roster_of(app, theatre.id)
    assert changed["Nils Nyhus"] == ("nils@teatret.no", "Bar", "coordinator", True, True)
    assert not changed["Per Sæl"][4]
    assert not changed["Kari Berg"][4]
    undo(mona, theatre)

    assert roster_of(app, theatre.id) == before
    with app.app_context():
        counted = session.scalars(
            select(Enrolment.counts_as).where(Enrolment.employee_id == place_called("Siri Sol").id)
        )
        assert set(counted) == {"leader"}


def test_what_has_been_chosen_since_is_kept_and_said(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, THREE)
    put_in(mona, theatre, HEADING + "Nils Ny;nils@teatret.no;Bar;ja\nSiri Sol;siri@teatret.no;Bar;\n")
    with app.app_context(), one_transaction():
        place_called("Nils Ny").team = "Kafé"
    assert "1 person keeps what has been changed since." in said_in(outlook(mona, theatre))
    undo(mona, theatre)

    found = roster_of(app, theatre.id)
    assert (found["Nils Ny"][1], found["Nils Ny"][3], found["Siri Sol"][1]) == ("Kafé", False, "Kor")


def test_it_is_undone_once_and_only_the_one_that_was_shown(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, THREE)
    first = re.search(r'name="import" value="([^"]+)"', outlook(mona, theatre))
    assert first is not None
    put_in(mona, theatre, HEADING + "Ida Inn;ida@teatret.no;;\n")
    late = mona.post(f"{people_of(theatre)}/lists/last/undo", data={"import": first[1]})

    assert late.status_code == 422
    assert "Ida Inn" in roster_of(app, theatre.id)
    assert undo(mona, theatre) == 303
    assert undo(mona, theatre) == 303
    assert set(roster_of(app, theatre.id)) == {"Kari Berg", "Mona Haug"}
    assert mona.post(f"{people_of(theatre)}/lists/last/undo", data={"import": first[1]}).status_code == 422


def test_whoever_is_erased_meanwhile_is_out_of_it(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, THREE)
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, place_called("Nils Ny").person_id))
        assert session.query(RosterAct).count() == 2
    undo(mona, theatre)

    with app.app_context():
        names = session.scalars(select(Person.name).join(Employee).where(Employee.organisation_id == theatre.id))
        assert sorted(names) == ["", "Kari Berg", "Mona Haug"]


def test_undoing_three_thousand_costs_no_more_statements_than_three(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    asked = []
    outlook(mona, theatre)
    for number in (3, 3_000):
        put_in(mona, theatre, HEADING + "\n".join(f"N {n};n{n}@teatret.no;Bar;nei" for n in range(number)))
        with questions(app) as looking:
            outlook(mona, theatre)
        with questions(app) as undoing:
            assert undo(mona, theatre) == 303
        asked.append((len(looking), len(undoing)))

    assert asked[0] == asked[1]
    assert len(roster_of(app, theatre.id)) == 2
