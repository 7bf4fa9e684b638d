"""`lms seed` founds an organisation to measure on: of any size, the same each time, once."""

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from lms.cli import main
from lms.database import Model, one_transaction, session
from lms.group_sessions.readiness import outlook_of
from lms.learning.models import Enrolment, LessonProgress
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person
from lms.seed import COURSES, seed_organisation

SIZE = 40


def how_many(model: type[Model]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_command_seeds_and_says_the_id(database_url: str, tmp_path: Path) -> None:
    environment = {"LMS_DATABASE_URL": database_url, "LMS_INSTANCE": str(tmp_path / "instance")}

    first, second = (
        CliRunner().invoke(main, ["seed", "--employees", str(SIZE)], env=environment, catch_exceptions=False)
        for _ in range(2)
    )

    assert first.exit_code == 0
    assert first.output == second.output


def test_seeding_twice_changes_nothing(open_app: Callable[..., Flask], database_url: str) -> None:
    with open_app(database_url).app_context():
        with one_transaction():
            seed_organisation(SIZE)
        rows = {model: how_many(model) for model in (Person, Employee, Enrolment, LessonProgress)}
        with one_transaction():
            seed_organisation(SIZE)

        assert {model: how_many(model) for model in rows} == rows
        assert rows[Employee] == SIZE
        assert rows[Enrolment] == SIZE * len(COURSES)


def test_two_sizes_live_side_by_side(app: Flask) -> None:
    with app.app_context(), one_transaction():
        assert seed_organisation(SIZE) != seed_organisation(SIZE + 1)


def test_some_have_completed_some_are_halfway_and_some_have_not_begun(app: Flask) -> None:
    with app.app_context(), one_transaction():
        organisation = session.get_one(Organisation, seed_organisation(SIZE))
        outlook = outlook_of(organisation, with_names=True)

        assert outlook.readiness.verdict == "not_ready"
        for course in outlook.readiness.facts.courses:
            assert course.leaders == 3
            assert course.staff == SIZE - 3
            assert 0 < course.begun < SIZE
            assert 0 < course.staff_done < course.staff - course.begun
            assert len(outlook.days[course.course]) > 3
