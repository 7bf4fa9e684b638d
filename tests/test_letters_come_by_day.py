"""Letters that nobody asked for: by day, not when they are old news, and never again to an address that is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.database import NORWAY, Model, engine, now, one_transaction, session
from lms.mail.hours import is_by_day, next_by_day
from lms.mail.letters import compose
from lms.mail.mailbox import receiving
from lms.mail.models import OutboxMail, queue_mail, waiting_mail
from lms.mail.undeliverable import UndeliverableAddress
from lms.mail.worker import deliver_due
from tests.killed_worker import outbox_app
from tests.post_office import Office

TABLES = ("lms_outbox_mail", "lms_duty_done", "lms_undeliverable_address")
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=NORWAY)
NIGHT = datetime(2026, 11, 25, 20, 0, tzinfo=NORWAY)
STOP = "https://kurs.balanse.example.no/reminders/stop/" + "x" * 64


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def app(empty_database_url: str, office: Office) -> Iterator[Flask]:
    with receiving(office) as port:
        app = outbox_app(empty_database_url, port)
        with app.app_context():
            Model.metadata.create_all(engine(), tables=[Model.metadata.tables[name] for name in TABLES])
            yield app
            session.remove()
            engine().dispose()


def queued(to: str = "kari@example.no", **more: Any) -> OutboxMail:
    with one_transaction():
        return queue_mail(to, "Påminnelse", "Hei, Kari!\n", "nb", **more)


def again(mail: OutboxMail) -> OutboxMail:
    with one_transaction():
        return session.get_one(OutboxMail, mail.id, populate_existing=True)


def refused() -> dict[str, str]:
    with one_transaction():
        return {each.recipient: each.said for each in session.scalars(select(UndeliverableAddress))}


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-25 07:59", "2026-11-25 08:00"),
        ("2026-11-25 08:00", "2026-11-25 08:00"),
        ("2026-11-25 19:59", "2026-11-25 19:59"),
        ("2026-11-25 20:00", "2026-11-26 08:00"),
        ("2026-11-28 21:00", "2026-11-30 08:00"),  # a Saturday evening waits for Monday
        ("2026-11-29 12:00", "2026-11-30 08:00"),
        ("2026-03-28 21:00", "2026-03-30 08:00"),  # over the night in which summer time begins
        ("2026-10-24 23:00", "2026-10-26 08:00"),
        ("2028-02-28 20:30", "2028-02-29 08:00"),
        ("2028-02-29 20:30", "2028-03-01 08:00"),
    ],
)
def test_the_day_is_from_eight_to_twenty_in_norway(moment: str, opens: str) -> None:
    there = datetime.fromisoformat(moment).replace(tzinfo=NORWAY)

    assert next_by_day(there) == datetime.fromisoformat(opens).replace(tzinfo=NORWAY)
    assert is_by_day(there) == (moment == opens)
    assert is_by_day(next_by_day(there.astimezone(UTC)))


@given(minutes=st.integers(0, 3 * 366 * 24 * 60))
def test_nobody_waits_longer_than_from_saturday_evening_to_monday(minutes: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opens = next_by_day(moment)

    assert is_by_day(opens)
    assert timedelta(0) <= opens - moment <= timedelta(hours=37)  # the longest night but one has an hour twice


def test_at_night_only_what_was_asked_for_goes_out(app: Flask, office: Office) -> None:
    with time_machine.travel(NIGHT, tick=False) as clock:
        reminder, asked_for = queued(by_day=True), queued("mona@example.no")

        assert deliver_due(app.config) == 1
        assert [letter["To"] for letter in office.took] == ["mona@example.no"]
        assert not again(asked_for).is_waiting
        assert waiting_mail(now())[0] == 0, "nobody is to be alarmed about a letter that waits for the day"

        clock.move_to(NIGHT + timedelta(hours=12))
        assert waiting_mail(now())[0] == 1
        assert deliver_due(app.config) == 1
        assert not again(reminder).is_waiting


def test_a_slow_server_does_not_carry_a_reminder_into_the_night(app: Flask, office: Office) -> None:
    with time_machine.travel(NIGHT - timedelta(minutes=1), tick=False) as clock:
        office.to_letter = "452 Slowly, please"
        mail = queued(by_day=True)
        assert deliver_due(app.config) == 0

        office.to_letter = "250 OK"
        clock.shift(3600)
        assert deliver_due(app.config) == 0, "it is due again, but it is night"
        clock.move_to(NIGHT + timedelta(hours=12))
        assert deliver_due(app.config) == 1
        assert again(mail).sent_at is not None


def test_old_news_is_given_up_and_not_sent(app: Flask, office: Office) -> None:
    with time_machine.travel(WEDNESDAY, tick=False) as clock:
        mail = queued(by_day=True, useless_after=now() + timedelta(days=2), stop_address=STOP)
        clock.shift(timedelta(days=2))

        assert deliver_due(app.config) == 0
        assert deliver_due(app.config) == 0
    ended = again(mail)
    assert (office.took, ended.body, ended.stop_address, ended.last_error) == ([], None, None, "too late")
    assert not ended.is_waiting


def test_a_refused_address_is_marked_with_the_servers_reason(app: Flask, office: Office) -> None:
    office.answers["Kari@example.no"] = "550 5.1.1 <kari@example.no>: No such\tuser here"
    queued("Kari@example.no")
    queued("mona@example.no")

    assert deliver_due(app.config) == 1
    ((address, said),) = refused().items()
    assert address == "kari@example.no"
    assert said.startswith("550 5.1.1")
    assert said.endswith("No such user here")
    assert "@" not in said


@pytest.mark.parametrize("answer", ["451 4.2.2 Full", "550 5.7.1 Relaying denied", "554 5.7.1 Blocked by policy"])
def test_what_is_not_the_addresss_fault_marks_nothing(app: Flask, office: Office, answer: str) -> None:
    office.to_recipient = answer
    queued()
    deliver_due(app.config)

    assert refused() == {}


def test_a_letter_that_arrives_after_all_clears_the_mark(app: Flask, office: Office) -> None:
    office.to_recipient = "550 No such user"
    queued()
    deliver_due(app.config)
    assert set(refused()) == {"kari@example.no"}

    office.to_recipient = "250 OK"
    queued()
    assert deliver_due(app.config) == 1
    assert refused() == {}


def test_a_server_that_refuses_half_way_costs_the_others_nothing(app: Flask, office: Office) -> None:
    office.answers["person2@example.no"] = "550 No such user"
    office.answers["person3@example.no"] = "451 Later"
    mails = [queued(f"person{number}@example.no") for number in range(6)]

    assert deliver_due(app.config) == 4
    assert [letter["To"] for letter in office.took] == [f"person{number}@example.no" for number in (0, 1, 4, 5)]
    assert again(mails[2]).gave_up_at is not None
    assert again(mails[3]).is_waiting


def test_mail_programs_find_the_button_that_ends_them(app: Flask, office: Office) -> None:
    queued(stop_address=STOP)
    deliver_due(app.config)

    (letter,) = office.took
    assert letter["List-Unsubscribe"] == f"<{STOP}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = compose(
        OutboxMail(
            recipient="kari@example.no",
            body="",
            language="nb",
            message_id="<1@example.no>",
            queued_at=now(),
            stop_address=STOP,
        ),
        "balanse@example.no",
    ).as_bytes()
    assert f"\r\nList-Unsubscribe: <{STOP}>\r\n".encode() in raw, "neither broken nor encoded"


def test_a_letter_that_was_asked_for_cannot_be_unsubscribed_from(app: Flask, office: Office) -> None:
    queued()
    deliver_due(app.config)

    assert office.took[0]["List-Unsubscribe"] is None


def test_the_letter_in_html_is_the_same_and_loads_nothing(app: Flask) -> None:
    body = "Hei, <b>Kari</b> & co\n\nFortsett der du slapp:\nhttps://example.no/a?b=1&c=2\n\nHilsen\nBalanse\n"
    mail = OutboxMail(recipient="k@example.no", body=body, language="nb", message_id="<1@e.no>", queued_at=now())
    html = compose(mail, "balanse@example.no").get_body(("html",))
    assert html is not None
    page = html.get_content()

    assert "Hei, &lt;b&gt;Kari&lt;/b&gt; &amp; co" in page
    assert 'href="https://example.no/a?b=1&amp;c=2"' in page
    assert '<html lang="nb">' in page
    assert "src=" not in page
    assert "<script" not in page
