"""Mona changes somebody's role, team or leadership, excuses her, and marks who has left; most of it can be undone."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee
from lms.people.belongings import erase
from lms.people.models import Person
from tests.cast import Theatre
from tests.rosters import facts_of, logged, people_at, place_of


def test_nobody_else_changes_anything(app: Flask, ola: FlaskClient, siv: FlaskClient, theatre: Theatre) -> None:
    """Ola's own organisation does not lend him somebody of the theatre."""
    with app.app_context():
        his = session.scalars(select(Employee).where(Employee.person_id == theatre.people["ola"])).one()
    for client, organisation in ((ola, his.organisation_id), (ola, theatre.id), (siv, theatre.id)):
        page = f"/organisations/{organisation}/people/{theatre.employees['kari']}"
        assert client.get(page).status_code == 404
        for act in ("", "/departure", "/departure/undo", "/exception", "/exception/undo", "/code"):
            assert client.post(f"{page}{act}", data={"role": "coordinator", "reason": "x"}).status_code == 404

    assert place_of(app, theatre, "kari")[0].role == "employee"
    assert logged(app, theatre) == []


def test_role_leadership_and_team_change_and_are_counted_anew(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    form = {"role": "coordinator", "is_leader": "1", "team": " Kunst \n og  kropp "}
    answer = mona.post(people_at(theatre, "kari"), data=form)
    mona.post(people_at(theatre, "kari"), data=form)

    assert answer.status_code == 303
    employee, counts_as = place_of(app, theatre, "kari")
    assert (employee.role, employee.is_leader, employee.team) == ("coordinator", True, "Kunst og kropp")
    assert counts_as == {"leader"}
    about = {"employee": str(employee.id), "role": "coordinator", "is_leader": True, "team_changed": True}
    assert logged(app, theatre) == [("employee.changed", theatre.people["mona"], about)]
    assert 'role="status"' in mona.get(answer.location).text


def test_a_team_that_is_too_long_comes_back(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    answer = mona.post(people_at(theatre, "kari"), data={"role": "coordinator", "team": "x" * 81})

    assert answer.status_code == 422
    assert "x" * 81 in answer.text
    assert re.search(r'value="coordinator"\s+checked', answer.text)
    assert place_of(app, theatre, "kari")[0].role == "employee"


def test_a_role_there_is_not_is_no_honest_mistake(mona: FlaskClient, theatre: Theatre) -> None:
    assert mona.post(people_at(theatre, "kari"), data={"role": "owner", "team": ""}).status_code == 400


@pytest.mark.parametrize("act", ["", "/departure"])
def test_the_last_coordinator_stays(app: Flask, mona: FlaskClient, theatre: Theatre, act: str) -> None:
    answer = mona.post(f"{people_at(theatre, 'mona')}{act}", data={"role": "employee", "team": "", "sure": "1"})

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    employee, _counts_as = place_of(app, theatre, "mona")
    assert (employee.role, employee.left_at) == ("coordinator", None)
    assert logged(app, theatre) == []


def test_somebody_erased_is_nobody_to_leave_the_pages_to(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    mona.post(people_at(theatre, "kari"), data={"role": "coordinator", "team": ""})
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["kari"]))
    answer = mona.post(f"{people_at(theatre, 'mona')}/departure", data={"sure": "1"})

    assert answer.status_code == 422
    page = mona.get(people_at(theatre)).text
    assert "Kari" not in page
    assert mona.get(people_at(theatre, "kari")).status_code == 200


@pytest.mark.parametrize("act", ["", "/departure"])
def test_a_coordinator_who_steps_down_says_that_she_knows(
    app: Flask, mona: FlaskClient, theatre: Theatre, act: str
) -> None:
    mona.post(people_at(theatre, "kari"), data={"role": "coordinator", "team": ""})
    form = {"role": "employee", "team": ""}
    unsure = mona.post(f"{people_at(theatre, 'mona')}{act}", data=form)
    assert unsure.status_code == 422
    assert 'name="sure"' in unsure.text
    assert mona.get(people_at(theatre)).status_code == 200

    sure = mona.post(f"{people_at(theatre, 'mona')}{act}", data={**form, "sure": "1"})
    assert (sure.status_code, sure.location) == (303, "/")
    assert mona.get(people_at(theatre)).status_code == 404
    assert mona.get("/").status_code == 200


def test_somebody_who_has_left_is_taken_back_into_what_was_chosen_meanwhile(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    page = people_at(theatre, "kari")
    mona.post(f"{page}/departure")
    mona.post(f"{page}/departure")
    assert kari.get(f"/learn/{theatre.id}/norms/").status_code == 404
    assert place_of(app, theatre, "kari")[1] == {"left"}
    assert facts_of(app, theatre).roster == 1

    chosen = ["harassment", "norms", "power_techniques"]
    mona.post(f"/organisations/{theatre.id}/choices/courses", data={"courses": chosen})
    mona.post(f"{page}/departure/undo")
    mona.post(f"{page}/departure/undo")

    assert kari.get(f"/learn/{theatre.id}/power_techniques/").status_code == 200
    assert place_of(app, theatre, "kari")[1] == {"staff"}
    assert [what for what, _by, _about in logged(app, theatre)] == [
        "employee.left",
        "courses.chosen",
        "employee.taken_back",
    ]


def test_an_exception_has_a_reason_and_a_name_and_can_be_taken_back(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    page = people_at(theatre, "kari")
    for reason in ("", " \n ", "x" * 301):
        assert mona.post(f"{page}/exception", data={"reason": reason}).status_code == 422
    assert place_of(app, theatre, "kari")[1] == {"staff"}

    mona.post(f"{page}/exception", data={"reason": "I permisjon <b>"})
    assert place_of(app, theatre, "kari")[1] == {"excused"}
    assert facts_of(app, theatre).excused == 1
    shown = mona.get(page).text
    assert "I permisjon &lt;b&gt;" in shown
    assert "Mona Haug" in shown

    mona.post(f"{page}/exception", data={"reason": "På turné"})
    mona.post(f"{page}/exception/undo")
    mona.post(f"{page}/exception/undo")
    assert place_of(app, theatre, "kari")[1] == {"staff"}
    assert facts_of(app, theatre).excused == 0
    with app.app_context():
        assert session.scalars(select(CourseException)).all() == []
    lines = logged(app, theatre)
    assert [what for what, _by, _about in lines] == ["exception.given", "exception.given", "exception.taken_back"]
    assert "turné" not in str(lines)
