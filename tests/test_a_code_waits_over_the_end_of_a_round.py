"""Somebody without a name completed her course, and her organisation has begun a new round since: the code is hers."""

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.database import new_id, now, one_transaction, session
from lms.learning.models import Enrolment
from lms.learning.receipts.models import Receipt, redeemed_in
from lms.learning.renewing import bring_along
from lms.organisations.models import Employee, Round, current_round
from tests.cast import Theatre
from tests.lists import said_in
from tests.receipts import (
    CODE,
    allow_unnamed,
    another_window,
    come_in_unnamed,
    complete_unnamed,
    facts_of,
    seed_on,
    take_codes,
)

LESSON = "harassment/welcome"


@pytest.fixture
def door(app: Flask, theatre: Theatre) -> str:
    return allow_unnamed(app, theatre)


@pytest.fixture
def phone(app: Flask, theatre: Theatre, door: str) -> FlaskClient:
    """Hers, who has completed one course and begun the other."""
    phone = come_in_unnamed(app, door)
    phone.post("/language", data={"language": "en"})
    phone.post(f"/learn/{theatre.id}/{LESSON}/answers", data={})
    complete_unnamed(app, "norms")
    with app.app_context(), one_transaction():
        hers = select(Employee.id).where(Employee.role == "unnamed")
        half = Enrolment.employee_id.in_(hers), Enrolment.course == "harassment"
        session.execute(update(Enrolment).where(*half).values(begun_at=now()))
    return phone


def begin_a_round(app: Flask, theatre: Theatre, everybody_anew: bool = False) -> UUID:
    """A new round; the number of the one before."""
    with app.app_context(), one_transaction():
        before = current_round(theatre.id)
        before.ended_at = now()
        session.flush()
        after = Round(organisation_id=theatre.id, id=new_id(), courses=list(before.courses))
        session.add(after)
        session.flush()
        bring_along(before, after, everybody_anew)
        return before.id


@pytest.fixture
def earlier(app: Flask, theatre: Theatre, phone: FlaskClient) -> UUID:
    return begin_a_round(app, theatre)


def test_her_front_page_leads_to_the_code(phone: FlaskClient, theatre: Theatre, earlier: UUID) -> None:
    front = phone.get("/").text
    assert "Your code for" in front
    assert f"/receipts/{theatre.id}" in front
    page = said_in(phone.get(f"/receipts/{theatre.id}").text)

    assert "You have completed:" in page
    assert "Your organisation has begun a new round since." in page


def test_the_code_counts_for_the_round_she_took_the_course_in(
    phone: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, earlier: UUID
) -> None:
    (code,) = take_codes(phone, theatre)
    answer = mona.post(f"/organisations/{theatre.id}/receipts", data={"codes": code})

    assert answer.status_code == 200
    with app.app_context():
        assert session.scalars(select(Receipt.round_id)).all() == [earlier]
        counted = redeemed_in(theatre.id)
        assert {round_id: sum(weeks["norms"].values()) for round_id, weeks in counted.items()} == {earlier: 1}
        assert session.query(Employee).filter_by(role="unnamed").count() == 0
    assert facts_of(app, theatre)["norms"].unnamed == 0, "the new round asks for a code of its own"


def test_a_press_that_is_sent_twice_shows_the_same_code_also_then(
    phone: FlaskClient, app: Flask, theatre: Theatre, earlier: UUID
) -> None:
    form, other = {"seed": seed_on(phone, theatre)}, another_window(app, phone)
    first, second = (each.post(f"/receipts/{theatre.id}", data=form).text for each in (phone, other))

    assert CODE.findall(first) == CODE.findall(second) != []


@pytest.mark.parametrize("everybody_anew", [False, True])
def test_what_she_was_in_the_middle_of_goes_on_in_the_new_round(
    everybody_anew: bool, phone: FlaskClient, app: Flask, theatre: Theatre
) -> None:
    earlier = begin_a_round(app, theatre, everybody_anew)
    assert phone.get(f"/learn/{theatre.id}/{LESSON}").status_code == 200
    complete_unnamed(app, "harassment")
    assert len(set(take_codes(phone, theatre))) == 2

    with app.app_context():
        rounds = {row.course: row.round_id for row in session.query(Receipt)}
        assert rounds == {"norms": earlier, "harassment": current_round(theatre.id).id}


def test_the_same_course_in_two_rounds_is_two_codes(
    phone: FlaskClient, app: Flask, theatre: Theatre, door: str, earlier: UUID
) -> None:
    assert phone.post(f"{door}/without-name").status_code == 303
    assert phone.get(f"/learn/{theatre.id}/norms/").status_code == 200
    complete_unnamed(app, "norms")

    assert len(set(take_codes(phone, theatre))) == 2
    with app.app_context():
        rounds = {row.round_id for row in session.query(Receipt)}
        assert rounds == {earlier, current_round(theatre.id).id}


def test_nobody_sees_her_in_the_new_round(
    phone: FlaskClient, mona: FlaskClient, app: Flask, theatre: Theatre, earlier: UUID
) -> None:
    with app.app_context():
        hers = select(Employee.id).where(Employee.role == "unnamed")
        counts = session.scalars(select(Enrolment.counts_as).where(Enrolment.employee_id.in_(hers))).all()
    assert set(counts) == {"left"}
    facts = facts_of(app, theatre)
    assert {(course.leaders, course.staff) for course in facts.values()} == {(0, 2)}
