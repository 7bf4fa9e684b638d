"""In the nights of 29 March and 25 October 2026 an hour is left out or comes twice: nobody gains or loses by it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from lms.database import one_transaction, session
from lms.learning.credit import PersonClock
from lms.learning.models import Enrolment, LessonProgress
from lms.learning.places import enrol
from lms.organisations.models import Employee
from tests.cast import Theatre, cast_in, signed_in
from tests.letters import confirm_address, link_by_mail
from tests.packs import PROSE, write_pack
from tests.writing import form, lesson_of, report

SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)  # two o'clock becomes three
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)  # three o'clock becomes two
both_nights = pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])


@pytest.fixture
def lesson(theatre: Theatre) -> str:
    return lesson_of(theatre)


def entered(app: Flask, at: datetime) -> None:
    """Everybody's clock has run until this moment."""
    with app.app_context(), one_transaction():
        session.execute(update(PersonClock).values(credited_until=at, credited_before=at))


def credited(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.sum(LessonProgress.credited_seconds))) or 0


@both_nights
def test_each_minute_is_credited_once(change: datetime, app: Flask, theatre: Theatre, lesson: str) -> None:
    begins = change - timedelta(minutes=5)
    entered(app, begins)
    with time_machine.travel(begins, tick=False) as clock:
        kari = signed_in(app, theatre, "kari")
        page = report(kari, lesson)
        for minute in range(1, 11):
            clock.shift(60)
            assert kari.post(f"{lesson}/time", data={**page, "number": minute}).status_code == 204

    assert credited(app) == 600


@both_nights
def test_a_page_without_scripts_counts_the_minutes_that_passed(
    change: datetime, app: Flask, theatre: Theatre, lesson: str
) -> None:
    """On the wall an hour and three minutes have passed, or three minutes less than an hour have come back."""
    begins = change - timedelta(minutes=1)
    entered(app, begins - timedelta(hours=1))
    with time_machine.travel(begins, tick=False) as clock:
        kari = signed_in(app, theatre, "kari")
        written = {**form(kari, lesson), "script": "0"}
        clock.shift(180)
        assert kari.post(f"{lesson}/answers", data=written).status_code == 303

    assert credited(app) == 180


@both_nights
def test_a_mailed_link_lives_its_quarter_of_an_hour(change: datetime, app: Flask, theatre: Theatre) -> None:
    confirm_address(app, theatre.people["kari"], "kari@example.no")
    with time_machine.travel(change - timedelta(minutes=5), tick=False) as clock:
        phone = app.test_client()
        good, late = (link_by_mail(app, phone, "kari@example.no") for _ in range(2))
        clock.shift(timedelta(minutes=14))
        assert phone.post(good).status_code == 303
        clock.shift(timedelta(minutes=1))
        assert phone.post(late).status_code == 410


@pytest.mark.parametrize(
    ("moment", "day", "words"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28), "28. mars 2026"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29), "29. mars 2026"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30), "30. mars 2026"),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25), "25. oktober 2026"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25), "25. oktober 2026"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25), "25. oktober 2026"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25), "25. oktober 2026"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26), "26. oktober 2026"),
    ],
)
def test_a_course_is_completed_on_the_day_it_is_in_norway(
    moment: datetime, day: date, words: str, open_app: Callable[..., Flask], sqlite_url: str, tmp_path: Path
) -> None:
    """In the table that readiness counts, on the course's page and on the certificate."""
    write_pack(tmp_path / "packs" / "sound", {"drums": PROSE})
    app = open_app(sqlite_url, LMS_COURSE_PATHS=str(tmp_path / "packs"))
    theatre = cast_in(app)
    with app.app_context(), one_transaction():
        enrol(session.get_one(Employee, (theatre.id, theatre.employees["kari"])), ["sound"])
    with time_machine.travel(moment, tick=False):
        kari = signed_in(app, theatre, "kari")
        assert kari.post(f"/learn/{theatre.id}/sound/drums/completion").status_code == 303
        page = kari.get(f"/learn/{theatre.id}/sound/").text
        certificate = re.search(r'href="(/me/certificates/[^"]+)"', page)
        assert certificate

        assert words in page
        assert words in kari.get(certificate[1]).text
    with app.app_context():
        assert session.scalars(select(Enrolment.completed_on).where(Enrolment.completed_on.is_not(None))).all() == [day]


@pytest.mark.parametrize(
    ("last_day", "closes"),
    [
        ("28.3.2026", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("29.3.2026", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("24.10.2026", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("25.10.2026", datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_link_is_open_until_its_last_day_ends(last_day: str, closes: datetime, app: Flask, theatre: Theatre) -> None:
    with time_machine.travel(closes - timedelta(days=1), tick=False) as clock:
        mona = signed_in(app, theatre, "mona")
        form = {"label": "Nattvakter", "last_day": last_day}
        opened = mona.post(f"/organisations/{theatre.id}/join-links", data=form)
        found = re.search(r"/join/[\w-]+", mona.get(opened.location).text)
        assert found
        clock.move_to(closes - timedelta(seconds=1))
        assert app.test_client().post(found[0], data={"name": "Nina Ny"}).status_code == 200
        clock.move_to(closes)
        assert app.test_client().get(found[0]).status_code == 410
        assert app.test_client().post(found[0], data={"name": "Bo Lie"}).status_code == 410
