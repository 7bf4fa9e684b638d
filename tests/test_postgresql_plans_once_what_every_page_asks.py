"""What every page asks, PostgreSQL plans a few times and then keeps; the rest it plans for the values it comes with."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.database import session
from lms.engines import TIMES_PLANNED
from tests.cast import cast_in, signed_in
from tests.writing import lesson_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def open_on_postgres(open_app: Callable[..., Flask], postgres_url: str) -> Flask:
    """The application on PostgreSQL."""
    return open_app(postgres_url)


def kept_plans(app: Flask) -> list[str]:
    """The statements whose plans are kept, on the connections that lie in the pool."""
    pool = app.extensions["lms"].engine.pool
    connections = [app.extensions["lms"].engine.connect() for _each in range(pool.checkedin())]
    plans = [
        statement
        for connection in connections
        for statement in connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars()
    ]
    for connection in connections:
        connection.close()
    return plans


def test_a_lesson_that_is_read_again_and_again_is_planned_no_more(open_on_postgres: Flask) -> None:
    theatre = cast_in(open_on_postgres)
    kari = signed_in(open_on_postgres, theatre, "kari")
    for _time in range(4 * TIMES_PLANNED):
        assert kari.get(lesson_of(theatre)).status_code == 200

    tables = ("lms_person", "lms_enrolment", "lms_answer", "lms_lesson_progress")
    plans = kept_plans(open_on_postgres)
    assert all(any(f"FROM {table} " in plan.replace("\n", " ") for plan in plans) for table in tables)


def test_what_grows_with_an_organisation_is_planned_for_it(open_on_postgres: Flask) -> None:
    theatre = cast_in(open_on_postgres)
    mona = signed_in(open_on_postgres, theatre, "mona")
    for _time in range(4 * TIMES_PLANNED):
        assert mona.get(f"/organisations/{theatre.id}/readiness").status_code == 200

    assert [plan for plan in kept_plans(open_on_postgres) if "count(" in plan.lower()] == []


def test_a_page_that_could_only_read_leaves_nothing_behind_when_it_fails(open_on_postgres: Flask) -> None:
    """Its transaction is ended as one that is kept; PostgreSQL takes that as giving up."""
    for _time in range(2):
        with open_on_postgres.test_request_context("/", method="GET"):
            with pytest.raises(DBAPIError):
                session.execute(text("SELECT 1 / 0"))
            session.rollback()
            assert session.scalar(text("SELECT 1")) == 1


def test_what_was_not_kept_is_gone(open_on_postgres: Flask) -> None:
    with open_on_postgres.test_request_context("/", method="POST"):
        session.execute(text("CREATE TABLE lms_left_behind (one integer)"))
        session.rollback()
    with open_on_postgres.test_request_context("/", method="GET"):
        assert session.scalar(text("SELECT to_regclass('lms_left_behind')")) is None


def test_a_file_is_planned_to_be_read_to_its_end(open_on_postgres: Flask) -> None:
    with open_on_postgres.test_request_context("/", method="GET"):
        assert session.scalar(text("SHOW cursor_tuple_fraction")) == "1"
