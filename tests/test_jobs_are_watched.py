"""Each job of the worker is seen: when it was done, when it will be, what failed, and which one has fallen silent."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from lms.database import now, one_transaction, session
from lms.mail.duties import SHORTEST_PATIENCE, Duty, do_duties, duties, duty, duty_states
from lms.mail.models import queue_mail
from tests.cast import Theatre
from tests.reminded import MORNING


@pytest.fixture(autouse=True)
def november() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the worker have no duties but this one."""

    def only_this(act: Callable[[], object], every: float = 60) -> None:
        for name in tuple(duties):
            monkeypatch.delitem(duties, name)
        monkeypatch.setitem(duties, "write reminders", Duty("write reminders", timedelta(seconds=every), act))

    return only_this


def state(app: Flask) -> Any:
    with app.app_context():
        return {each.duty.name: each for each in duty_states(now())}["write reminders"]


def work(app: Flask) -> None:
    with app.app_context():
        do_duties({})


def test_a_new_site_says_that_no_worker_has_been_seen(siv: FlaskClient, theatre: Theatre) -> None:
    page = siv.get("/jobs").text
    assert "Bakgrunnsprosessen har ikke meldt seg" in page
    assert "aldri ennå" in page


def test_what_was_done_is_seen_with_its_number(app: Flask, siv: FlaskClient, only: Any, november: Any) -> None:
    only(lambda: 7)
    work(app)

    done = state(app)
    assert (done.done_at, done.next_at, done.did, done.failures, done.silent) == (
        MORNING,
        MORNING + timedelta(minutes=1),
        7,
        0,
        False,
    )
    page = " ".join(siv.get("/jobs").text.split())
    assert "24. nov. 2026, 09.00" in page
    assert "24. nov. 2026, 09.01" in page
    assert 'role="alert"' not in page
    november.shift(SHORTEST_PATIENCE)
    assert not state(app).silent
    november.shift(61)
    assert state(app).silent
    assert "Bakgrunnsprosessen har ikke meldt seg" in siv.get("/jobs").text


def test_failures_are_counted_until_it_is_done(app: Flask, siv: FlaskClient, only: Any, november: Any) -> None:
    troubles = [RuntimeError("kari@example.no"), RuntimeError("again"), None]

    def act() -> None:
        if (trouble := troubles.pop(0)) is not None:
            raise trouble

    only(act)
    work(app)
    assert (state(app).done_at, state(app).failures, state(app).trouble, state(app).silent) == (
        None,
        1,
        "RuntimeError",
        True,
    )
    november.shift(60)
    work(app)
    assert state(app).failures == 2
    assert "2 ganger" in siv.get("/jobs").text
    assert "kari@example.no" not in siv.get("/jobs").text
    november.shift(60)
    work(app)
    assert (state(app).failures, state(app).silent) == (0, False)


def test_a_failure_that_cannot_be_kept_stops_nothing(
    app: Flask, only: Any, theatre: Theatre, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    def act() -> None:
        session.execute(text("DROP TABLE lms_duty_done"))
        session.commit()
        raise RuntimeError

    only(act)
    duty("comes after", every_seconds=60)(lambda: done.append(1))
    try:
        work(app)
    finally:
        duties.pop("comes after")
    assert "the failure of “write reminders” could not be kept" in caplog.text


def test_mail_that_waits_is_seen(app: Flask, siv: FlaskClient, theatre: Theatre) -> None:
    with app.app_context(), one_transaction():
        queue_mail("kari@example.no", "Hei", "Hei", "nb")
        queue_mail("mona@example.no", "Hei", "Hei", "nb", by_day=True).give_up(MORNING, "too late")
    page = siv.get("/jobs").text
    assert "24. november 2026, 09.00" in page
    assert "kari@example.no" not in page


def test_each_job_is_called_by_what_it_does(siv: FlaskClient, theatre: Theatre) -> None:
    said = {words.strip() for words in re.findall(r">([^<]+)<", siv.get("/jobs").text)}

    assert said
    assert not said & set(duties)
