"""The database is locked, gone, full or at odds with itself: the page says so, holds the text, and sends it again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import create_engine, event, select, text, update
from sqlalchemy.exc import OperationalError

from lms.database import session
from lms.learning.credit import PersonClock
from lms.learning.models import Enrolment
from tests.at_once import until_somebody_waits
from tests.cast import REFLECTION, Theatre, cast_in, signed_in
from tests.rigs_databases import Cluster, impatient, locked
from tests.spoken import READERS, reading
from tests.writing import BUSY, TEXT, form, held, is_said_in, lesson_of, report, rows, speaks, text_kept


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return lesson_of(theatre)


POSTS = {
    "answers": ("{lesson}/answers", {}),
    "skips": ("{lesson}/skips", {}),
    "completion": ("{lesson}/completion", {}),
    "the door": ("/join/{code}", {"name": "Nina Ny"}),
    "a code": ("/sign-in", {"code": "22222-22222"}),
    "a link": ("/sign-in/links", {"email": "kari@example.no"}),
    "my name": ("/me/name", {"name": "Kari B."}),
    "a new code": ("/me/code", {}),
}


@pytest.mark.parametrize("what", POSTS)
def test_a_locked_database_is_told_and_waited_for(
    what: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    impatient(app)
    path, fields = POSTS[what]
    path = path.format(lesson=lesson, code=theatre.join_code)
    sent = fields or form(kari, lesson, part="all")
    with locked(app.config["LMS_DATABASE_URL"]):
        answer = kari.post(path, data=sent)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    is_said_in("nb", answer.text, BUSY, "Wait a few seconds and try again.")
    assert rows(app) == 0
    again = held(answer.text)
    again.pop("csrf_token")
    assert again == {name: value for name, value in sent.items() if name != "csrf_token"}
    assert kari.post(path, data=again).status_code != 503


@pytest.mark.parametrize("language", READERS)
def test_a_text_that_could_not_be_kept_is_held_and_sent_again(
    language: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    impatient(app)
    speaks(app, theatre, language)
    kari.set_cookie("lms_language", language)
    written = form(kari, lesson)
    with locked(app.config["LMS_DATABASE_URL"]):
        answer = kari.post(f"{lesson}/answers", data=written)
        page = kari.get(lesson)

    assert page.status_code == 200, "reading goes on"
    assert answer.status_code == 503
    is_said_in(language, answer.text, BUSY, "We have kept what you wrote.", "Send again")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script>alert" not in answer.text
    assert kari.post(f"{lesson}/answers", data=held(answer.text)).status_code == 303
    assert text_kept(app) == [TEXT]


def test_a_report_of_time_that_could_not_be_kept_is_answered_so_that_it_is_sent_again(
    kari: FlaskClient, app: Flask, lesson: str
) -> None:
    impatient(app)
    minute = report(kari, lesson)
    with locked(app.config["LMS_DATABASE_URL"]):
        assert kari.post(f"{lesson}/time", data=minute).status_code == 503

    assert kari.post(f"{lesson}/time", data=minute).status_code == 204
    with app.app_context():
        assert session.scalars(select(Enrolment.begun_at).where(Enrolment.begun_at.is_not(None))).all()


def test_inside_a_host_whose_token_ran_out_at_the_same_time_the_text_is_held_too(
    open_app: Callable[..., Flask], sqlite_url: str
) -> None:
    """The host looks at the token before we have asked the database who is visiting."""
    app = open_app(sqlite_url, WTF_CSRF_ENABLED=True)
    CSRFProtect(app)
    theatre = cast_in(app)
    lesson, kari = lesson_of(theatre), signed_in(app, theatre, "kari")
    written = {**form(kari, lesson), "csrf_token": "too old"}
    impatient(app)
    with locked(sqlite_url):
        answer = kari.post(f"{lesson}/answers", data=written)

    assert answer.status_code == 503
    assert held(answer.text)[REFLECTION] == TEXT
    assert kari.post(f"{lesson}/answers", data=held(answer.text)).status_code == 303


@pytest.fixture
def on_postgres(postgres_url: str, open_app: Callable[..., Flask]) -> Flask:
    return open_app(postgres_url)


# As PostgreSQL calls them: a deadlock, two who could not follow one another, a lock that was not to be had, too many
# connections, an operator who ended it; and a full disk.
PASSING = {"40P01": BUSY, "40001": BUSY, "55P03": BUSY, "53300": BUSY, "57P01": BUSY, "53100": "The storage is full"}


@pytest.mark.postgres
def test_what_passes_in_postgresql_is_told_and_nothing_is_half_kept(on_postgres: Flask) -> None:
    """The error comes from the database itself, in the middle of what is being kept."""
    theatre = cast_in(on_postgres)
    lesson, kari = lesson_of(theatre), signed_in(on_postgres, theatre, "kari")
    written = form(kari, lesson)
    for state, heading in PASSING.items():
        with trouble_on_writing_reflections(on_postgres, state):
            answer = kari.post(f"{lesson}/answers", data=written)

        assert answer.status_code == 503, state
        assert answer.headers["Retry-After"] == "3"
        is_said_in("nb", answer.text, heading)
        assert rows(on_postgres) == 0, state
        assert held(answer.text)[REFLECTION] == TEXT
    assert kari.post(f"{lesson}/answers", data=written).status_code == 303
    assert text_kept(on_postgres) == [TEXT]


@contextmanager
def trouble_on_writing_reflections(app: Flask, state: str) -> Iterator[None]:
    engine = app.extensions["lms"].engine
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '{state}'; END $$"
            )
        )
        connection.execute(text("CREATE TRIGGER trouble BEFORE INSERT ON lms_reflection EXECUTE FUNCTION trouble()"))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER trouble ON lms_reflection"))


@pytest.mark.postgres
def test_a_deadlock_is_told_and_nothing_is_half_kept(postgres_url: str, open_app: Callable[..., Flask]) -> None:
    """Kari's form holds her enrolment and waits for her clock, while whoever holds the clock asks for the enrolment.

    PostgreSQL ends either of the two, so it may take more than one.
    """
    app = open_app(f"{postgres_url}&options=-c%20deadlock_timeout%3D300ms")
    theatre = cast_in(app)
    lesson, kari = lesson_of(theatre), signed_in(app, theatre, "kari")
    written = {**form(kari, lesson), "script": "0"}
    kari_id, other = theatre.people["kari"], create_engine(postgres_url)

    def meet() -> Any:
        with ThreadPoolExecutor() as threads, other.connect() as connection:
            connection.execute(select(PersonClock).where(PersonClock.person_id == kari_id).with_for_update())
            answer = threads.submit(kari.post, f"{lesson}/answers", data=written)
            until_somebody_waits(app)
            with suppress(OperationalError):
                connection.execute(update(Enrolment).values(course=Enrolment.course))
            connection.rollback()
            return answer.result()

    met = (meet() for _ in range(5))
    answer = next(answer for answer in met if answer.status_code == 503)
    other.dispose()

    is_said_in("nb", answer.text, BUSY)
    assert held(answer.text)[REFLECTION] == TEXT
    assert kari.post(f"{lesson}/answers", data=held(answer.text)).status_code == 303
    assert text_kept(app) == [TEXT]


@pytest.mark.postgres
def test_the_database_is_gone_for_a_moment(on_postgres: Flask, postgres: Cluster) -> None:
    theatre = cast_in(on_postgres)
    lesson, kari = lesson_of(theatre), signed_in(on_postgres, theatre, "kari")
    stranger = on_postgres.test_client()
    written = form(kari, lesson)
    answers = {}
    postgres.stop()
    try:
        for language in READERS:
            kari.set_cookie("lms_language", language)
            answers[language] = [
                kari.post(f"{lesson}/answers", data=written),
                kari.get(lesson),
                kari.get("/me"),
                stranger.get(f"/join/{theatre.join_code}", headers=reading(language)),
                stranger.post("/sign-in", data={"code": theatre.codes["kari"]}, headers=reading(language)),
            ]
        assert on_postgres.test_client().get("/healthz").status_code == 200
        assert on_postgres.test_client().get("/readyz").status_code == 503
    finally:
        postgres.start()

    for language, told in answers.items():
        for answer in told:
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "3"
            is_said_in(language, answer.text, BUSY)
            assert str(on_postgres.config["LMS_DATABASE_URL"]) not in answer.text
    again = held(answers["nb"][0].text)
    assert again[REFLECTION] == TEXT
    assert rows(on_postgres) == 0
    assert kari.post(f"{lesson}/answers", data=again).status_code == 303
    assert text_kept(on_postgres) == [TEXT]


@pytest.mark.postgres
def test_connections_that_broke_while_they_lay_idle_are_noticed_by_nobody(
    on_postgres: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of the database at night; one that broke a moment after its use costs one page at the most."""
    theatre = cast_in(on_postgres)
    lesson, kari = lesson_of(theatre), signed_in(on_postgres, theatre, "kari")
    assert kari.get(lesson).status_code == 200
    break_connections(on_postgres)
    assert kari.get(lesson).status_code in (200, 503)
    assert kari.get(lesson).status_code == 200

    monkeypatch.setattr("lms.database.SECONDS_TRUSTED", 0)
    break_connections(on_postgres)
    assert kari.get(lesson).status_code == 200


def break_connections(app: Flask) -> None:
    """End them as an operator does, from another connection."""
    other = create_engine(app.config["LMS_DATABASE_URL"])
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with other.connect() as connection:
        ended = connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}")).scalars().all()
    other.dispose()
    assert ended
    assert all(ended)


@pytest.mark.parametrize("language", READERS)
def test_when_the_disk_is_full_nothing_is_half_kept(
    language: str, kari: FlaskClient, app: Flask, theatre: Theatre, lesson: str
) -> None:
    speaks(app, theatre, language)
    long = "Plass, plass! " * 1_400
    written = form(kari, lesson, long)
    engine = app.extensions["lms"].engine

    def no_more(raw: Any, record: Any) -> None:
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(engine, "connect", no_more)
    engine.dispose()
    answer = kari.post(f"{lesson}/answers", data=written)
    event.remove(engine, "connect", no_more)
    engine.dispose()

    assert answer.status_code == 503
    advice = "Nothing was saved. Keep a copy of what you wrote, and tell whoever runs this site."
    is_said_in(language, answer.text, "The storage is full", advice)
    assert rows(app) == 0
    again = held(answer.text)
    assert again[REFLECTION].strip() == long.strip()
    assert kari.post(f"{lesson}/answers", data=again).status_code == 303
    assert text_kept(app) == [long.strip()]
