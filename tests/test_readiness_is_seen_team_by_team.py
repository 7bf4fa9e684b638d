"""Mona sees each team and who is missing in it; Siv sees teams as numbers, and names where the theatre shows them."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.overview.teams import TeamLine, teams_of, told_as_numbers
from lms.learning.models import Enrolment
from lms.learning.places import count_anew
from lms.organisations.course_exceptions import excuse
from lms.organisations.models import Employee, current_round
from lms.people.models import Person
from tests.cast import COURSES, Theatre, cast_in
from tests.questions import questions
from tests.rosters import come_in, logged

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

numbers = st.integers(0, 9)
team_lines = st.lists(st.tuples(numbers, numbers, numbers), max_size=9).map(
    lambda found: [
        TeamLine(f"Team {number}", *steps, {"norms": steps[0] + steps[1]})
        for number, steps in enumerate(found)
        if sum(steps)
    ]
)


@given(team_lines)
def test_no_number_stands_for_fewer_than_five_and_none_can_be_reckoned_out(lines: list[TeamLine]) -> None:
    told, everybody = told_as_numbers(lines), sum(line.people for line in lines)

    assert told == [] or sum(line.people for line in told) == everybody
    assert len(told) != 1
    for line in told:
        assert line.people >= 5
        assert everybody - line.people >= 5
        assert line.missing["norms"] == line.waited_for
    alone = {line.team for line in told if line.teams == 1 and line.team}
    assert alone <= {line.team for line in lines if line.people >= 5}


@given(team_lines)
def test_every_team_is_told_where_all_of_them_are_large(lines: list[TeamLine]) -> None:
    large = [line for line in lines if line.people >= 5]

    assert told_as_numbers(large) == (large if len(large) > 1 else [])


def page_of(visitor: FlaskClient, theatre: Theatre, page: str) -> str:
    answer = visitor.get(f"/organisations/{theatre.id}/readiness{page}")
    assert answer.status_code == 200
    return answer.text


def rows_on(page: str) -> list[list[str]]:
    """The words in each cell of the table's body."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    page_rows = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
    return [[" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in row] for row in page_rows]


def complete(app: Flask, employee_id: object, *courses: str) -> None:
    with app.app_context(), one_transaction():
        here = Enrolment.employee_id == employee_id, Enrolment.course.in_(courses)
        done = {"begun_at": now(), "completed_at": now(), "completed_on": norwegian_day(now())}
        session.execute(update(Enrolment).where(*here).values(done))


def teams_on(page: str) -> dict[str, list[str]]:
    return {row[0].split(" Forebygging")[0]: row[1:5] for row in rows_on(page)}


@pytest.fixture
def crews(app: Flask, theatre: Theatre) -> None:
    """Six on stage, five in the workshop, three in the office; Kari and Mona in no team."""
    stage = come_in(app, theatre, *(f"Scene {number}" for number in range(6)), team="Scene")
    workshop = come_in(app, theatre, *(f"Verksted {number}" for number in range(5)), team="Verksted")
    office = come_in(app, theatre, *(f"Kontor {number}" for number in range(3)), team="Kontor")
    for employee in (*stage[:2], office[0]):
        complete(app, employee, *COURSES)
    complete(app, stage[2], "norms")
    for employee in workshop[:1]:
        with app.app_context(), one_transaction():
            somebody = session.get_one(Employee, (theatre.id, employee))
            excuse(somebody, "på turné", session.get_one(Person, theatre.people["mona"]))
            count_anew(somebody)


@pytest.mark.usefixtures("crews")
def test_the_coordinator_sees_every_team_with_what_is_missing(mona: FlaskClient, theatre: Theatre) -> None:
    page = page_of(mona, theatre, "/teams")
    found = {row[0].split(" ")[0]: row for row in rows_on(page)}

    assert list(found) == ["Kontor", "Scene", "Verksted", "Uten"]
    assert found["Scene"][1:5] == ["6", "2", "1", "3"]
    assert (
        found["Scene"][5]
        == "Forebygging av seksuell trakassering: 4 mangler Normer, likestilling og mangfold: 3 mangler"
    )
    assert found["Verksted"][1:5] == ["4", "0", "0", "4"], "whoever has an exception is not counted"
    assert found["Uten"][1:5] == ["2", "0", "0", "2"]
    assert "readiness/teams" in page_of(mona, theatre, "")


@pytest.mark.usefixtures("crews")
def test_the_facilitator_sees_small_teams_together(siv: FlaskClient, theatre: Theatre) -> None:
    page = page_of(siv, theatre, "/teams")
    found = rows_on(page)

    assert [row[0].split(" Forebygging")[0] for row in found] == ["Scene", "3 små team til sammen"]
    assert [row[1:5] for row in found] == [["6", "2", "1", "3"], ["9", "1", "0", "8"]]
    assert "Kontor" not in page
    assert "/people/" not in page
    assert siv.get(f"/organisations/{theatre.id}/readiness/missing").status_code == 404
    assert "readiness/teams" in page_of(siv, theatre, "")


def test_where_numbers_would_be_people_no_team_is_shown(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, "Bo", "Liv", team="Scene")
    page = page_of(siv, theatre, "/teams")

    assert "<tbody>" not in page
    assert "minst fem" in page
    assert "readiness/teams" not in page_of(siv, theatre, "")


def test_a_house_of_four_is_not_shown_teams_on_its_readiness(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, "Bo", "Liv", team="Scene")
    assert "readiness/teams" not in page_of(mona, theatre, "")

    come_in(app, theatre, "Nils", team="Scene")
    assert "readiness/teams" in page_of(mona, theatre, "")


def test_the_organisation_decides_whether_names_are_shown(
    app: Flask, kari: FlaskClient, mona: FlaskClient, siv: FlaskClient, anonymous: FlaskClient, theatre: Theatre
) -> None:
    come_in(app, theatre, "Bo Lie", team="Scene")
    names_at = f"/organisations/{theatre.id}/choices/names"
    assert "Bo Lie" not in page_of(siv, theatre, "")
    assert "ser bare hvor mange" in kari.get(f"/learn/{theatre.id}/norms/").text
    assert "ser bare hvor mange" in anonymous.get(f"/join/{theatre.join_code}").text

    for _twice in range(2):
        assert mona.post(names_at, data={"seen": "names"}).status_code == 303
    assert "Bo Lie" in page_of(siv, theatre, "")
    assert "Bo Lie" in page_of(siv, theatre, "/missing")
    assert "/people/" not in page_of(siv, theatre, "") + page_of(siv, theatre, "/missing"), "those pages are not hers"
    assert teams_on(page_of(siv, theatre, "/teams"))["Scene"] == ["1", "0", "0", "1"]
    assert "ser det samme" in kari.get(f"/learn/{theatre.id}/norms/").text
    assert "ser det samme" in anonymous.get(f"/join/{theatre.join_code}").text

    mona.post(names_at, data={"seen": "numbers"})
    assert "Bo Lie" not in page_of(siv, theatre, "")
    assert [line for line in logged(app, theatre) if line[0] == "policy.set"] == [
        ("policy.set", theatre.people["mona"], {"shows_names": True}),
        ("policy.set", theatre.people["mona"], {"shows_names": False}),
    ]
    assert siv.post(names_at, data={"seen": "names"}).status_code == 404
    assert mona.post(names_at, data={"seen": "everything"}).status_code == 400


@pytest.mark.usefixtures("crews")
def test_those_who_are_missing_are_found_by_course_kind_and_team(
    app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    with app.app_context(), one_transaction():
        kari = session.get_one(Employee, (theatre.id, theatre.employees["kari"]))
        kari.is_leader = True
        count_anew(kari)

    def names(query: str = "") -> list[str]:
        return [row[0] for row in rows_on(page_of(mona, theatre, f"/missing{query}"))]

    assert names()[0] == "Kari Berg leder", "leaders first"
    assert len(names()) == 6 - 2 + 4 + 2 + 2
    assert names("?who=leaders") == ["Kari Berg leder"]
    assert "Scene 2 Scene" in names("?course=harassment")
    assert "Scene 2 Scene" not in names("?course=norms&who=staff")
    assert names("?text=kontor&sort=team") == ["Kontor 1 Kontor", "Kontor 2 Kontor"]
    assert len(names("?course=astrology&who=nobody&sort=luck&page=x")) == len(names())
    assert "<tbody>" not in page_of(mona, theatre, "/missing?text=zzz")


def test_a_long_list_has_pages(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    crowd = come_in(app, theatre, *(f"Kollega {number:03}" for number in range(120)))
    first, last, beyond = (page_of(mona, theatre, f"/missing?page={page}") for page in (1, 3, 99))

    assert len(rows_on(first)) == 50
    assert len(rows_on(last)) == 22
    assert rows_on(beyond) == rows_on(last)
    with app.app_context(), one_transaction():
        for number, employee in enumerate(crowd):
            session.get_one(Employee, (theatre.id, employee)).team = f"Team {number:03}"
    page = page_of(mona, theatre, "/teams?page=2&sort=people")
    assert len(rows_on(page)) == 50
    assert "sort=people&amp;page=3" in page
    assert [row[0].split(" Forebygging")[0] for row in rows_on(page_of(mona, theatre, "/teams?text=117"))] == [
        "Team 117"
    ]


@pytest.mark.parametrize(("page", "who"), [("/teams", "mona"), ("/teams", "siv"), ("/missing", "mona")])
def test_the_number_of_questions_does_not_grow(
    page: str, who: str, app: Flask, theatre: Theatre, request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(who)
    page_of(client, theatre, page)
    with questions(app) as few:
        page_of(client, theatre, page)
    for team in ("Scene", "Verksted", "Kontor"):
        come_in(app, theatre, *(f"{team} {number}" for number in range(30)), team=team)
    with questions(app) as many:
        page_of(client, theatre, page)

    assert len(few) == len(many) <= 6


def test_both_databases_count_the_same(database_url: str, open_app: Callable[..., Flask]) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    bo, _liv = come_in(app, theatre, "Bo", "Liv", team="Ånd & ætt")
    complete(app, bo, *COURSES)
    with app.app_context():
        lines = teams_of(current_round(theatre.id))

    assert [(line.team, line.not_begun, line.begun, line.completed) for line in lines] == [
        ("Ånd & ætt", 1, 0, 1),
        ("", 2, 0, 0),
    ]
    assert lines[0].missing == {"harassment": 1, "norms": 1}
