"""The fixed cast: who they are, and the theatre where most of them work.

Kari is an employee of the theatre, Mona its coordinator, and Siv the facilitator who will meet it. Ola coordinates
another place, and must see nothing of this one.
"""

import base64
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

import lms
from lms.courses.packs import Course, Library, read_library
from lms.database import new_id, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.learning.credit import start_clock
from lms.learning.inviting.models import MailedInvitation, new_secret
from lms.learning.models import Enrolment
from lms.learning.places import enrol
from lms.organisations.models import Employee, JoinLink, found_organisation
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person, digest
from tests.rigs_kept import rendered_courses

COURSES = ["harassment", "norms"]
REFLECTION = "what-you-need"
# One for the run: the codes of the cast open nothing where another key is in use.
SECRET_KEY = secrets.token_hex(32)
REFLECTION_KEYS = f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@dataclass(frozen=True)
class Theatre:
    """Where Kari and Mona work."""

    id: UUID
    join_code: str
    join_link_id: UUID
    meeting_id: UUID
    people: dict[str, UUID]
    employees: dict[str, UUID]
    codes: dict[str, str]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every application of the run keeps its rendered courses: rendering takes longer than most tests."""
    return Path(shutil.copytree(rendered_courses(), tmp_path_factory.mktemp("run") / "rendered"))


@pytest.fixture(scope="session")
def library(rendered: Path) -> Library:
    """Our own courses, read once for a run: they are frozen, and what is frozen can be shared."""
    return read_library(cache=rendered)


@pytest.fixture
def open_app(
    tmp_path: Path, rendered: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Flask]]:
    """Open the application on a database, with whatever else a test wants to set."""
    opened: list[Flask] = []
    keep_keys(tmp_path / "instance")
    (tmp_path / "instance" / "cache").symlink_to(rendered)

    def read(paths: Sequence[Path], cache: Path) -> Library:
        return read_library(paths, cache) if paths else library

    monkeypatch.setattr(lms, "read_library", read)

    def open_on(url: str, **config: Any) -> Flask:
        app = lms.create_app(
            {
                "LMS_DATABASE_URL": url,
                "LMS_SECRET_KEY": SECRET_KEY,
                "LMS_INSTANCE": tmp_path / "instance",
                "LMS_MAILBOX": str(tmp_path / "mailbox"),
                "WTF_CSRF_ENABLED": False,
                "RATELIMIT_ENABLED": False,
                **config,
            }
        )
        opened.append(app)
        forget_at_a_power_cut(app)
        return app

    yield open_on
    for app in opened:
        app.extensions["lms"].engine.dispose()


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str, request: pytest.FixtureRequest) -> Flask:
    """The application; a browser sends the form's token, so there it is asked for."""
    return open_app(sqlite_url, WTF_CSRF_ENABLED=request.node.get_closest_marker("browser") is not None)


def forget_at_a_power_cut(app: Flask) -> None:
    """Let SQLite wait for no disk: durability is the one thing a throw-away file need not have."""
    engine = app.extensions["lms"].engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, record: raw.execute("PRAGMA synchronous = OFF"))


def cast_in(app: Flask) -> Theatre:
    """Put the cast on the stage of this application."""
    with app.app_context(), one_transaction():
        people = {
            name: Person(name=full, language="nb", scheme_role=role)
            for name, full, role in (
                ("kari", "Kari Berg", None),
                ("mona", "Mona Haug", None),
                ("ola", "Ola Lie", None),
                ("siv", "Siv Aune", "facilitator"),
            )
        }
        session.add_all(people.values())
        session.flush()
        theatre = found_organisation("Teatret Vårt", COURSES, people["mona"])
        theatre.reporting_channel = "Verneombudet, telefon 900 00 000"
        found_organisation("Festivalen Deres", COURSES, people["ola"])
        link = JoinLink(organisation_id=theatre.id, label="Alle", created_by=people["mona"].id)
        session.add(link)
        session.flush()
        link.admit(people["kari"])
        session.flush()
        meeting = GroupSession(
            organisation_id=theatre.id,
            starts_at=now() + timedelta(days=9),
            place="Prøvesalen",
            facilitator_id=people["siv"].id,
        )
        session.add(meeting)
        employees = {}
        for name, person in people.items():
            start_clock(person.id, now())
            for employee in session.query(Employee).filter(Employee.person_id == person.id):
                enrol(employee, COURSES)
                employees[name] = employee.id
        codes = {name: person.give_code() for name, person in people.items()}
        session.flush()
        return Theatre(
            id=theatre.id,
            join_code=link.code,
            join_link_id=link.id,
            meeting_id=meeting.id,
            people={name: person.id for name, person in people.items()},
            employees=employees,
            codes=codes,
        )


def complete_by_skipping(enrolment: Enrolment, course: Course) -> None:
    """Every lesson done, and every exercise let be: as good as any other way."""
    for lesson in course.written_lessons:
        enrolment.skip(lesson, lesson.exercise_ids)
        enrolment.complete(course, lesson)


@dataclass(frozen=True)
class Stage:
    """A database with the cast in it, to copy from: bringing everybody on takes longer than most tests."""

    file: Path
    theatre: Theatre
    set_at: datetime

    def copy_into(self, app: Flask) -> Theatre:
        """Fill the application's own database, which is migrated and empty, with all of it."""
        engine = app.extensions["lms"].engine
        engine.dispose()
        there = Path(engine.url.database)
        if there.with_name(f"{there.name}-wal").exists():  # somebody else has it open
            with closing(sqlite3.connect(self.file)) as stage, closing(sqlite3.connect(there)) as file:
                stage.backup(file)
        else:
            shutil.copyfile(self.file, there)
        return self.theatre


@pytest.fixture(scope="session")
def _stage(_migrated_sqlite: Path, rendered: Path, library: Library, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    shutil.copy(_migrated_sqlite, folder / "lms.db")
    app = open_on_stage(folder, library)
    theatre = cast_in(app)
    app.extensions["lms"].engine.dispose()
    return Stage(folder / "lms.db", theatre, now())


def open_on_stage(folder: Path, library: Library, **config: Any) -> Flask:
    """An application behind the stage of a whole run, on the database `lms.db` in this folder."""
    keep_keys(folder / "instance")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lms, "read_library", lambda paths, cache: library)
        url = f"sqlite:///{folder / 'lms.db'}"
        instance = folder / "instance"
        return lms.create_app(
            {"LMS_DATABASE_URL": url, "LMS_SECRET_KEY": SECRET_KEY, "LMS_INSTANCE": instance, **config}
        )


def keep_keys(instance: Path) -> None:
    """Lay the run's key for reflections into an instance folder: what was written on the stage is read on its copy."""
    instance.mkdir()
    keys = instance / "reflections.keys"
    keys.write_text(REFLECTION_KEYS)
    keys.chmod(0o600)


@pytest.fixture
def theatre(app: Flask, _stage: Stage) -> Theatre:
    """The theatre, with everybody in it; brought on anew where a test lives in another time.

    The stage is asked for by name, so that it is set before the first test that wants it travels anywhere.
    """
    if app.extensions["lms"].engine.dialect.name == "sqlite" and abs(now() - _stage.set_at) < timedelta(hours=1):
        return _stage.copy_into(app)
    return cast_in(app)


def signed_in(app: Flask, theatre: Theatre, name: str) -> FlaskClient:
    """A visitor on a device of her own, let in by flask-login's ticket in the cookie."""
    client = app.test_client()
    with client.session_transaction() as ticket:
        ticket["_user_id"] = f"{theatre.people[name]}.1"
        ticket.permanent = True
    return client


def somebody(visitor: str, app: Flask, theatre: Theatre) -> FlaskClient:
    """One of the cast or `anonymous`, on a device that nobody has used."""
    return app.test_client() if visitor == "anonymous" else signed_in(app, theatre, visitor)


@pytest.fixture
def anonymous(app: Flask, theatre: Theatre) -> FlaskClient:
    """Somebody we do not know."""
    return app.test_client()


@pytest.fixture
def kari(app: Flask, theatre: Theatre) -> FlaskClient:
    return signed_in(app, theatre, "kari")


@pytest.fixture
def mona(app: Flask, theatre: Theatre) -> FlaskClient:
    return signed_in(app, theatre, "mona")


@pytest.fixture
def ola(app: Flask, theatre: Theatre) -> FlaskClient:
    return signed_in(app, theatre, "ola")


@pytest.fixture
def siv(app: Flask, theatre: Theatre) -> FlaskClient:
    return signed_in(app, theatre, "siv")


def invite_guest(theatre: Theatre, name: str = "Nina Ny", email: str = "nina@example.no") -> str:
    """Somebody on the roster who has not entered, and the secret of the letter that she has been sent."""
    guest = Person(name=name)
    session.add(guest)
    session.flush()
    employee = Employee(id=new_id(), organisation_id=theatre.id, person_id=guest.id)
    session.add(employee)
    session.flush()
    here = {"organisation_id": theatre.id, "employee_id": employee.id}
    session.add(RosterAddress(email=email, **here))
    enrol(employee, COURSES)
    secret = new_secret()
    letter = {"digest": digest(secret), "mail_id": new_id(), "expires_at": now() + timedelta(days=30)}
    session.add(MailedInvitation(number=1, **letter, **here))
    return secret
