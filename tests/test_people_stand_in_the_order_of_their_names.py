"""Whatever somebody is called, and whoever calls her so, she stands where the alphabet has her, on both databases.

What lists are sorted by stands beside the name, and in each place she has: here every way to a new name is tried, and
that nothing is left of an old one.
"""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import IntegrityError

from lms.database import new_id, norwegian_day, now, one_transaction, session
from lms.journey.duties import erase_crews
from lms.learning.inviting.entering import begin, take_over
from lms.organisations.after_the_event import AfterTheEvent, set_erasure
from lms.organisations.models import Employee, JoinLink, found_organisation
from lms.organisations.unnamed import admit_unnamed
from lms.people.belongings import erase
from lms.people.models import NAME_LENGTH, Person, add_address, place_in_the_alphabet
from tests.cast import COURSES, Theatre, cast_in, signed_in
from tests.lists import HEADING, people_of, put_in
from tests.rosters import come_in, names_on, people_at
from tests.test_a_list_is_undone import undo
from tests.twice import both_of, enter, say

IN_ORDER = ("aase", "Ánne Čálli", "Đuro", "Éva", "Zoë", "Z" * NAME_LENGTH, "Æ", "ärlig", "Ös", "Øyvor", "Åge", "åse")


@pytest.fixture
def app(open_app: Callable[..., Flask], database_url: str) -> Flask:
    return open_app(database_url)


@pytest.fixture
def theatre(app: Flask) -> Theatre:
    return cast_in(app)


@pytest.fixture
def mona(app: Flask, theatre: Theatre) -> FlaskClient:
    return signed_in(app, theatre, "mona")


def keys(app: Flask) -> dict[str, set[str]]:
    """What places are sorted by, by the name of whose they are."""
    found: dict[str, set[str]] = {}
    with app.app_context():
        for name, own, copy in session.execute(
            select(Person.name, Person.by_name, Employee.by_name).outerjoin(Employee, Employee.person_id == Person.id)
        ):
            found.setdefault(name, set()).update({own, own if copy is None else copy})
    return found


def called(name: str) -> Person:
    return session.scalars(select(Person).where(Person.name == name)).one()


def place(name: str) -> Employee:
    return session.scalars(
        select(Employee).join(Person, Person.id == Employee.person_id).where(Person.name == name)
    ).one()


def test_a_page_follows_the_other_in_order_and_back_again(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    crowd = [f"{name} {number:02}" for name in ("Bo", "Pål", "Ærlend") for number in range(40)]
    mixed = random.Random(5).sample([*IN_ORDER, *crowd], len(IN_ORDER) + len(crowd))
    come_in(app, theatre, *mixed)
    pages = [names_on(mona.get(f"{people_at(theatre)}?page={number}").text) for number in (1, 2, 3)]
    backwards = [names_on(mona.get(f"{people_at(theatre)}?page={number}").text) for number in (3, 2, 1)]
    everybody = [name for page in pages for name in page]

    assert [len(page) for page in pages] == [50, 50, len(mixed) + 2 - 100]
    assert backwards == pages[::-1]
    assert everybody == sorted(everybody, key=place_in_the_alphabet)
    assert [name for name in everybody if name in IN_ORDER] == list(IN_ORDER)
    missing = mona.get(f"/organisations/{theatre.id}/readiness/missing?page=2").text
    assert [missing.index(name) for name in pages[1]] == sorted(missing.index(name) for name in pages[1])


def test_leaders_come_first_where_the_session_waits_for_them(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, *(f"Leder {number:02}" for number in range(55)), is_leader=True)
    come_in(app, theatre, *(f"Alt {number:02}" for number in range(60)))
    seen = []
    for number in (1, 2, 3):
        page = mona.get(f"/organisations/{theatre.id}/readiness/missing?page={number}").text
        named = [*(f"Leder {each:02}" for each in range(55)), *(f"Alt {each:02}" for each in range(60))]
        seen.append(sorted((name for name in named if name in page), key=page.index))

    assert seen[0] == [f"Leder {number:02}" for number in range(50)]
    assert seen[1] == [f"Leder {number:02}" for number in range(50, 55)] + [f"Alt {number:02}" for number in range(45)]
    assert seen[2] == [f"Alt {number:02}" for number in range(45, 60)]


# Every way to a name


def renames_herself(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        found_organisation("Sirkus", COURSES, session.get_one(Person, theatre.people["kari"]))
    assert signed_in(app, theatre, "kari").post("/me/name", data={"name": "Åse Berg"}).status_code == 303


def comes_with_a_list(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Ørjan;orjan@teatret.no;;\nEva;eva@teatret.no;;\n")
    put_in(mona, theatre, HEADING + "Ås;orjan@teatret.no;;\nEva;eva@teatret.no;Lyd;\n")


def is_renamed_by_a_list_that_is_undone(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    comes_with_a_list(app, mona, theatre)
    assert undo(mona, theatre) == 303
    assert "Ås" not in keys(app)


def comes_with_a_list_that_is_undone(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Ørjan;orjan@teatret.no;;\n")
    assert undo(mona, theatre) == 303
    assert "Ørjan" not in keys(app)


def enters_by_a_letter(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Ørjan;orjan@teatret.no;;\n")
    with app.app_context(), one_transaction():
        begin(place("Ørjan"), called("Ørjan"), "Å. Ørjan", "orjan@teatret.no", "nb")


def begins_without_a_name_and_takes_the_place_that_waited(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Ørjan;orjan@teatret.no;;\n")
    with app.app_context(), one_transaction():
        somebody = Person(id=new_id(), name="")
        session.add(somebody)
        session.flush()
        admit_unnamed(session.get_one(JoinLink, (theatre.id, theatre.join_link_id)), somebody)
        session.flush()
        take_over(place("Ørjan"), called("Ørjan"), somebody)


def takes_the_place_that_waited(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Ørjan;orjan@teatret.no;;\n")
    with app.app_context(), one_transaction():
        somebody = Person(id=new_id(), name="Örjan Å")
        session.add(somebody)
        session.flush()
        take_over(place("Ørjan"), called("Ørjan"), somebody)


def is_here_twice_and_made_one(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    put_in(mona, theatre, HEADING + "Nina Ny;nina@teatret.no;Scene;ja\n")
    enter(app, theatre, "Nina Ny")
    say(mona, theatre, both_of(app), "one")


def is_erased(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        erase(session.get_one(Person, theatre.people["kari"]))


def is_of_a_crew_that_is_erased(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    for name in ("Ørjan", "Åse"):
        enter(app, theatre, name)
    with app.app_context(), one_transaction():
        add_address(called("Åse"), "aase@example.no").confirm()
        link = session.get_one(JoinLink, (theatre.id, theatre.join_link_id))
        event_over = AfterTheEvent(norwegian_day(now()) + timedelta(days=1), 1)
        set_erasure(link, event_over, session.get_one(Person, theatre.people["mona"]))
    with time_machine.travel(now() + timedelta(days=9)), app.app_context(), one_transaction():
        assert erase_crews() >= 2
    assert set(keys(app)) >= {"", "Åse"}
    assert "Ørjan" not in keys(app)


WAYS: tuple[Callable[[Flask, FlaskClient, Theatre], None], ...] = (
    renames_herself,
    comes_with_a_list,
    is_renamed_by_a_list_that_is_undone,
    comes_with_a_list_that_is_undone,
    enters_by_a_letter,
    begins_without_a_name_and_takes_the_place_that_waited,
    takes_the_place_that_waited,
    is_here_twice_and_made_one,
    is_erased,
    is_of_a_crew_that_is_erased,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_her_place_in_the_alphabet_follows_her_name(
    way: Callable[[Flask, FlaskClient, Theatre], None], app: Flask, mona: FlaskClient, theatre: Theatre
) -> None:
    before = keys(app)
    way(app, mona, theatre)
    after = keys(app)

    assert after != before or way is comes_with_a_list_that_is_undone
    assert {name: {place_in_the_alphabet(name)} for name in after} == after
    shown = names_on(mona.get(people_at(theatre)).text)
    assert [name for name in shown if name in after] == sorted(
        (name for name in shown if name in after), key=place_in_the_alphabet
    )


def test_the_database_itself_lets_no_place_be_sorted_by_another_name(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        session.add(Employee(organisation_id=theatre.id, person_id=theatre.people["siv"], by_name="somebody else"))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


# How it is read


def asked_for(app: Flask, client: FlaskClient, address: str) -> list[tuple[str, Any]]:
    """What the page asks of the tables in the order of names."""
    asked: list[tuple[str, Any]] = []

    def hear(connection: Connection, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        if "ORDER BY lms_employee.by_name" in statement and "LIMIT" in statement:
            asked.append((statement, values))

    engine = app.extensions["lms"].engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return asked


def plan_of(app: Flask, statement: str, values: Any) -> list[str]:
    engine = app.extensions["lms"].engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        # With so few people a table is read whole and sorted at once: what is asked here is whether it has to be.
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            connection.execute(text(f"SET enable_{way} = off"))
        return [row[0].strip() for row in connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", values)]


@pytest.mark.parametrize(
    "page", ["/people", "/people?page=2", "/people?show=missing", "/readiness/missing", "/reminders"]
)
def test_nobody_but_those_on_the_page_is_sorted(page: str, app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    come_in(app, theatre, *(f"Kollega {number:03}" for number in range(120)))
    questions = asked_for(app, mona, f"/organisations/{theatre.id}{page}")

    assert questions
    for statement, values in questions:
        plan = plan_of(app, statement, values)
        shown = "\n".join(plan)
        assert "ix_lms_employee_by_name" in shown, shown
        if app.extensions["lms"].engine.dialect.name == "sqlite":
            # What is sorted is the page itself, once it is known who stands on it, and each one's own addresses.
            assert plan.count("USE TEMP B-TREE FOR ORDER BY") <= 1 + shown.count("lms_address_1"), shown
        else:
            below = shown[shown.rindex("Limit") :].partition("ix_lms_employee_by_name")[0]
            assert "Sort" not in below, shown


def test_taking_a_list_back_asks_no_more_for_many(app: Flask, mona: FlaskClient, theatre: Theatre) -> None:
    def asked(people: Sequence[str]) -> list[str]:
        put_in(mona, theatre, HEADING + "".join(f"{name};{name}@teatret.no;Lyd;\n" for name in people))
        statements: list[str] = []

        def hear(connection: Connection, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
            statements.extend([statement] * (len(values) if isinstance(values, list) else 1))

        engine = app.extensions["lms"].engine
        event.listen(engine, "before_cursor_execute", hear)
        try:
            assert undo(mona, theatre) == 303
        finally:
            event.remove(engine, "before_cursor_execute", hear)
        return statements

    asked(["per"])
    few, many = asked(["nils", "siri"]), asked([f"ny{number}" for number in range(60)])
    assert len(few) == len(many)
    with app.app_context():
        kept = session.scalars(select(Person).where(Person.erased_at.is_not(None))).all()
        assert {(each.name, each.by_name, each.language, each.host_id) for each in kept} == {("", "", None, None)}
        assert len(kept) == 63
        assert session.scalar(select(Employee.id).where(Employee.person_id.in_([each.id for each in kept]))) is None
        assert isinstance(kept[0].id, UUID)
    assert mona.get(people_of(theatre)).status_code == 200
