"""A letter is taken by one server and refused by the next, which writes back: nobody writes to that address again."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.database import now, one_transaction, session
from lms.mail.bounces.envelopes import ForgedAddress, comes_back_to, letter_meant
from lms.mail.bounces.reports import Malformed, read_message, read_report
from lms.mail.bounces.taking_in import LARGEST, MOST_AT_ONCE, take_in, take_in_folder
from lms.mail.duties import do_duties, duties
from lms.mail.mailbox import receiving
from lms.mail.models import OutboxMail, queue_mail
from lms.mail.undeliverable import UndeliverableAddress, believe_in, mark_undeliverable, server_took_it
from lms.mail.worker import deliver_due
from lms.settings import DEFAULTS, SettingsError, check_bounces
from tests.cast import Theatre, invite_guest
from tests.letters import confirm_address, link_by_mail
from tests.post_office import Office
from tests.returned_mail import BY_HAND, EXCHANGE, EXIM, GLOBAL, OUT_OF_OFFICE, POSTFIX, READ_RECEIPT, returned

KARI = "kari@teatret.example"
BACK = "retur@kurs.example.no"


class Postal(Office):
    """A mail server that remembers under which sender each letter came."""

    def __init__(self) -> None:
        super().__init__()
        self.senders: list[str] = []

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.senders.append(address)
        envelope.mail_from = address
        return "250 OK"


@pytest.fixture
def office() -> Postal:
    return Postal()


@pytest.fixture
def port(office: Postal) -> Iterator[int]:
    with receiving(office) as open_port:
        yield open_port


@pytest.fixture
def app(open_app: Callable[..., Flask], sqlite_url: str, port: int, tmp_path: Path) -> Flask:
    folder = tmp_path / "returned"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    mail = {"LMS_SMTP_HOST": "127.0.0.1", "LMS_SMTP_PORT": port, "LMS_MAIL_FROM": "Balanse <balanse@example.no>"}
    return open_app(sqlite_url, LMS_MAIL_BOUNCES=BACK, LMS_MAIL_BOUNCES_FOLDER=str(folder), **mail)


@pytest.fixture
def sent(app: Flask, theatre: Theatre, office: Postal) -> tuple[UUID, str]:
    """A letter to Kari that has gone out, and the address it comes back to."""
    return send(app, office)


def send(app: Flask, office: Postal, to: str = KARI) -> tuple[UUID, str]:
    with app.app_context():
        with one_transaction():
            mail = queue_mail(to, "Påminnelse", "Hei, Kari!", "nb")
        assert deliver_due(app.config) == 1
    return mail.id, office.senders[-1]


def taken(app: Flask, content: bytes, to: str = "") -> str:
    with app.app_context(), one_transaction():
        return take_in(content, app.config, to)


def refused(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {row.recipient: row.said for row in session.query(UndeliverableAddress)}


def test_each_letter_goes_out_under_a_sender_of_its_own(app: Flask, office: Postal, sent: tuple[UUID, str]) -> None:
    number, back = sent
    _other, elsewhere = send(app, office)

    assert back != elsewhere
    assert back.startswith("retur+")
    assert back.endswith("@kurs.example.no")
    assert len(back.partition("@")[0]) <= 64
    assert office.took[0]["From"] == "Balanse <balanse@example.no>"
    assert office.took[0]["Auto-Submitted"] == "auto-generated"
    with app.app_context():
        assert letter_meant([back.upper()], app.config) == number, "some servers change the case"


@pytest.mark.parametrize("server", [POSTFIX, EXCHANGE, EXIM, GLOBAL], ids=["postfix", "exchange", "exim", "global"])
def test_what_any_server_refuses_for_good_marks_the_address(
    app: Flask, sent: tuple[UUID, str], server: str, caplog: pytest.LogCaptureFixture
) -> None:
    number, back = sent
    caplog.set_level(logging.INFO)

    assert taken(app, returned(server, back)) == "refused"

    said = refused(app)[KARI]
    assert said.startswith(("550 5.1.1", "5.1.1 550"))
    assert "@" not in said
    assert str(number) in caplog.text
    assert "teatret.example" not in caplog.text
    assert taken(app, returned(server, back)) == "again"


@pytest.mark.parametrize("server", [POSTFIX, EXCHANGE, EXIM])
@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.4.7"), ("delivered", "2.0.0")])
def test_what_may_arrive_yet_marks_nobody(
    app: Flask, sent: tuple[UUID, str], server: str, action: str, status: str
) -> None:
    assert taken(app, returned(server, sent[1], action, status)) == "delayed"
    assert refused(app) == {}


def test_a_policy_against_us_is_not_the_address(app: Flask, sent: tuple[UUID, str]) -> None:
    assert taken(app, returned(EXCHANGE, sent[1], status="5.7.133")) == "policy"
    assert refused(app) == {}


@pytest.mark.parametrize(
    ("message", "verdict"),
    [(OUT_OF_OFFICE, "auto_reply"), (BY_HAND, "something_else"), (READ_RECEIPT, "something_else")],
)
def test_what_people_and_their_programs_answer_is_let_be(
    app: Flask, sent: tuple[UUID, str], message: str, verdict: str
) -> None:
    assert taken(app, returned(message, sent[1])) == verdict
    assert refused(app) == {}


def test_nobody_makes_up_that_a_letter_was_refused(app: Flask, sent: tuple[UUID, str]) -> None:
    number, back = sent
    local, _, domain = back.partition("@")
    turned = local[:-1] + ("a" if local[-1] != "a" else "b")
    with app.app_context():
        other = str(comes_back_to(UUID(int=number.int ^ 1), app.config))
    grafted = f"{other.partition('-')[0]}-{local.rpartition('-')[2]}"

    for address in (f"{turned}@{domain}", f"{grafted}@{domain}"):
        assert taken(app, returned(POSTFIX, address)) == "forged"
    for address in (BACK, f"{local}@elsewhere.example", f"x{back}", f"{back}.evil.example", "nobody@kurs.example.no"):
        assert taken(app, returned(POSTFIX, address)) == "unknown"
    assert taken(app, returned(POSTFIX, other)) == "unknown", "signed, and no letter of ours"
    assert refused(app) == {}


def test_a_server_may_say_itself_where_it_was_sent(app: Flask, sent: tuple[UUID, str]) -> None:
    assert taken(app, returned(EXIM, "undisclosed@recipients.example"), to=sent[1]) == "refused"


def test_a_letter_whose_reader_is_forgotten_marks_nobody(app: Flask, sent: tuple[UUID, str]) -> None:
    with app.app_context(), one_transaction():
        session.get_one(OutboxMail, sent[0]).recipient = None

    assert taken(app, returned(POSTFIX, sent[1])) == "unknown"


def test_an_address_of_several_people_is_refused_when_all_of_them_are(app: Flask, sent: tuple[UUID, str]) -> None:
    one = "Final-Recipient: rfc822; kari@teatret.example"
    other = "Final-Recipient: rfc822; ola@teatret.example\nAction: {action}\nStatus: {status}\n\n" + one
    both = POSTFIX.replace(one, other.format(action="delivered", status="2.1.5"))
    assert taken(app, returned(both, sent[1])) == "delayed"
    both = POSTFIX.replace(one, other.format(action="failed", status="5.1.1"))
    assert taken(app, returned(both, sent[1])) == "refused"


@pytest.mark.parametrize(
    "spoilt",
    [
        POSTFIX.replace("Status: {status}", "Status: bad"),
        POSTFIX.replace("Content-Type: message/delivery-status", "Content-Type: text/plain"),
        POSTFIX.replace("Action: {action}", "X-Action: none"),
        EXIM.partition("--1795768263-eximdsn-1804289383\nContent-type: message/delivery")[0],
        POSTFIX.replace('boundary="9B3A21C0A4.1795768262/mx.example.no"', "boundary="),
    ],
)
def test_a_report_that_cannot_be_read_marks_nobody(app: Flask, sent: tuple[UUID, str], spoilt: str) -> None:
    assert taken(app, returned(spoilt, sent[1])) == "malformed"
    assert refused(app) == {}


def test_parts_within_parts_do_not_keep_the_worker(app: Flask, sent: tuple[UUID, str]) -> None:
    """Each line is held against each part it is within: this one took a minute, and the others waited for it."""
    within = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(99))
    lines = b"-\r\n" * 300_000
    assert taken(app, f"To: {sent[1]}\r\n".encode() + within + lines) == "malformed"
    assert taken(app, b"To: retur@kurs.example.no\r\n" + within + lines) == "unknown"


def test_a_report_before_a_long_letter_is_read_all_the_same(app: Flask, sent: tuple[UUID, str]) -> None:
    head, _, last = returned(POSTFIX, sent[1]).rpartition(b"--")
    assert taken(app, head.rpartition(b"--")[0] + b"x\r\n" * 100_000 + b"--" + last) == "refused"


def test_a_huge_message_is_not_even_read(app: Flask, sent: tuple[UUID, str]) -> None:
    assert taken(app, returned(POSTFIX, sent[1]) + b"x" * LARGEST) == "too_large"
    assert refused(app) == {}


@given(st.binary(max_size=400))
def test_anything_can_come(content: bytes) -> None:
    message = read_message(b"Content-Type: multipart/report; report-type=delivery-status\n" + content)
    with suppress(Malformed):
        read_report(message)


def test_the_worker_takes_in_what_lies_in_the_folder(app: Flask, sent: tuple[UUID, str], tmp_path: Path) -> None:
    new, cur = tmp_path / "returned" / "new", tmp_path / "returned" / "cur"
    (new / "1.bounce").write_bytes(returned(POSTFIX, sent[1]))
    (cur / "2.reply:2,S").write_bytes(returned(OUT_OF_OFFICE, sent[1]))
    (new / "3.strange").write_bytes(b"\xff\x00\n\n--")
    (tmp_path / "secret").write_text("not ours to read")
    (new / "4.link").symlink_to(tmp_path / "secret")

    for _time in range(2):
        run_duty(app)

    assert list(refused(app)) == [KARI]
    assert [file.name for file in (*new.iterdir(), *cur.iterdir())] == ["4.link"]


def test_a_message_is_not_lost_with_its_transaction(app: Flask, sent: tuple[UUID, str], tmp_path: Path) -> None:
    folder = tmp_path / "returned"
    (folder / "new" / "1").write_bytes(returned(POSTFIX, sent[1]))
    with app.app_context():
        assert take_in_folder(folder, app.config) == 1
        session.rollback()
    assert refused(app) == {}

    run_duty(app)
    assert list(refused(app)) == [KARI]


def test_many_wait_for_their_turn(app: Flask, theatre: Theatre, tmp_path: Path) -> None:
    for number in range(MOST_AT_ONCE + 5):
        (tmp_path / "returned" / "new" / f"{number:04}").write_bytes(b"Subject: hei\n\n")
    run_duty(app)
    assert len(list((tmp_path / "returned" / "new").iterdir())) == 5


def test_a_folder_that_is_not_there_is_seen_among_the_jobs(app: Flask, theatre: Theatre, tmp_path: Path) -> None:
    (tmp_path / "returned").rename(tmp_path / "away")
    with app.app_context(), pytest.raises(FileNotFoundError):
        take_in_folder(tmp_path / "returned", app.config)


def run_duty(app: Flask) -> None:
    with app.app_context(), one_transaction():
        duties["take in bounces"].act()


def test_it_is_a_job_of_the_worker(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        do_duties({name: now().replace(year=2100) for name in duties if name != "take in bounces"})


def test_a_server_that_takes_letters_proves_nothing_after_one_came_back(
    app: Flask, office: Postal, sent: tuple[UUID, str]
) -> None:
    taken(app, returned(POSTFIX, sent[1]))
    send(app, office)
    assert list(refused(app)) == [KARI]

    with app.app_context(), one_transaction():
        mark_undeliverable(KARI, "550 5.1.1 no")
        server_took_it(KARI)
    assert refused(app) == {}


def test_the_coordinator_sees_it_and_her_word_counts(
    app: Flask, mona: FlaskClient, theatre: Theatre, office: Postal
) -> None:
    with app.app_context(), one_transaction():
        invite_guest(theatre, "Nina Ny", KARI)
    _number, back = send(app, office)
    taken(app, returned(EXCHANGE, back))
    guests = mona.get(f"/organisations/{theatre.id}/invitations").text
    assert "RESOLVER.ADR.RecipNotFound" in guests
    assert "Kari Berg" not in guests

    with app.app_context(), one_transaction():
        believe_in(KARI)
    assert refused(app) == {}
    assert taken(app, returned(EXCHANGE, back)) == "again", "the same news once more does not overrule her"
    assert refused(app) == {}


def test_whoever_opens_a_letter_there_is_reached(
    app: Flask, anonymous: FlaskClient, theatre: Theatre, office: Postal
) -> None:
    confirm_address(app, theatre.people["kari"], KARI)
    address = link_by_mail(app, anonymous, KARI)
    with app.app_context(), one_transaction():
        mark_undeliverable(KARI, "550 5.1.1 no", told_later=True)

    assert anonymous.post(address).status_code == 303
    assert refused(app) == {}


def test_a_mail_server_pipes_one_message_in(app: Flask, sent: tuple[UUID, str]) -> None:
    assert pipe(app, returned(POSTFIX, sent[1])) == (0, "refused")
    assert pipe(app, b"Subject: hei\n\nhei") == (0, "unknown")
    assert list(refused(app)) == [KARI]


def test_a_database_that_is_gone_asks_the_server_to_try_again(app: Flask, sent: tuple[UUID, str]) -> None:
    status, _said = pipe(app, returned(POSTFIX, sent[1]), LMS_DATABASE_URL="sqlite:////nowhere/lms.db")
    assert status == 75
    assert pipe(app, b"", LMS_MAIL_BOUNCES="", LMS_MAIL_BOUNCES_FOLDER="")[0] == 75


def pipe(app: Flask, content: bytes, **other: str) -> tuple[int, str]:
    names = ("LMS_DATABASE_URL", "LMS_SECRET_KEY", "LMS_INSTANCE", "LMS_MAIL_BOUNCES", "LMS_MAIL_BOUNCES_FOLDER")
    settings = {**os.environ, **{name: str(app.config[name]) for name in names}, **other}
    done = subprocess.run(
        [sys.executable, "-c", "from lms.cli import main; main()", "mail", "bounces"],
        input=content,
        env=settings,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode().strip()


def test_without_an_address_letters_go_out_as_before(app: Flask, theatre: Theatre) -> None:
    with app.app_context():
        assert comes_back_to(UUID(int=1), {"LMS_MAIL_BOUNCES": ""}) is None
        assert letter_meant([BACK], {"LMS_MAIL_BOUNCES": ""}) is None


@pytest.mark.parametrize("address", ["retur", "retur+x@kurs.example.no", f"{'r' * 21}@kurs.example.no", "a b@c.no"])
def test_an_address_that_leaves_no_room_stops_the_start(address: str) -> None:
    with pytest.raises(SettingsError, match="LMS_MAIL_BOUNCES"):
        check_bounces({**DEFAULTS, "LMS_MAIL_BOUNCES": address})
    with pytest.raises(SettingsError, match="LMS_MAIL_BOUNCES"):
        check_bounces({**DEFAULTS, "LMS_MAIL_BOUNCES_FOLDER": "/srv/returned"})


def test_what_is_signed_by_another_house_is_forged(app: Flask, open_app: Callable[..., Flask], tmp_path: Path) -> None:
    with app.app_context():
        back = str(comes_back_to(UUID(int=7), app.config))
    other = open_app(f"sqlite:///{tmp_path / 'other.db'}", LMS_SECRET_KEY="another house " * 3, LMS_MAIL_BOUNCES=BACK)
    with other.app_context(), pytest.raises(ForgedAddress):
        letter_meant([back], other.config)
