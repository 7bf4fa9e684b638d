"""The database's schema: where the migrations lie, and bringing a database up to them."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

HERE = Path(__file__).resolve().parent


def migrations_folder() -> Path:
    """Beside the code in a repository, inside it when installed."""
    beside = HERE.parent / "migrations"
    return beside if (HERE.parent / "pyproject.toml").is_file() else HERE / "_migrations"


def upgrade(engine: Engine) -> None:
    """Bring the database up to the newest migration; safe to call at every start."""
    _run(engine, lambda config: command.upgrade(config, "head"))


def draft(engine: Engine, message: str, number: str) -> None:
    """Write a migration for what the models say beyond the database, for a developer to read and mend."""
    _run(engine, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))


def _run(engine: Engine, act: Callable[[Config], object]) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        act(config)
