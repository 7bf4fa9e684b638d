"""How each database is opened: who may write when, and what is planned once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from flask import has_request_context, request
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from lms.settings import SettingsError

BUSY_TIMEOUT_MS = 5_000
SECONDS_TRUSTED = 1  # so long after its last use a connection to PostgreSQL is taken to be whole
TIMES_PLANNED = 5  # before PostgreSQL is asked to keep the plan of a statement that comes at every page
PLANS_ANEW = "lms_plans_anew"

_reading_apart: ContextVar[bool] = ContextVar("lms_reading_apart", default=False)


def open_engine(url: str) -> Engine:
    """An engine on which GET and HEAD requests cannot write and everything else writes without losing to others.

    SQLite starts every writing transaction with BEGIN IMMEDIATE: a transaction that begins by reading and then
    writes fails at once, whatever the timeout, when another one wrote in between. Reads stay in a plain BEGIN, under
    `query_only`. PostgreSQL gets the same promise by READ ONLY transactions.
    """
    try:
        # Without their parameters, since errors end up in a log, also a host's.
        engine = create_engine(url, hide_parameters=True)
    except (ArgumentError, ImportError) as error:
        raise SettingsError(
            f"LMS_DATABASE_URL cannot be used ({error}). Write sqlite:////srv/balanse/lms.db or "
            "postgresql+psycopg://user@host/database; the latter needs: pip install 'balanse[postgres]'"
        ) from None
    # An event on "begin" would do the same, and have every statement look for listeners of its own.
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        begin = _begin_sqlite
    else:
        event.listen(engine, "checkin", _note_when_it_came_back)
        event.listen(engine, "checkout", partial(_ask_whether_it_answers, engine.dialect))
        event.listen(engine, "connect", _plan_anew)
        engine.dialect.do_executemany = _execute_many  # type: ignore[method-assign]
        begin = _begin_postgresql
        engine.dialect.do_rollback = partial(_end_postgresql, engine.dialect)  # type: ignore[method-assign]
    engine.dialect.do_begin = begin  # type: ignore[method-assign, assignment]
    return engine


def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    # Each thread has a connection. Half a megabyte keeps the tops of the indexes; the rest is in the memory of the
    # operating system, where all connections share it, rather than 2 MB for each of them.
    connection.execute("PRAGMA cache_size = -512")


def _begin_sqlite(connection: PoolProxiedConnection) -> None:
    raw: Any = connection.dbapi_connection
    reading = only_reading()
    # Said only when it changes: SQLite throws away every statement it has prepared as soon as it hears it, and
    # preparing them anew takes longer than their answers.
    if connection.info.get("lms_reading") is not reading:
        connection.info.pop("lms_reading", None)
        raw.execute(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
        connection.info["lms_reading"] = reading
    raw.execute("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: PoolProxiedConnection) -> None:
    raw: Any = connection.dbapi_connection
    reading = only_reading()
    if raw.read_only is not reading:
        raw.read_only = reading


def _plan_anew(raw: Any, record: ConnectionPoolEntry) -> None:
    """Let PostgreSQL plan each statement for the values it comes with, unless `ask` says otherwise.

    A plan for any organisation is a bad one for the one that is a thousand times larger. What is streamed into a file
    is read to its end: planned as PostgreSQL would, for the first rows to come soon, 3 000 people took forty times as
    long.
    """
    raw.prepare_threshold = None
    raw.autocommit = True
    raw.execute("SET cursor_tuple_fraction = 1")
    raw.autocommit = False
    record.info[PLANS_ANEW] = True


@contextmanager
def keeping_plans(raw: Any, after: int) -> Iterator[None]:
    """Let PostgreSQL keep the plans of what a connection of ours asks in the block, once it was asked `after` times."""
    raw.prepare_threshold = after
    try:
        yield
    finally:
        raw.prepare_threshold = None


def _execute_many(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
    """One statement for many rows is planned once for all of them, or they take a third longer."""
    with keeping_plans(cursor.connection, 0):
        cursor.executemany(statement, parameters)


def _end_postgresql(dialect: Any, raw: Any) -> None:
    """End a transaction without keeping what it did; one that could only read is committed, which is the same.

    The driver forgets all that it has prepared at every rollback, and planning takes longer than the answers.
    """
    if raw.read_only:
        dialect.do_commit(raw)
    else:
        raw.rollback()


def _note_when_it_came_back(raw: Any, record: ConnectionPoolEntry) -> None:
    record.info["lms_came_back"] = time.monotonic()


def _ask_whether_it_answers(
    dialect: Any, raw: Any, record: ConnectionPoolEntry, connection: PoolProxiedConnection
) -> None:
    """Let nobody have a connection that broke while it lay idle; one that was just used is not asked each time.

    Where it broke within that second after all, the page says that the database is away, and the next one is fine.
    """
    came_back = record.info.get("lms_came_back")
    if came_back is None or time.monotonic() - came_back < SECONDS_TRUSTED:
        return
    try:
        dialect.do_ping(raw)
    except dialect.dbapi.Error as error:
        raise InvalidatePoolError from error


def only_reading() -> bool:
    """Whether nothing can be written now: a page is asked for, and nothing is handed in."""
    if _reading_apart.get():
        return True
    return has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")


@contextmanager
def reading_apart(engine: Engine) -> Iterator[Connection]:
    """A connection beside the request's own that cannot write, whatever the request, and waits for no other's writing.

    It sees what has been kept, and what goes wrong on it leaves the request's own transaction alone.
    """
    before = _reading_apart.set(True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        _reading_apart.reset(before)
