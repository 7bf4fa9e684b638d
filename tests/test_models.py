"""What every table promises, and that the migrations build what the models describe."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, PrimaryKeyConstraint, Table, UniqueConstraint, create_engine, inspect, text

import lms  # noqa: F401  every room's models are known once the application is
from lms.database import Model, Privacy
from tests.rigs_databases import Cluster, upgrade

MODELS: list[type[Model]] = sorted(
    (mapper.class_ for mapper in Model.registry.mappers), key=lambda model: model.__name__
)
# A column that says who somebody is, or leads to her. Names of things that are not people stand in NOT_PEOPLE.
NAMES_A_PERSON = {"recipient", "name", "email", "address", "phone", "ip", "contact"}
NOT_PEOPLE = {"lms_organisation.name", "lms_duty_done.name", "lms_application.name"}


def names(model: type[Model]) -> str:
    return model.__name__


def personal_columns(model: type[Model]) -> set[str]:
    table = Model.metadata.tables[model.__tablename__]
    return {
        column.name
        for column in table.columns
        if (
            column.name in NAMES_A_PERSON
            or column.name in ("person_id", "employee_id", "enrolment_id")
            or column.name.endswith(("_by", "_email"))
            or any(key.column.table.name in ("lms_person", "lms_employee") for key in column.foreign_keys)
        )
        and f"{table.name}.{column.name}" not in NOT_PEOPLE
    }


def test_there_are_models() -> None:
    assert MODELS


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_a_table_of_ours_is_recognised_in_a_hosts_database(model: type[Model]) -> None:
    assert model.__tablename__.startswith("lms_")


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_a_table_with_a_person_behind_it_says_why_and_how_long(model: type[Model]) -> None:
    if personal_columns(model):
        assert isinstance(model.privacy, Privacy), f"{model.__name__} has {personal_columns(model)}"


@pytest.mark.parametrize("model", [model for model in MODELS if model.privacy], ids=names)
def test_what_a_declaration_names_exists(model: type[Model]) -> None:
    promise = model.privacy
    assert promise is not None
    columns = Model.metadata.tables[model.__tablename__].columns

    assert promise.purpose.strip()
    assert promise.retention.strip()
    assert promise.person in columns
    assert {*promise.export, *promise.blanks} <= set(columns.keys()) | set(vars(model))
    assert bool(promise.blanks) == (promise.erase == "blank")


@pytest.mark.parametrize("model", [model for model in MODELS if model.privacy], ids=names)
def test_blanking_leaves_no_name_behind(model: type[Model]) -> None:
    promise = model.privacy
    assert promise is not None

    if promise.erase == "blank":
        assert personal_columns(model) & NAMES_A_PERSON <= set(promise.blanks)


GROWS_WITH_PEOPLE = ("lms_enrolment", "lms_lesson_progress", "lms_answer", "lms_reflection", "lms_credit")


@pytest.mark.parametrize("table", [name for name in GROWS_WITH_PEOPLE if name in Model.metadata.tables])
def test_tables_that_grow_with_people_can_be_partitioned_by_organisation(table: str) -> None:
    found = Model.metadata.tables[table]

    assert found.primary_key.columns.keys()[0] == "organisation_id"
    for index in found.indexes:
        assert not index.unique or index.columns.keys()[0] == "organisation_id", index.name
    for constraint in found.constraints:
        if type(constraint).__name__ == "UniqueConstraint":
            assert constraint.columns.keys()[0] == "organisation_id", constraint.name  # type: ignore[attr-defined]


@pytest.mark.postgres
def test_postgresql_divides_them_and_still_holds_every_rule(postgres: Cluster) -> None:
    name, divided = postgres.create(), MetaData(naming_convention=Model.metadata.naming_convention)
    for table in Model.metadata.sorted_tables:
        table.to_metadata(divided)
    growing = [name for name in GROWS_WITH_PEOPLE if name in divided.tables]
    for each in growing:
        divided.tables[each].dialect_options["postgresql"]["partition_by"] = "HASH (organisation_id)"
    engine = create_engine(postgres.url(name))

    divided.create_all(engine)
    with engine.begin() as connection:
        for each in growing:
            for part in range(4):
                rule = f"FOR VALUES WITH (MODULUS 4, REMAINDER {part})"
                connection.execute(text(f"CREATE TABLE {each}_{part} PARTITION OF {each} {rule}"))
        keys = {each: inspect(connection).get_foreign_keys(f"{each}_0") for each in growing}
    engine.dispose()
    postgres.drop(name)

    assert growing
    for each in growing:
        assert len(keys[each]) == len(divided.tables[each].foreign_key_constraints), each


def test_migrations_and_models_agree(empty_database_url: str, tmp_path: Path) -> None:
    upgrade(empty_database_url, tmp_path)

    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _ours, "render_as_batch": True}
        )
        differences = compare_metadata(context, Model.metadata)
    engine.dispose()

    assert differences == []


def test_upgrading_twice_changes_nothing(empty_database_url: str, tmp_path: Path) -> None:
    upgrade(empty_database_url, tmp_path)
    before = _tables(empty_database_url)
    upgrade(empty_database_url, tmp_path)

    assert _tables(empty_database_url) == before
    assert set(Model.metadata.tables) <= before
    assert {table for table in before if not table.startswith("lms_")} == set()


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def _ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    return kind != "table" or (name in Model.metadata.tables)


def test_whoever_is_taken_out_again_is_looked_for_by_an_index() -> None:
    """Thousands who came with a list leave with it, and the database asks each table that points to an employee."""
    without = [
        table.name
        for table in Model.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table.name == "lms_employee"
        and not any(set(key.column_keys) == set(begins[: len(key.column_keys)]) for begins in _indexed(table))
    ]

    assert without == []


def _indexed(table: Table) -> list[list[str]]:
    """The columns of each index and key, in their order."""
    keys = [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    return [[column.name for column in each.columns] for each in (*table.indexes, *keys)]
