"""When the season is over Mona lets the whole crew leave, and next year it is back with its history."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import norwegian_day, now, one_transaction, session
from lms.learning.models import Enrolment
from lms.organisations.models import Employee
from tests.cast import Theatre
from tests.lists import ENGLISH, people_of, roster_of, said_in
from tests.questions import questions
from tests.rosters import come_in, logged, place_of
from tests.test_a_list_is_undone import undo

CREW = [f"Frivillig {number:02}" for number in range(70)]


def many(theatre: Theatre, **search: str) -> str:
    return f"{people_of(theatre)}/many?" + "&".join(f"{name}={value}" for name, value in search.items())


def here_in(app: Flask, theatre: Theatre, team: str) -> int:
    return sum(place[4] for place in roster_of(app, theatre.id).values() if place[1] == team)


def test_the_whole_team_leaves_and_is_back_with_its_history(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    crew = come_in(app, theatre, *CREW, team="Vakt")
    come_in(app, theatre, "Fast Ansatt", team="Kontor")
    with app.app_context(), one_transaction():
        done = session.scalars(select(Enrolment).where(Enrolment.employee_id == crew[0]).limit(1)).one()
        done.begun_at = done.completed_at = now()
        done.completed_on = norwegian_day(now())
    left = mona.post(many(theatre, team="Vakt"), data={"act": "leave", "everybody": "1"})

    assert left.status_code == 303
    assert (here_in(app, theatre, "Vakt"), here_in(app, theatre, "Kontor")) == (0, 1)
    mona.post("/language", data={"language": "en"})
    assert "70 people are changed." in said_in(mona.get(left.location, headers=ENGLISH).text)
    assert "Vakt 70 have left" in said_in(mona.get(many(theatre), headers=ENGLISH).text)
    mona.post(many(theatre, team="Vakt", show="left"), data={"act": "back", "everybody": "1"})
    assert here_in(app, theatre, "Vakt") == 70
    with app.app_context():
        kept = session.scalars(select(Enrolment).where(Enrolment.employee_id == crew[0])).all()
        assert sum(row.completed_at is not None for row in kept) == 1
        assert {row.counts_as for row in kept} == {"staff"}
    assert [what for what, *_rest in logged(app, theatre)] == ["roster.many_changed"] * 2


def test_coordinators_are_not_left_out_with_a_crowd(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = mona.post(many(theatre), data={"act": "leave", "who": [id.hex for id in theatre.employees.values()]})

    assert answer.status_code == 303
    assert {name: place[4] for name, place in roster_of(app, theatre.id).items()} == {
        "Kari Berg": False,
        "Mona Haug": True,
    }
    alone = mona.post(many(theatre), data={"act": "leave", "everybody": "1"})
    assert alone.status_code == 422


@pytest.mark.parametrize(
    ("form", "place", "counts_as"),
    [
        ({"act": "team", "new_team": " Kor "}, ("Kor", False), "staff"),
        ({"act": "leader"}, ("", True), "leader"),
    ],
)
def test_those_who_are_ticked_get_a_new_team_or_lead(
    app: Flask, mona: FlaskClient, theatre: Theatre, form: dict[str, str], place: tuple[str, bool], counts_as: str
) -> None:
    come_in(app, theatre, "Nils Ny")
    kari = theatre.employees["kari"]
    assert mona.post(many(theatre), data={**form, "who": kari.hex}).status_code == 303
    employee, counted = place_of(app, theatre, "kari")

    assert ((employee.team, employee.is_leader), counted) == (place, {counts_as})
    assert roster_of(app, theatre.id)["Nils Ny"][1:4] == ("", "employee", False)
    again = mona.post(many(theatre), data={**form, "who": kari.hex})
    assert again.status_code == 422
    undo(mona, theatre)
    employee, counted = place_of(app, theatre, "kari")
    assert ((employee.team, employee.is_leader), counted) == (("", False), {"staff"})


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"act": "leader"}, 422),
        ({"who": "x" * 32, "act": "leader"}, 422),
        ({"everybody": "1", "act": "team", "new_team": "T" * 81}, 422),
        ({"everybody": "1", "act": "erase"}, 400),
    ],
)
def test_what_cannot_be_done_comes_back(
    app: Flask, mona: FlaskClient, theatre: Theatre, form: dict[str, str], status: int
) -> None:
    before = roster_of(app, theatre.id)
    answer = mona.post(many(theatre), data=form)

    assert answer.status_code == status
    assert roster_of(app, theatre.id) == before


def test_nobody_from_another_organisation_comes_along(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context():
        his = session.scalars(select(Employee.id).where(Employee.person_id == theatre.people["ola"])).one()

    assert mona.post(many(theatre), data={"act": "leader", "who": his.hex}).status_code == 422


def test_a_crew_of_three_hundred_costs_no_more_statements_than_three(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    asked = []
    for team, number in (("Liten", 3), ("Stor", 300)):
        come_in(app, theatre, *(f"{team} {one}" for one in range(number)), team=team)
        with questions(app) as questioned:
            mona.post(many(theatre, team=team), data={"act": "leave", "everybody": "1"})
        asked.append(len(questioned))

    assert asked[0] == asked[1]
