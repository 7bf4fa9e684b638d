"""Mona chooses when people are reminded, sees what has become of it, and nudges those who are missing."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.database import NORWAY, now, one_transaction, session
from lms.group_sessions.reminders.models import Nudge, ReminderPlan
from lms.mail.duties import DutyDone
from lms.mail.mailbox import receiving
from lms.mail.worker import deliver_due
from tests.at_once import all_at_once
from tests.cast import Theatre, signed_in
from tests.post_office import Office
from tests.questions import questions
from tests.reminded import MORNING, SESSION, colleagues, hold_session_at, later, let_be_reached, outbox, reminded, work
from tests.rosters import logged

KARIS = "kari@example.no"


@pytest.fixture(autouse=True)
def november() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Any, sqlite_url: str) -> Flask:
    opened: Flask = open_app(sqlite_url, LMS_ORIGIN="https://kurs.example.no")
    return opened


@pytest.fixture
def reminders(app: Flask, theatre: Theatre) -> str:
    """The address of the page; Kari can be reached, and the session is in sixteen days."""
    let_be_reached(app, theatre.people["kari"], KARIS)
    hold_session_at(app, theatre, SESSION)
    return f"/organisations/{theatre.id}/reminders"


def plans(app: Flask) -> list[tuple[list[str], date | None]]:
    with app.app_context():
        return [(plan.days, plan.due_on) for plan in session.scalars(select(ReminderPlan))]


def test_she_sees_the_days_and_what_the_letter_says(mona: FlaskClient, reminders: str) -> None:
    page = mona.get(reminders).text

    for day in ("24. november 2026", "1. desember 2026", "8. desember 2026"):
        assert day in page
    assert "2 personer har ikke fullført" in page
    assert "Vi når 1 av dem på e-post" in page
    for words in ("Fortsett der du slapp", "Hald fram der du slapp", "Go on where you left"):
        assert words in page
    assert KARIS not in page, "Kari's own address is nobody else's"


def test_she_chooses_the_days(app: Flask, mona: FlaskClient, theatre: Theatre, reminders: str) -> None:
    answer = mona.post(reminders, data={"days": ["2", "14", "7"], "due_on": "1.12.2026"})
    assert answer.status_code == 303
    assert plans(app) == [(["14", "7", "2"], date(2026, 12, 1))]
    mona.post(reminders, data={"days": ["2", "14", "7"], "due_on": "2026-12-01"})
    assert [what for what, _by, _about in logged(app, theatre)] == ["reminders.planned"], "the same choice is no news"

    assert mona.post(reminders, data={}).status_code == 303
    assert plans(app) == [([], None)]
    assert work(app) == 0
    assert "Aldri: Ingen dag er valgt" in mona.get(reminders).text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"days": ["3"]}, 400),
        ({"days": ["-1"]}, 400),
        ({"days": ["2"], "due_on": "snart"}, 422),
        ({"days": ["2"], "due_on": "23.11.2026"}, 422),
        ({"days": ["2"], "due_on": "30.2.2027"}, 422),
        ({"days": ["2"], "due_on": "29.2.2028"}, 303),
    ],
)
def test_what_cannot_be_is_said(app: Flask, mona: FlaskClient, reminders: str, form: Any, status: int) -> None:
    answer = mona.post(reminders, data=form)

    assert answer.status_code == status
    assert (plans(app) == []) == (status != 303)
    if status == 422:
        assert f'value="{form["due_on"]}"' in answer.text


def test_one_press_writes_to_everybody_who_is_missing(
    app: Flask, mona: FlaskClient, theatre: Theatre, reminders: str, november: Any
) -> None:
    colleagues(app, theatre, 6)
    assert work(app) == 7
    november.move_to(later(1))
    assert work(app) == 0, "they had one yesterday"

    for _ in range(3):
        assert mona.post(f"{reminders}/nudge").status_code == 303
        assert work(app, many=5) in (5, 2, 0)
    assert len(outbox(app)) == 14
    assert "allerede fått en ekstra påminnelse i dag" in mona.get(f"{reminders}?done=enough").text
    november.move_to(later(2))
    mona.post(f"{reminders}/nudge")
    assert work(app) == 7


def test_at_night_the_press_waits_for_the_day(app: Flask, mona: FlaskClient, reminders: str, november: Any) -> None:
    november.move_to(datetime(2026, 11, 28, 21, tzinfo=NORWAY))
    page = mona.get(mona.post(f"{reminders}/nudge").location).text
    assert "30. november 2026 kl. 08.00" in page
    assert work(app) == 0
    november.move_to(datetime(2026, 11, 30, 8, tzinfo=NORWAY))
    assert work(app) == 1


def test_the_readiness_page_has_the_same_button(
    app: Flask, mona: FlaskClient, theatre: Theatre, reminders: str
) -> None:
    readiness = f"/organisations/{theatre.id}/readiness"
    colleagues(app, theatre, 5)
    assert "Send påminnelse til de 7 som ikke er ferdige" in " ".join(mona.get(readiness).text.split())
    assert f'action="{reminders}/nudge"' in mona.get(readiness).text
    assert "/nudge" not in signed_in(app, theatre, "siv").get(readiness).text


def test_two_who_press_at_once_press_once(app: Flask, mona: FlaskClient, theatre: Theatre, reminders: str) -> None:
    devices = [signed_in(app, theatre, "mona") for _ in range(3)]
    all_at_once([lambda device=device: device.post(f"{reminders}/nudge") for device in devices])
    work(app)

    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Nudge)) == 1
    assert len(reminded(app)) == 1


def test_she_sees_what_was_sent_and_what_was_not(
    app: Flask, mona: FlaskClient, theatre: Theatre, reminders: str
) -> None:
    colleagues(app, theatre, 1)
    work(app)
    assert "venter siden 24. nov. 2026" in mona.get(reminders).text
    office = Office()
    office.answers[KARIS] = f"550 5.1.1 <{KARIS}> No such user"
    with receiving(office) as port, app.app_context():
        app.config.update(LMS_SMTP_HOST="127.0.0.1", LMS_SMTP_PORT=port)
        assert deliver_due(app.config) == 1

    page = mona.get(reminders).text
    assert "sendt 24. nov. 2026" in page
    assert "ikke sendt: feilet 24. nov. 2026" in page
    assert "e-post kommer ikke fram" in page
    assert KARIS not in page
    person = mona.get(f"/organisations/{theatre.id}/people/{theatre.employees['kari']}").text
    assert "No such user" in person
    assert KARIS not in person


def test_a_silent_worker_is_told_to_her(app: Flask, mona: FlaskClient, reminders: str, november: Any) -> None:
    silent = "Ingen e-post blir sendt nå"
    assert silent in mona.get(reminders).text
    with app.app_context(), one_transaction():
        session.add_all([DutyDone(name=name, done_at=now()) for name in ("deliver mail", "write reminders")])
    assert silent not in mona.get(reminders).text
    november.shift(3600)
    assert silent in mona.get(reminders).text


def test_a_hundred_cost_no_more_questions_than_ten(
    app: Flask, mona: FlaskClient, theatre: Theatre, reminders: str
) -> None:
    costs = []
    for many in (10, 100):
        colleagues(app, theatre, many)
        work(app)
        with questions(app) as asked:
            page = mona.get(reminders).text
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 10
    assert len(re.findall(r'<th scope="row">', page)) == 50
    assert 'rel="next"' in page
    last = mona.get(f"{reminders}?page=99").text
    assert 'rel="next"' not in last
    assert mona.get(f"{reminders}?page=x").status_code == 200
