"""Real databases for the tests: SQLite files, and a PostgreSQL cluster that lives as long as the run."""

import contextlib
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event

from tests import machine
from tests.rigs_kept import ROOT, kept, rendered_courses

# Durability is the one thing a throw-away cluster need not have, and it costs most of the time.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Cluster:
    """A PostgreSQL of our own, on a socket only, that tests may stop and start."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        # A socket's path may have about 100 characters, and a temporary folder on macOS alone has 60.
        self.folder = Path(tempfile.mkdtemp(prefix="lms-pg-", dir="/tmp"))
        self.owner = _unprivileged_owner()
        if self.owner:
            os.chown(self.folder, self.owner["user"], self.owner["group"])
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        initdb = [programs / "initdb", "-D", self.folder / "data", "-U", "lms", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run(
            [*initdb, "--locale=C", "--no-sync"],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self.owner,
        )
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        settings = [f"unix_socket_directories={self.folder}", "listen_addresses=", *FORGETFUL]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *_each("-c", settings)],
                cwd="/",
                stdout=log,
                stderr=log,
                **self.owner,
            )
        while True:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.conninfo("postgres")).close()
                return
            time.sleep(0.02)

    def stop(self) -> None:
        """The fast shutdown: open transactions are rolled back, nobody is waited for."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def conninfo(self, database: str) -> str:
        return f"host={self.folder} user=lms dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://lms@/{database}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """A fresh database, by name."""
        name = f"lms_{next(self._names)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _unprivileged_owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root lends it to somebody else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            somebody = pwd.getpwnam(name)
            return {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
    raise RuntimeError("nobody to run PostgreSQL as")


def _each(flag: str, values: list[str]) -> Iterator[str]:
    for value in values:
        yield from (flag, value)


def upgrade(url: str, instance: Path) -> None:
    """`lms db upgrade`, as a person would say it."""
    from lms.cli import main

    if not (instance / "cache").exists():
        (instance / "cache").symlink_to(rendered_courses())
    ran = CliRunner().invoke(
        main,
        ["db", "upgrade"],
        env={"LMS_DATABASE_URL": url, "LMS_INSTANCE": str(instance)},
        catch_exceptions=False,
    )
    assert ran.exit_code == 0, ran.output


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One cluster for each worker of the run, started when the first test asks."""
    programs = machine.postgresql()
    if programs is None:
        pytest.fail("PostgreSQL is missing: run `python -m tests.machine`")
    cluster = Cluster(programs)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def _migrated_postgres(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = postgres.create()
    upgrade(postgres.url(name), tmp_path_factory.mktemp("instance"))
    return name


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def migrate(folder: Path) -> None:
        upgrade(f"sqlite:///{folder / 'lms.sqlite'}", tmp_path_factory.mktemp("migrating"))

    return kept("migrated", migrate, ROOT / "migrations", ROOT / "lms") / "lms.sqlite"


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of one's own; copied, since migrating takes longer than most tests."""
    shutil.copy(_migrated_sqlite, tmp_path)
    return f"sqlite:///{tmp_path / _migrated_sqlite.name}"


@pytest.fixture
def postgres_url(postgres: Cluster, _migrated_postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database of one's own."""
    name = postgres.create(template=_migrated_postgres)
    yield postgres.url(name)
    postgres.drop(name)


BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Both databases before the first migration."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = cluster.create()
        yield cluster.url(name)
        cluster.drop(name)


def impatient(app: Flask) -> None:
    """Let the application wait for a locked SQLite file hardly at all, so that the tests need not either."""
    engine = app.extensions["lms"].engine
    event.listen(engine, "connect", lambda raw, record: raw.execute("PRAGMA busy_timeout = 20"))
    engine.dispose()


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else is writing to the file all the while."""
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
