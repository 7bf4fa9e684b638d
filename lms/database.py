"""The database: one declarative base, one session, time in UTC, and who may write when."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any, ClassVar, Literal, TypeVar, overload
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, has_app_context, has_request_context, request
from flask.globals import app_ctx
from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.selectable import TypedReturnsRows

from lms.settings import SettingsError

BUSY_TIMEOUT_MS = 5_000
TIMES_PLANNED = 5  # before PostgreSQL is asked to keep the plan of a statement that comes at every page
PLANS_ANEW = "lms_plans_anew"
SECONDS_TRUSTED = 1  # so long after its last use a connection to PostgreSQL is taken to be whole
# What passes: SQLite by the name of its code, PostgreSQL by the beginning of its state (connections, deadlocks and
# serialization, too little of something, locks, somebody shutting it down).
PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "08", "40", "53", "55P03", "57")
Asked = TypeVar("Asked", bound=tuple[Any, ...])
Stood = TypeVar("Stood", bound="Model")
NORWAY = ZoneInfo("Europe/Oslo")

_reading_apart: ContextVar[bool] = ContextVar("lms_reading_apart", default=False)
_since_then: ContextVar[timedelta] = ContextVar("lms_since_then", default=timedelta())


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so they are put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)


@dataclass(frozen=True)
class Privacy:
    """What a table with a person behind it promises: why, how long, and what export and erasure do.

    `person` names the column that points to the person. `export` lists the columns she is given.
    `erase` says what happens to the row when she asks to be forgotten: `delete` removes it, `blank` empties the
    columns in `blanks` and keeps the row for the count, `keep` leaves it (the reason stands in `retention`).
    `written_at` names the moment of private writing: a sign-in that opens nothing earlier is not given earlier rows.
    """

    purpose: str
    retention: str
    person: str
    export: tuple[str, ...] = ()
    erase: Literal["delete", "blank", "keep"] = "delete"
    blanks: tuple[str, ...] = ()
    written_at: str = ""


class Model(DeclarativeBase):
    """Every table of ours; named `lms_…`, since we may live in a host's database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }
    privacy: ClassVar[Privacy | None] = None


def now() -> datetime:
    """The present moment in UTC: the only clock rules are allowed to read."""
    return datetime.now(UTC) - _since_then.get()


@contextmanager
def as_of(days_ago: float) -> Iterator[None]:
    """Let what happens in the block happen so many days ago, for stories that are told afterwards.

    The clock goes on within, so that what comes after something else is later too. What is written is flushed before
    the block ends: rows take their moments when they are sent to the database.
    """
    before = _since_then.set(timedelta(days=days_ago))
    try:
        yield
        session.flush()
    finally:
        _since_then.reset(before)


def norwegian_day(moment: datetime) -> date:
    """The calendar day in Norway, where the people live who read the dates."""
    return moment.astimezone(NORWAY).date()


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): rows made after one another lie beside one another in the index."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    number = (milliseconds & (1 << 48) - 1) << 80 | random
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=number)


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

    A plan for any organisation is a bad one for the one that is a thousand times larger.
    """
    raw.prepare_threshold = None
    record.info[PLANS_ANEW] = True


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


def trouble_with(error: DBAPIError) -> Literal["busy", "full"] | None:
    """Whether the database is gone, locked or full, which passes; None for anything else, which is our own mistake."""
    sign = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "") or ""
    if sign.startswith(("SQLITE_FULL", "53100")):
        return "full"
    if sign.startswith(PASSING):
        return "busy"
    gone = error.connection_invalidated or (isinstance(error, OperationalError) and not sign)
    return "busy" if gone else None


class _AppSession(Session):
    def get_bind(self, *args: Any, **kwargs: Any) -> Engine:
        return engine()


session: scoped_session[Session] = scoped_session(
    sessionmaker(class_=_AppSession, expire_on_commit=False),
    scopefunc=lambda: id(app_ctx._get_current_object()),  # type: ignore[attr-defined]
)


def engine() -> Engine:
    """The engine of the current application."""
    found: Engine = current_app.extensions["lms"].engine
    return found


@overload
def ask(statement: TypedReturnsRows[Asked], values: dict[str, Any]) -> CursorResult[Asked]: ...
@overload
def ask(statement: Executable, values: dict[str, Any] | list[dict[str, Any]]) -> CursorResult[Any]: ...
def ask(statement: Executable, values: dict[str, Any] | list[dict[str, Any]]) -> CursorResult[Any]:
    """What a statement on the tables answers, in the session's own transaction; nothing of the session's is flushed.

    For what every page and every report asks: `session.execute` takes half as long again, and to ask the session for
    its connection each time a quarter. It is closed when the transaction ends; a savepoint is set by being asked.
    PostgreSQL is asked to keep the statement's plan: these are by key, and as good for one person as for another.
    """
    current = session()
    connection: Connection | None = current.info.get("lms_connection")
    if connection is None or connection.closed or current.in_nested_transaction():
        connection = current.info["lms_connection"] = current.connection()
    if PLANS_ANEW not in connection.info:
        return connection.execute(statement, values)
    raw: Any = connection.connection.dbapi_connection
    raw.prepare_threshold = TIMES_PLANNED
    try:
        return connection.execute(statement, values)
    finally:
        raw.prepare_threshold = None


def as_it_stands(model: type[Stood], row: Mapping[str, Any]) -> Stood:
    """An object with what stands in its row, which the session does not know; `row` is by attribute.

    Filled in without telling the ORM of each attribute, as if it had changed: that takes four times as long.
    """
    found = model()
    instance_dict(found).update(row)
    return found


def forget_session(error: BaseException | None = None) -> None:
    """Give the connection back when the application context ends."""
    if has_app_context() and "lms" in current_app.extensions:
        session.remove()


@contextmanager
def one_transaction() -> Iterator[Session]:
    """Commit what the block did, or nothing of it: for commands and the worker; views say `session.commit()`."""
    try:
        yield session()
        session.commit()
    except BaseException:
        session.rollback()
        raise


def upsert(
    model: type[Model],
    rows: dict[str, Any] | list[dict[str, Any]],
    key: tuple[str, ...],
    overwrite: tuple[str, ...] = (),
    add: tuple[str, ...] = (),
    if_more: str = "",
) -> bool:
    """Insert a row, or change the one that has the same `key`; safe when two do it at once.

    What is there already gets the new row's `overwrite` columns, and its `add` columns are added up; where `if_more`
    names a column, only if the new row has more in it. False when nothing was written. Several rows of one kind may be
    given together; whether each was written is not told then.
    """
    session.flush()
    statement = _upserting(engine().dialect.name, model, key, overwrite, add, if_more)
    return ask(statement, rows).rowcount > 0


@cache
def _upserting(
    dialect: str,
    model: type[Model],
    key: tuple[str, ...],
    overwrite: tuple[str, ...],
    add: tuple[str, ...],
    if_more: str,
) -> Executable:
    """The statement, put together once: that takes longer than its answer."""
    insert = insert_of(dialect, table := Model.metadata.tables[model.__tablename__])
    if not (overwrite or add):
        statement = insert.on_conflict_do_nothing(index_elements=list(key))
    else:
        new, there = insert.excluded, table.c
        change = {name: new[name] for name in overwrite} | {name: there[name] + new[name] for name in add}
        only_if = there[if_more] < new[if_more] if if_more else None
        statement = insert.on_conflict_do_update(index_elements=list(key), set_=change, where=only_if)
    # Without the option the number of rows is lost on PostgreSQL as soon as the cursor is closed.
    counted: Executable = statement.execution_options(preserve_rowcount=True)
    return counted


def insert_of(dialect: str, table: Any) -> Any:
    """The database's own INSERT, which knows what to do when the row is there already."""
    # Only the one in use is read: each takes more memory than a room of ours.
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        return insert(table)
    from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite

    return insert_in_sqlite(table)
