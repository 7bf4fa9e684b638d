"""The rigs that every test may ask for; the people in it are in cast.py."""

import gc

from hypothesis import settings

import tests.rigs_addresses  # noqa: F401  from here on, whatever application a test opens
from tests.cast import (
    _stage,
    anonymous,
    app,
    kari,
    library,
    mona,
    ola,
    open_app,
    rendered,
    siv,
    theatre,
)
from tests.faults import pack
from tests.furnished import _furnished, addresses, set_anew
from tests.packs import home
from tests.rigs_browsers import browser, live, window
from tests.rigs_databases import (
    _migrated_postgres,
    _migrated_sqlite,
    database_url,
    empty_database_url,
    postgres,
    postgres_url,
    sqlite_url,
)

__all__ = [
    "_furnished",
    "_migrated_postgres",
    "_migrated_sqlite",
    "_stage",
    "addresses",
    "anonymous",
    "app",
    "browser",
    "database_url",
    "empty_database_url",
    "home",
    "kari",
    "library",
    "live",
    "mona",
    "ola",
    "open_app",
    "pack",
    "postgres",
    "postgres_url",
    "rendered",
    "set_anew",
    "siv",
    "sqlite_url",
    "theatre",
    "window",
]

pytest_plugins = ["tests.quick"]

# The same examples each time, however busy the machine is.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """Don't look through all that was imported, again and again, for what may have become unreachable."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
