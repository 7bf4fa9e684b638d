"""Mona coordinates a house with branches: how ready each is, and all of them together, in numbers and without names."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.database import norwegian_day, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.overview.branches import Branch, together
from lms.group_sessions.readiness import CourseFacts, Facts, judge
from lms.learning.places import enrol
from lms.organisations.models import Employee, Organisation, current_round, found_organisation
from lms.people.models import Person
from tests.cast import COURSES, Theatre, cast_in, signed_in
from tests.questions import questions
from tests.test_a_coordinator_sees_what_is_new_and_what_to_expect import complete
from tests.test_readiness_is_seen_team_by_team import rows_on

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def branch(app: Flask, theatre: Theatre, name: str, people: int = 0, done: int = 0, ready: bool = False) -> UUID:
    """A branch of the theatre with so many people, of whom some have completed everything."""
    with app.app_context(), one_transaction():
        organisation = found_organisation(name, COURSES)
        organisation.parent_id = theatre.id
        crowd = [Person(name=f"{name} {number}", language="nb") for number in range(people)]
        session.add_all(crowd)
        session.flush()
        employees = [Employee(organisation_id=organisation.id, person_id=each.id) for each in crowd]
        session.add_all(employees)
        for employee in employees:
            enrol(employee, COURSES)
        if ready:
            organisation.reporting_channel = "Verneombudet"
            current_round(organisation.id).roster_confirmed_at = now()
            session.add(
                GroupSession(
                    organisation_id=organisation.id,
                    starts_at=now() + timedelta(days=5),
                    place="Salen",
                    facilitator_id=theatre.people["siv"],
                )
            )
        ids = [employee.id for employee in employees]
    for employee_id in ids[:done]:
        for course in COURSES:
            complete(app, employee_id, course, norwegian_day(now()))
    return organisation.id


def page_of(visitor: FlaskClient, theatre: Theatre, query: str = "") -> str:
    answer = visitor.get(f"/organisations/{theatre.id}/branches{query}")
    assert answer.status_code == 200
    return answer.text


def test_each_branch_has_its_verdict_and_the_whole_its_sum(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    branch(app, theatre, "Tromsø", people=6, done=6, ready=True)
    branch(app, theatre, "Bergen", people=8, done=2)
    branch(app, theatre, "Voss", people=2)
    page = page_of(mona, theatre)
    found = {row[0]: row for row in rows_on(page)}

    assert list(found) == ["Bergen", "Tromsø", "Voss"]
    assert found["Tromsø"][1] == "Klar til samling"
    assert found["Tromsø"][3:] == ["6", "12 av 12"]
    assert found["Bergen"][1].startswith("Ikke klar ennå")
    assert found["Bergen"][2:] == ["Ingen dato ennå", "8", "4 av 16"]
    assert found["Voss"][3] == "under fem: ingen tall"
    assert "1 av 3" in page
    assert "16 av 28" in page, "Voss is left out: two people could be reckoned out of the sum"
    assert "Tromsø 0" not in page
    assert "/organisations/" + str(theatre.id) + "/branches" in mona.get(f"/organisations/{theatre.id}/readiness").text


def test_branches_are_sought_and_sorted(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    branch(app, theatre, "Åsane", people=5, done=5, ready=True)
    branch(app, theatre, "Arna", people=5)

    def names(query: str) -> list[str]:
        return [row[0] for row in rows_on(page_of(mona, theatre, query))]

    assert names("") == ["Arna", "Åsane"]
    assert names("?show=ready") == ["Åsane"]
    assert names("?show=not_ready") == ["Arna"]
    assert names("?sort=date") == ["Åsane", "Arna"]
    assert names("?sort=missing") == ["Arna", "Åsane"]
    assert names("?text=åsa") == ["Åsane"]


def test_names_and_pages_of_a_branch_stay_with_it(
    app: Flask, mona: FlaskClient, siv: FlaskClient, ola: FlaskClient, theatre: Theatre
) -> None:
    assert mona.get(f"/organisations/{theatre.id}/branches").status_code == 404, "no branches, no page"
    assert "/branches" not in mona.get(f"/organisations/{theatre.id}/readiness").text
    bergen = branch(app, theatre, "Bergen", people=8)

    for page in ("readiness", "readiness/missing", "readiness.csv", "people", "choices"):
        assert mona.get(f"/organisations/{bergen}/{page}").status_code == 404
    assert ola.get(f"/organisations/{theatre.id}/branches").status_code == 404
    assert siv.get(f"/organisations/{theatre.id}/branches").status_code == 404


def test_two_hundred_branches_ask_no_more_than_two(open_app: Callable[..., Flask], database_url: str) -> None:
    app = open_app(database_url)
    theatre = cast_in(app)
    mona = signed_in(app, theatre, "mona")
    for number in range(2):
        branch(app, theatre, f"Lag {number:03}", people=5, done=number)
    page_of(mona, theatre)
    with questions(app) as few:
        page_of(mona, theatre)
    with app.app_context(), one_transaction():
        for number in range(2, 200):
            found_organisation(f"Lag {number:03}", COURSES).parent_id = theatre.id
    with questions(app) as many:
        page = page_of(mona, theatre, "?page=4")

    assert len(few) == len(many) <= 6
    assert len(rows_on(page)) == 50
    assert "0 av 200" in page


def branch_with(people: int, done: int) -> Branch:
    facts = Facts((CourseFacts("norms", staff=people, staff_done=done),), people, 0, 100, 80, 0, *[True] * 5)
    return Branch(Organisation(), None, judge(facts))


branches = st.lists(
    st.integers(0, 12).flatmap(lambda people: st.tuples(st.just(people), st.integers(0, people))), max_size=8
)


@given(branches)
def test_nobody_can_be_reckoned_out_of_the_sum(sizes: list[tuple[int, int]]) -> None:
    lines = [branch_with(*size) for size in sizes]
    whole = together(lines)
    shown = sum(line.people for line in lines if line.has_numbers)

    assert whole.people - shown == 0 or whole.people - shown >= 5
    assert whole.branches == len(lines)
    assert whole.completed <= whole.asked


@pytest.mark.parametrize("small", [[4, 1], [2, 3]])
def test_small_branches_count_together(small: list[int]) -> None:
    assert together([branch_with(people, 0) for people in (9, *small)]).people == 14
