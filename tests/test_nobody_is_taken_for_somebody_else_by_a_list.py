"""A list knows somebody again by her address or number; by her name it asks, and Mona's word decides."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import new_id, now, one_transaction, session
from lms.learning.inviting.models import MailedInvitation
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, found_organisation
from lms.people.models import Address, Person, digest
from tests.cast import COURSES, Theatre
from tests.letters import confirm_address
from tests.lists import (
    HEADING,
    carry_out,
    counts_in,
    hand_in,
    looked_through,
    paste,
    people_of,
    put_in,
    roster_of,
    said_in,
)
from tests.rosters import come_in, place_of

NILS = HEADING + "Nils Ny;nils@teatret.no;Scene;nei\n"


def answers_on(page: str, row: int) -> list[str]:
    """What can be answered about a row."""
    return re.findall(rf'name="row-{row}"\s+value="(\w+)"', page)


def names_in(app: Flask, theatre: Theatre) -> list[str]:
    with app.app_context():
        people = select(Person.name).join(Employee).where(Employee.organisation_id == theatre.id)
        return sorted(session.scalars(people))


def test_the_address_knows_her_again(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, NILS)
    same = looked_through(mona, hand_in(mona, theatre, NILS))
    answer = hand_in(mona, theatre, HEADING + "Nils Nyhus;NILS@teatret.no;Kor;ja\n")
    page = looked_through(mona, answer)

    assert counts_in(same)["Unchanged"] == 1
    assert counts_in(page)["Changed"] == 1
    said = said_in(page)
    assert "Name: Nils Ny → becomes Nils Nyhus" in said
    assert "Team: Scene → becomes Kor" in said
    assert "Leader: no → becomes yes" in said
    carry_out(mona, answer)
    assert roster_of(app, theatre.id)["Nils Nyhus"] == ("nils@teatret.no", "Kor", "employee", True, True)


def test_what_a_list_does_not_say_stays(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, NILS.replace("nei", "ja"))
    put_in(mona, theatre, "Navn;E-post;Team;Leder;Rolle\nNils Nyhus;nils@teatret.no;;;\n")

    assert roster_of(app, theatre.id)["Nils Nyhus"] == ("nils@teatret.no", "Scene", "employee", True, True)


def test_a_name_alone_is_asked_about_and_waits(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, HEADING + "kari  BERG;kari@teatret.no;Scene;ja\nNils Ny;;;\n")
    page = looked_through(mona, answer)
    kari = theatre.employees["kari"].hex

    assert counts_in(page)["Questions"] == 1
    assert answers_on(page, 2) == [kari, "new"]
    assert "checked" not in page.partition('name="row-2"')[2].partition("</fieldset>")[0]
    carry_out(mona, answer)
    assert names_in(app, theatre) == ["Kari Berg", "Mona Haug", "Nils Ny"]
    assert place_of(app, theatre, "kari")[0].team == ""


@pytest.mark.parametrize(
    ("said", "names", "team", "leaders"),
    [("same", ["Kari Berg", "Mona Haug"], "Scene", 1), ("new", ["Kari Berg", "Kari Berg", "Mona Haug"], "", 0)],
)
def test_her_word_decides(
    app: Flask, mona: FlaskClient, theatre: Theatre, said: str, names: list[str], team: str, leaders: int
) -> None:
    answer = hand_in(mona, theatre, HEADING + "Kari Berg;kari@teatret.no;Scene;ja\n")
    word = theatre.employees["kari"].hex if said == "same" else "new"
    assert mona.post(f"{answer.location}/answers", data={"row-2": word}).status_code == 303
    carry_out(mona, answer)

    employee, counts_as = place_of(app, theatre, "kari")
    assert names_in(app, theatre) == names
    assert (employee.team, employee.is_leader) == (team, bool(leaders))
    assert counts_as == ({"leader"} if leaders else {"staff"})


def test_all_questions_are_answered_at_once(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, *(f"Frivillig {number}" for number in range(120)), team="Bar")
    answer = paste(mona, theatre, "\n".join(f"Frivillig {number};;Vakt" for number in range(120)))
    assert counts_in(looked_through(mona, answer))["Questions"] == 120
    mona.post(f"{answer.location}/answers", data={"everybody": "same", "row-3": "new"})
    carry_out(mona, answer)

    with app.app_context():
        in_team = dict(session.execute(select(Employee.team, Employee.id).where(Employee.team != "")).all())
    assert set(in_team) == {"Vakt", "Bar"}
    assert len(names_in(app, theatre)) == 123


def test_she_is_asked_about_nobody_else(mona: FlaskClient, theatre: Theatre) -> None:
    answer = hand_in(mona, theatre, HEADING + "Kari Berg;;Scene;\n")
    for forged in (theatre.employees["mona"].hex, "me"):
        assert mona.post(f"{answer.location}/answers", data={"row-2": forged}).status_code == 400
    assert mona.post(f"{answer.location}/answers", data={"everybody": "me"}).status_code == 400


def test_of_two_with_one_name_the_team_says_which_to_ask_about(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    (singer,) = come_in(app, theatre, "Kari Berg", team="Kor")
    kari = theatre.employees["kari"]
    both = looked_through(mona, paste(mona, theatre, "Kari Berg"))
    one = looked_through(mona, paste(mona, theatre, "Kari Berg;;kor"))

    assert set(answers_on(both, 1)) == {kari.hex, singer.hex, "new"}
    assert answers_on(one, 1) == [singer.hex, "new"]


def test_one_person_is_not_two_rows(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    rows = "Nils Ny;nils@teatret.no;Scene;\nNina Ny;nils@teatret.no;Kor;\nPer Sæl;;Kor;\nper sæl;;kor;\nPer Sæl;;Bar;\n"
    answer = hand_in(mona, theatre, HEADING + rows)
    page = looked_through(mona, answer)

    assert counts_in(page) == {"All rows": 5, "Repeated in the list": 2, "New": 3, "Not in the list": 1}
    assert "The same address as in row 2. Two people cannot share one." in said_in(page)
    assert "The same name and team as in row 4" in said_in(page)
    carry_out(mona, answer)
    assert names_in(app, theatre) == ["Kari Berg", "Mona Haug", "Nils Ny", "Per Sæl", "Per Sæl"]


def test_two_rows_cannot_both_be_her(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = paste(mona, theatre, "Kari Berg;;Scene\nKari Berg;;Kor")
    kari = theatre.employees["kari"].hex
    mona.post(f"{answer.location}/answers", data={"row-1": kari, "row-2": kari})
    page = looked_through(mona, answer)

    assert "You have said that row 1 is this person." in said_in(page)
    carry_out(mona, answer)
    assert (names_in(app, theatre), place_of(app, theatre, "kari")[0].team) == (["Kari Berg", "Mona Haug"], "Scene")


def test_whoever_takes_over_an_address_does_not_take_over_the_courses(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, HEADING + "Gro Gammel;leder@teatret.no;Kontor;ja\n")
    answer = hand_in(mona, theatre, HEADING + "Nils Ny;leder@teatret.no;Kontor;ja\n")
    page = looked_through(mona, answer)
    assert counts_in(page)["Questions"] == 1
    mona.post(f"{answer.location}/answers", data={"row-2": "new"})
    assert "Takes over the address from Gro Gammel." in said_in(looked_through(mona, answer))
    carry_out(mona, answer)

    found = roster_of(app, theatre.id)
    assert (found["Gro Gammel"][0], found["Nils Ny"][0]) == ("", "leder@teatret.no")


def test_a_link_to_an_old_address_does_not_open_the_new_one(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Whoever reads the old mail would have confirmed an address that is somebody else's."""
    put_in(mona, theatre, NILS)
    with app.app_context(), one_transaction():
        place = session.scalars(select(Employee.id).join(Person).where(Person.name == "Nils Ny")).one()
        here = {"organisation_id": theatre.id, "employee_id": place, "number": 1}
        letter = {"digest": digest("hemmelig"), "mail_id": new_id(), "expires_at": now() + timedelta(days=30)}
        session.add(MailedInvitation(**here, **letter))
    stranger = app.test_client()
    opened = stranger.get("/invitations/hemmelig").status_code
    put_in(mona, theatre, f"Balanse-ID;Navn;E-post\n{place};Nils Ny;ny@teatret.no\n")

    assert (opened, stranger.get("/invitations/hemmelig").status_code) == (200, 410)
    assert stranger.post("/invitations/hemmelig", data={"name": "Tove Tyv"}).status_code == 410
    assert roster_of(app, theatre.id)["Nils Ny"][0] == "ny@teatret.no"
    with app.app_context():
        assert session.scalars(select(Address)).all() == []


def test_two_can_change_addresses_with_one_another(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Nils Ny;a@teatret.no;;\nNina Ny;b@teatret.no;;\n")
    with app.app_context():
        found = session.execute(select(Person.name, Employee.id).join(Employee)).all()
        ids = {row.name: row.id for row in found}
    rows = f"{ids['Nils Ny']};Nils Ny;b@teatret.no\n{ids['Nina Ny']};Nina Ny;a@teatret.no\n"
    answer = hand_in(mona, theatre, "Balanse-ID;Navn;E-post\n" + rows)

    assert counts_in(looked_through(mona, answer))["With mistakes"] == 2
    assert "The address is Nina Ny's on the roster." in said_in(looked_through(mona, answer))
    put_in(mona, theatre, HEADING + "Nils Ny;c@teatret.no;;\nNina Ny;b@teatret.no;;\n".replace("Nils Ny;c", "X Y;c"))
    assert roster_of(app, theatre.id)["Nina Ny"][0] == "b@teatret.no"


def test_whoever_has_come_in_keeps_the_name_she_has_given(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    (place,) = come_in(app, theatre, "Kim")
    row = f"Balanse-ID;Navn;Team\n{place};Kim Kristoffer Vik;Kor\n"
    with app.app_context(), one_transaction():
        kim = session.get_one(Employee, (theatre.id, place)).person_id
        session.get_one(Person, kim).give_code()
    answer = hand_in(mona, theatre, row)
    assert "Has chosen to be called Kim here, and keeps that name." in said_in(looked_through(mona, answer))
    carry_out(mona, answer)

    assert roster_of(app, theatre.id)["Kim"][1] == "Kor"


def test_no_list_tells_whose_an_address_is(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    """Kari has confirmed an address of her own, and Ola one in another organisation."""
    confirm_address(app, theatre.people["kari"], "hemmelig@example.no")
    confirm_address(app, theatre.people["ola"], "ola@example.no")
    rows = "Vet Ikke;{}@example.no;;\n"
    pages = [
        said_in(looked_through(mona, hand_in(mona, theatre, HEADING + rows.format(name))))
        for name in ("hemmelig", "ola", "ingen")
    ]
    for name in ("hemmelig", "ola", "ingen"):
        pages = [page.replace(name, "–") for page in pages]

    assert pages[0] == pages[1] == pages[2]
    put_in(mona, theatre, HEADING + rows.format("ola"))
    with app.app_context():
        who = session.scalars(select(Person.name).join(Employee).where(Employee.organisation_id == theatre.id)).all()
        assert "Ola Lie" not in who


def test_somebody_in_two_organisations_is_two_places(
    app: Flask, mona: FlaskClient, ola: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, NILS)
    with app.app_context():
        his = session.scalars(select(Employee).where(Employee.person_id == theatre.people["ola"])).one()
    festival = Theatre(**{**vars(theatre), "id": his.organisation_id})
    put_in(ola, festival, NILS)

    assert "Nils Ny" in roster_of(app, theatre.id)
    assert "Nils Ny" in roster_of(app, festival.id)


def test_a_number_from_another_organisation_is_nobodys(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        elsewhere = found_organisation("Annet", COURSES, session.get_one(Person, theatre.people["ola"]))
        other = session.scalars(select(Employee.id).where(Employee.organisation_id == elsewhere.id)).one()
    page = looked_through(mona, hand_in(mona, theatre, f"Balanse-ID;Navn\n{other};Ola Lie\n"))

    assert "The Balanse ID is nobody's on this roster." in said_in(page)


def test_those_the_list_does_not_name_stay_unless_she_says_that_they_left(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    put_in(mona, theatre, NILS + "Siri Sol;siri@teatret.no;Kor;\n")
    answer = hand_in(mona, theatre, HEADING + "Nils Ny;nils@teatret.no;Kor;\n")
    page = looked_through(mona, answer, kind="missing")
    assert counts_in(page)["Not in the list"] == 2
    assert "Mona Haug" not in page.partition("<form")[2]
    with app.app_context():
        siri = session.scalars(select(Employee.id).join(Person).where(Person.name == "Siri Sol")).one()
    form = {"shown": [siri.hex, theatre.employees["kari"].hex], "leaves": [siri.hex]}
    assert mona.post(f"{answer.location}/departures", data=form).status_code == 303
    mona_too = {"shown": [theatre.employees["mona"].hex], "leaves": [theatre.employees["mona"].hex]}
    mona.post(f"{answer.location}/departures", data=mona_too)
    assert "1 person is marked as left." in said_in(looked_through(mona, answer))
    carry_out(mona, answer)

    found = roster_of(app, theatre.id)
    assert {name: place[4] for name, place in found.items()} == {
        "Kari Berg": True,
        "Mona Haug": True,
        "Nils Ny": True,
        "Siri Sol": False,
    }
    with app.app_context():
        assert set(session.scalars(select(Enrolment.counts_as).where(Enrolment.employee_id == siri))) == {"left"}


def test_whoever_had_left_is_back_with_what_she_has_completed(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, NILS)
    with app.app_context(), one_transaction():
        nils = session.scalars(select(Employee).join(Person).where(Person.name == "Nils Ny")).one()
        nils.left_at = now()
        done = session.scalars(select(Enrolment).where(Enrolment.employee_id == nils.id)).first()
        assert done is not None
        done.begun_at = now()
    answer = hand_in(mona, theatre, NILS)
    assert counts_in(looked_through(mona, answer))["Back again"] == 1
    carry_out(mona, answer)

    assert roster_of(app, theatre.id)["Nils Ny"][4]
    with app.app_context():
        rows = session.scalars(select(Enrolment).where(Enrolment.employee_id == nils.id)).all()
        assert {row.counts_as for row in rows} == {"staff"}
        assert len(rows) == len(COURSES)
        assert sum(row.begun_at is not None for row in rows) == 1


def test_a_list_gives_the_pages_and_takes_them_from_nobody(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context():
        ids = theatre.employees
    rows = f"{ids['mona']};Mona Haug;medarbeider\n{ids['kari']};Kari Berg;koordinator\n"
    answer = hand_in(mona, theatre, "Balanse-ID;Navn;Rolle\n" + rows)
    assert "Stays a coordinator" in said_in(looked_through(mona, answer))
    carry_out(mona, answer)

    assert {place[2] for place in roster_of(app, theatre.id).values()} == {"coordinator"}


def test_adding_by_hand_asks_too(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = mona.post(f"{people_of(theatre)}/new", data={"name": "Kari Berg", "role": "employee"})
    page = looked_through(mona, answer)

    assert answers_on(page, 1) == [theatre.employees["kari"].hex, "new"]
    assert "Not in the list" not in counts_in(page)
    assert names_in(app, theatre) == ["Kari Berg", "Mona Haug"]
