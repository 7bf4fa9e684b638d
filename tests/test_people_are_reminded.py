"""Kari has something left before the group session, and is reminded: in time, not too often, and of what is so."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from lms.database import NORWAY, now, one_transaction, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.reminders.models import Nudge, choose_days, nudge
from lms.group_sessions.reminders.occasions import CHOICES, FRESH_FOR, occasion_on, occasions
from lms.learning.models import Enrolment
from lms.mail.mailbox import receiving
from lms.mail.models import OutboxMail
from lms.mail.worker import deliver_due
from lms.organisations.models import Employee
from lms.people.models import Person
from tests.cast import COURSES, Theatre, cast_in
from tests.post_office import Office
from tests.questions import questions
from tests.reminded import (
    MORNING,
    SESSION,
    be_done,
    colleagues,
    hold_session_at,
    later,
    let_be_reached,
    outbox,
    reminded,
    work,
)

KARIS = "kari@example.no"
ORIGIN = "https://kurs.example.no"
LINK = re.compile(rf"{ORIGIN}(/sign-in/links/[\w-]+)")


@pytest.fixture(autouse=True)
def november() -> Iterator[Any]:
    """It is the morning of 24 November for everybody on the stage."""
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def app(open_app: Any, sqlite_url: str) -> Flask:
    opened: Flask = open_app(sqlite_url, LMS_ORIGIN=ORIGIN)
    return opened


@pytest.fixture
def reached(app: Flask, theatre: Theatre) -> Theatre:
    """Kari has an address, and the theatre's session is in sixteen days."""
    let_be_reached(app, theatre.people["kari"], KARIS)
    hold_session_at(app, theatre, SESSION)
    return theatre


# The calendar


@given(
    target=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    offsets=st.sets(st.sampled_from(CHOICES)),
    before=st.integers(-5, 40),
)
def test_an_occasion_is_never_old_news_and_never_two(target: date, offsets: set[int], before: int) -> None:
    today = target - timedelta(days=before)
    found = occasion_on(today, target, offsets)
    fresh = [each for each in occasions(target, offsets) if each.opens_on <= today < each.closes_on]

    assert found is None or found in fresh
    assert found is None or (today < target and today - found.opens_on < FRESH_FOR)
    assert (found is None) == (not fresh or fresh[-1] != found)


@pytest.mark.parametrize(
    ("today", "target", "days"),
    [
        (date(2028, 2, 20), date(2028, 2, 29), 9),
        (date(2028, 2, 27), date(2028, 3, 7), 9),  # the 29th of February lies between
        (date(2028, 2, 29), date(2028, 3, 9), 9),
        (date(2026, 3, 20), date(2026, 3, 29), 9),  # summer time begins that night
        (date(2026, 10, 23), date(2026, 10, 25), 2),
        (date(2026, 12, 30), date(2027, 1, 8), 9),
    ],
)
def test_days_are_days_of_the_calendar(today: date, target: date, days: int) -> None:
    found = occasion_on(today, target, (days,))
    assert found is not None
    assert (found.days_before, found.opens_on) == (days, today)


# Who is written to, and when


def test_kari_is_reminded_sixteen_nine_and_two_days_before(app: Flask, reached: Theatre, november: Any) -> None:
    for day in range(17):
        november.move_to(later(day))
        work(app)
        work(app)

    assert [occasion for _who, occasion in reminded(app)] == [f"2026-12-10-{days}" for days in (16, 9, 2)]
    assert {who for who, _occasion in reminded(app)} == {reached.employees["kari"]}
    assert {mail.recipient for mail in outbox(app)} == {KARIS}


def test_at_night_and_on_sundays_nothing_is_written(app: Flask, reached: Theatre, november: Any) -> None:
    for moment in (
        MORNING.replace(hour=7, minute=59),
        MORNING.replace(hour=20),
        datetime(2026, 11, 29, 12, tzinfo=NORWAY),
    ):
        november.move_to(moment)
        assert work(app) == 0
    hold_session_at(app, reached, datetime(2026, 12, 15, 9, tzinfo=NORWAY))  # sixteen days after that Sunday
    assert work(app) == 0
    november.move_to(datetime(2026, 11, 30, 8, tzinfo=NORWAY))
    assert work(app) == 1


def test_whoever_is_done_has_left_or_is_excused_is_left_in_peace(app: Flask, reached: Theatre) -> None:
    done, left, excused, half = colleagues(app, reached, 4)
    be_done(app, [done, reached.employees["kari"]])
    with app.app_context(), one_transaction():
        session.get_one(Employee, (reached.id, left)).left_at = now()
        here = Enrolment.employee_id == excused
        session.execute(update(Enrolment).where(here).values(counts_as="excused"))
        first = Enrolment.employee_id == half, Enrolment.course == COURSES[0]
        session.execute(update(Enrolment).where(*first).values(begun_at=now(), completed_at=now(), completed_on=now()))

    assert work(app) == 1
    assert [who for who, _occasion in reminded(app)] == [half]


def test_nobody_is_reminded_twice_in_a_week_also_by_two_organisations(
    app: Flask, reached: Theatre, november: Any
) -> None:
    with app.app_context(), one_transaction():
        choose_days(reached.id, [16, 14, 9], None, session.get_one(Person, reached.people["mona"]))
        other = session.scalars(
            select(Employee.organisation_id).where(Employee.person_id == reached.people["ola"])
        ).one()
        here = {"organisation_id": other, "person_id": reached.people["kari"]}
        session.add(Employee(**here))
        session.add(GroupSession(organisation_id=other, starts_at=SESSION))
    for day in range(6):
        november.move_to(later(day))
        work(app)
        assert len(outbox(app)) == 1, f"after {day} days"
    november.move_to(later(7))
    work(app)
    assert len(outbox(app)) == 2


def test_a_worker_that_was_away_sends_no_burst_and_nothing_old(app: Flask, reached: Theatre, november: Any) -> None:
    """Sixteen days before nobody worked, and three days before it is too late for the nine."""
    november.move_to(later(13))
    assert work(app) == 0
    november.move_to(later(14))
    assert work(app) == 1
    assert work(app) == 0
    assert [occasion for _who, occasion in reminded(app)] == ["2026-12-10-2"]
    november.move_to(later(16))
    assert work(app) == 0, "on the day itself nobody is reminded"


def test_what_a_dead_mail_server_has_kept_is_not_sent_later(app: Flask, reached: Theatre, november: Any) -> None:
    office = Office()
    with receiving(office) as port:
        app.config.update(LMS_SMTP_HOST="127.0.0.1", LMS_SMTP_PORT=port)
        assert work(app) == 1
        november.move_to(later(4))
        with app.app_context():
            assert deliver_due(app.config) == 0
            assert office.took == []
        november.move_to(later(7))
        assert work(app) == 1, "what never went out has disturbed nobody"
        with app.app_context():
            assert deliver_due(app.config) == 1


def test_a_due_date_takes_the_sessions_place(app: Flask, reached: Theatre, november: Any) -> None:
    with app.app_context(), one_transaction():
        choose_days(reached.id, [2], date(2026, 12, 1), session.get_one(Person, reached.people["mona"]))
    assert work(app) == 0
    november.move_to(later(5))  # a Sunday, two days before
    assert work(app) == 0
    november.move_to(later(6))
    assert work(app) == 1
    (mail,) = outbox(app)
    assert "innen 1. desember 2026" in (mail.body or "")


# What the e-mail says


@pytest.mark.parametrize(
    ("language", "day", "words"),
    [
        ("nb", "10. desember 2026", "Fortsett der du slapp"),
        ("nn", "10. desember 2026", "Hald fram der du slapp"),
        ("en", "10 December 2026", "Go on where you left"),
    ],
)
def test_it_says_what_is_left_in_her_language(
    app: Flask, reached: Theatre, language: str, day: str, words: str
) -> None:
    with app.app_context(), one_transaction():
        session.get_one(Person, reached.people["kari"]).language = language
    work(app)

    (mail,) = outbox(app)
    body = mail.body or ""
    library = app.extensions["lms"].library
    assert mail.language == language
    begins = "10:00" if language == "en" else "10.00"
    assert [part for part in (day, words, "Teatret Vårt", begins) if part not in body] == []
    assert day in (mail.subject or "")
    assert all(library.course(key).title(language) in body for key in COURSES)
    assert (mail.by_day, mail.useless_after) == (True, datetime(2026, 11, 27, tzinfo=NORWAY))
    assert len(LINK.findall(body)) == 1


def test_its_link_goes_on_where_she_left(app: Flask, reached: Theatre) -> None:
    course = app.extensions["lms"].library.course("norms")
    first, second = course.written_lessons[:2]
    lesson = f"/learn/{reached.id}/norms"
    with app.app_context(), one_transaction():
        enrolment = session.query(Enrolment).filter_by(employee_id=reached.employees["kari"], course="norms").one()
        enrolment.skip(first, first.exercise_ids)
        enrolment.complete(course, first)
    work(app)
    (mail,) = outbox(app)
    link = LINK.findall(mail.body or "")[0]
    phone = app.test_client()

    assert phone.get(link).status_code == 200
    assert phone.get(link).status_code == 200, "looking spends nothing"
    answer = phone.post(link)
    assert (answer.status_code, answer.location) == (303, f"{lesson}/{second.slug}")
    assert phone.get(answer.location).status_code == 200
    # She presses the same link once more, there and elsewhere.
    assert phone.get(link).location == f"{lesson}/{second.slug}"
    spent = app.test_client().get(link)
    assert spent.status_code == 410
    assert f"wanted=/learn/{reached.id}/norms/{second.slug}" in spent.text.replace("%2F", "/")


def test_minutes_are_of_what_is_left(app: Flask, reached: Theatre) -> None:
    be_done(app, [reached.employees["kari"]])
    with app.app_context(), one_transaction():
        open_again = {"completed_at": None, "completed_on": None}
        here = Enrolment.employee_id == reached.employees["kari"], Enrolment.course == "norms"
        session.execute(update(Enrolment).where(*here).values(open_again))
        course = app.extensions["lms"].library.course("norms").taken_by(False)
        enrolment = session.query(Enrolment).filter_by(employee_id=reached.employees["kari"], course="norms").one()
        for lesson in course.written_lessons[:-1]:
            enrolment.skip(lesson, lesson.exercise_ids)
            enrolment.complete(course, lesson)
        last = course.written_lessons[-1]
    work(app)

    (mail,) = outbox(app)
    assert f"ca. {last.minutes} minutter" in (mail.subject or "")
    assert app.extensions["lms"].library.course("harassment").title("nb") not in (mail.body or "")


# The date moves, the person is done, and letters are still waiting


def test_when_the_session_moves_waiting_letters_are_taken_back(
    app: Flask, mona: FlaskClient, reached: Theatre, november: Any
) -> None:
    assert work(app) == 1
    form = {"day": "2026-12-17", "time": "10.00", "place": "Prøvesalen", "minutes": "180"}
    assert mona.post(f"/organisations/{reached.id}/group-session", data=form).status_code == 303
    assert (outbox(app), reminded(app)) == ([], [])

    assert work(app) == 0, "twenty-three days before is not chosen"
    november.move_to(later(7))
    assert work(app) == 1
    (mail,) = outbox(app)
    assert "17. desember" in (mail.body or "")


def test_what_has_gone_out_before_the_session_moved_counts(app: Flask, reached: Theatre, november: Any) -> None:
    work(app)
    with app.app_context(), one_transaction():
        for mail in session.scalars(select(OutboxMail)):
            mail.acknowledge(now())
    hold_session_at(app, reached, SESSION + timedelta(days=1))
    november.move_to(later(1))
    assert work(app) == 0, "she had one yesterday"
    november.move_to(later(8))
    assert work(app) == 1


@pytest.mark.parametrize("what", ["done", "cancelled", "refused"])
def test_waiting_letters_are_taken_back_when_they_are_no_longer_true(
    app: Flask, kari: FlaskClient, mona: FlaskClient, reached: Theatre, what: str
) -> None:
    assert work(app) == 1
    if what == "done":
        be_done(app, [reached.employees["kari"]])
    elif what == "cancelled":
        mona.post(f"/organisations/{reached.id}/group-session/cancellation")
    else:
        kari.post(f"/me/reminders/{reached.id}", data={"reminders": "off"})

    assert work(app) == 0
    assert (outbox(app), reminded(app)) == ([], [])


def test_what_a_worker_has_in_hand_goes_out(app: Flask, reached: Theatre) -> None:
    work(app)
    with app.app_context(), one_transaction():
        (mail,) = session.scalars(select(OutboxMail))
        mail.claim(mail.id, now() + timedelta(minutes=5))
    hold_session_at(app, reached, SESSION + timedelta(days=7))
    work(app)

    assert len(outbox(app)) == len(reminded(app)) == 1


# However many


def test_three_thousand_cost_no_more_questions_than_thirty(app: Flask, reached: Theatre) -> None:
    work(app)
    colleagues(app, reached, 30)
    with questions(app) as few:
        assert work(app, many=30) == 30
    colleagues(app, reached, 300)
    with questions(app) as many:
        assert work(app, many=300) == 300

    assert len(many) == len(few), "\n".join(many)
    assert len(few) <= 14, "\n".join(few)


def test_a_batch_goes_on_where_the_last_one_ended(app: Flask, reached: Theatre) -> None:
    colleagues(app, reached, 24)
    assert [work(app, many=10) for _ in range(4)] == [10, 10, 5, 0]
    assert len({who for who, _occasion in reminded(app)}) == len(outbox(app)) == 25


@pytest.mark.postgres
def test_on_postgresql_too(open_app: Any, postgres_url: str, november: Any) -> None:
    app = open_app(postgres_url, LMS_ORIGIN=ORIGIN)
    theatre = cast_in(app)
    colleagues(app, theatre, 12)
    hold_session_at(app, theatre, SESSION)
    with app.app_context(), one_transaction():
        assert nudge(theatre.id, session.get_one(Person, theatre.people["mona"]))

    assert work(app) == 12
    hold_session_at(app, theatre, SESSION + timedelta(days=1))
    assert work(app) == 0, "they were nudged, and the letters are taken back and not written anew by the same press"
    with app.app_context():
        assert session.scalars(select(Nudge.done_at)).one() is not None
