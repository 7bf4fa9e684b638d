"""Kari has lost her code: Mona makes her a new one, which opens Kari's courses and nothing else."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.learning.places import enrol
from lms.organisations.models import Employee
from lms.people.belongings import erase
from lms.people.models import Person, PersonalCode
from tests.cast import COURSES, Theatre
from tests.rosters import logged, people_at

WROTE = "Kanarifuglen synger bare for meg."


def code_on(page: str) -> str:
    found = re.search(r'<p class="code">(.*?)</p>', page)
    assert found is not None
    return found[1]


def enter(app: Flask, code: str, expect: int = 303) -> FlaskClient:
    visitor = app.test_client()
    assert visitor.post("/sign-in", data={"code": code}).status_code == expect
    return visitor


def working_codes(app: Flask, theatre: Theatre, who: str) -> int:
    with app.app_context():
        mine = PersonalCode.person_id == theatre.people[who], PersonalCode.revoked_at.is_(None)
        return len(session.scalars(select(PersonalCode).where(*mine)).all())


def test_the_code_opens_her_courses_and_never_what_she_wrote_before(
    app: Flask, kari: FlaskClient, mona: FlaskClient, theatre: Theatre
) -> None:
    kari.post(f"/learn/{theatre.id}/harassment/welcome/answers", data={"what-you-need": WROTE})
    answer = mona.post(f"{people_at(theatre, 'kari')}/code")
    visitor = enter(app, code_on(answer.text))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    lesson = visitor.get(f"/learn/{theatre.id}/harassment/welcome")
    assert lesson.status_code == 200
    assert WROTE not in unescape(lesson.text) + unescape(visitor.get("/me/reflections").text)
    assert WROTE not in unescape(visitor.get("/me/data.json").text)
    assert WROTE in unescape(kari.get("/me/reflections").text)
    enter(app, theatre.codes["kari"], expect=422)


def test_the_code_is_shown_once_and_the_log_knows_who_made_it(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    code = code_on(mona.post(f"{people_at(theatre, 'kari')}/code").text)

    assert code not in mona.get(people_at(theatre, "kari")).text
    about = {"employee": str(theatre.employees["kari"])}
    assert logged(app, theatre) == [("code.given", theatre.people["mona"], about)]


def test_the_page_says_what_a_code_opens_and_what_it_never_opens(mona: FlaskClient, theatre: Theatre) -> None:
    page = people_at(theatre, "kari")
    mona.post("/language", data={"language": "en"})

    assert "what the person wrote earlier stays closed to it" in mona.get(page).text
    assert "never what the person wrote before" in mona.post(f"{page}/code").text


def works_elsewhere(app: Flask, theatre: Theatre) -> None:
    """Kari works at Ola's festival too, though only last summer."""
    his = session.scalars(select(Employee).where(Employee.person_id == theatre.people["ola"])).one()
    place = Employee(organisation_id=his.organisation_id, person_id=theatre.people["kari"], left_at=now())
    session.add(place)
    enrol(place, COURSES)


def facilitates(app: Flask, theatre: Theatre) -> None:
    session.get_one(Person, theatre.people["kari"]).scheme_role = "facilitator"


def coordinates(app: Flask, theatre: Theatre) -> None:
    session.get_one(Employee, (theatre.id, theatre.employees["kari"])).role = "coordinator"


def comes_through_a_host(app: Flask, theatre: Theatre) -> None:
    session.get_one(Person, theatre.people["kari"]).host_id = "17"


def has_left(app: Flask, theatre: Theatre) -> None:
    session.get_one(Employee, (theatre.id, theatre.employees["kari"])).leave()


def is_erased(app: Flask, theatre: Theatre) -> None:
    erase(session.get_one(Person, theatre.people["kari"]))


@pytest.mark.parametrize(
    "kari_is", [works_elsewhere, facilitates, coordinates, comes_through_a_host, has_left, is_erased]
)
def test_no_code_is_made_that_would_open_more_than_the_courses_here(
    app: Flask, mona: FlaskClient, theatre: Theatre, kari_is: Callable[[Flask, Theatre], None]
) -> None:
    """Whoever makes a code can use it herself: it must not carry a coordinator into other pages."""
    with app.app_context(), one_transaction():
        kari_is(app, theatre)
    before = working_codes(app, theatre, "kari")
    page = people_at(theatre, "kari")
    answer = mona.post(f"{page}/code")

    assert answer.status_code == 422
    assert 'class="code"' not in answer.text
    assert f'action="{page}/code"' not in mona.get(page).text
    assert working_codes(app, theatre, "kari") == before
    assert logged(app, theatre) == []


def test_nobody_widens_her_own_way_in(app: Flask, theatre: Theatre) -> None:
    """Somebody who came in as Mona by a re-issued code must not make herself one that opens Mona's reflections."""
    with app.app_context(), one_transaction():
        kari = session.get_one(Person, theatre.people["kari"])
        code = session.get_one(Person, theatre.people["mona"]).give_code(by=kari)
    visitor = enter(app, code)
    page = people_at(theatre, "mona")

    assert visitor.get(page).status_code == 200
    assert visitor.post(f"{page}/code").status_code == 422
    assert "/me#devices" in visitor.get(page).text
    with app.app_context():
        mine = PersonalCode.person_id == theatre.people["mona"], PersonalCode.revoked_at.is_(None)
        assert session.scalars(select(PersonalCode).where(*mine)).one().opens_reflections_from is not None
