"""A queued message reaches its reader once, and what cannot be delivered comes to an end."""

import os
import signal
import ssl
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select

from lms.database import Model, engine, now, one_transaction, session
from lms.mail import worker
from lms.mail.duties import duties, duty
from lms.mail.mailbox import receiving
from lms.mail.models import MAX_ATTEMPTS, OutboxMail, forget_sent, queue_mail
from lms.mail.worker import deliver_due, run_worker
from tests.killed_worker import outbox_app
from tests.post_office import Office

ROOT = Path(__file__).parent.parent
TABLES = ("lms_outbox_mail", "lms_duty_done", "lms_undeliverable_address")
SECRET = "https://balanse.example.no/sign-in/nobody-else-may-read-this"


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def port(office: Office) -> Iterator[int]:
    with receiving(office) as open_port:
        yield open_port


@pytest.fixture
def app(empty_database_url: str, port: int) -> Iterator[Flask]:
    app = outbox_app(empty_database_url, port)
    with app.app_context():
        tables = [Model.metadata.tables[name] for name in TABLES]
        Model.metadata.create_all(engine(), tables=tables)
        yield app
        session.remove()
        engine().dispose()


def queued(to: str = "kari@example.no", **more: Any) -> OutboxMail:
    with one_transaction():
        return queue_mail(to, "Påminnelse: kurset ditt", f"Hei, Kari!\n\n{SECRET}\n", "nb", **more)


def again(mail: OutboxMail) -> OutboxMail:
    with one_transaction():
        found = session.get(OutboxMail, mail.id, populate_existing=True)
    assert found is not None
    return found


def due_now(mail: OutboxMail) -> None:
    with one_transaction():
        session.merge(mail).send_after = None


def test_a_queued_message_arrives_and_its_text_is_forgotten(app: Flask, office: Office) -> None:
    mail = queued(organisation_id=uuid4())

    assert deliver_due(app.config) == 1
    assert deliver_due(app.config) == 0

    (letter,) = office.took
    assert (letter["To"], letter["From"]) == ("kari@example.no", "Balanse <balanse@example.no>")
    assert (letter["Subject"], letter["Content-Language"]) == ("Påminnelse: kurset ditt", "nb")
    assert letter["Message-ID"] == mail.message_id
    assert letter["Message-ID"].endswith("@example.no>")
    assert [SECRET in letter.get_body((kind,)).get_content() for kind in ("plain", "html")] == [True, True]
    sent = again(mail)
    assert (sent.body, sent.claimed_by, sent.attempts) == (None, None, 0)
    assert sent.sent_at is not None


def test_what_is_rolled_back_is_never_sent(app: Flask, office: Office) -> None:
    queue_mail("kari@example.no", "Velkommen", "Hei", "nb")
    session.flush()
    session.rollback()

    assert deliver_due(app.config) == 0
    assert office.took == []


def test_a_message_for_later_waits(app: Flask, office: Office) -> None:
    mail = queued(send_after=now() + timedelta(hours=1))
    assert deliver_due(app.config) == 0

    due_now(mail)
    assert deliver_due(app.config) == 1


def test_thirty_days_later_nobody_knows_to_whom(app: Flask) -> None:
    mail = queued()
    deliver_due(app.config)

    with one_transaction():
        assert forget_sent(now() - timedelta(minutes=1)) == 0
        assert forget_sent(now() + timedelta(minutes=1)) == 1
        assert forget_sent(now() + timedelta(minutes=1)) == 0

    forgotten = again(mail)
    assert (forgotten.recipient, forgotten.subject, forgotten.body) == (None, None, None)
    assert forgotten.sent_at is not None


@pytest.mark.parametrize(("to_recipient", "to_letter"), [("550 No such user", "250 OK"), ("250 OK", "554 No")])
def test_a_refusal_is_final_and_the_log_names_nobody(
    app: Flask, office: Office, to_recipient: str, to_letter: str, caplog: pytest.LogCaptureFixture
) -> None:
    office.to_recipient, office.to_letter = f"{to_recipient} <kari@example.no>", to_letter
    refused, other = queued(), queued("ola@example.no")

    assert deliver_due(app.config) == 0

    for mail in (again(refused), again(other)):
        assert mail.gave_up_at is not None
        assert mail.body is None
        assert mail.last_error is not None
        assert "55" in mail.last_error
        assert "@" not in mail.last_error
    assert "@" not in caplog.text


def test_one_refused_recipient_does_not_hold_up_the_others(app: Flask, office: Office) -> None:
    queued("not an address")
    queued("kari@example.no, ola@example.no")
    queued("mona@example.no")

    assert deliver_due(app.config) == 1
    assert [letter["To"] for letter in office.took] == ["mona@example.no"]


def test_a_delay_waits_twice_as_long_each_time_and_then_ends(app: Flask, office: Office) -> None:
    office.to_recipient = "451 Try again later"
    mail, waits = queued(), []
    for _ in range(MAX_ATTEMPTS):
        begun = now()
        assert deliver_due(app.config) == 0
        mail = again(mail)
        if mail.send_after is not None:
            waits.append(round((mail.send_after - begun).total_seconds() / 60))
        due_now(mail)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]
    assert mail.gave_up_at is not None
    assert mail.attempts == MAX_ATTEMPTS
    assert not mail.is_waiting


def test_after_a_delay_it_arrives(app: Flask, office: Office) -> None:
    office.to_letter = "452 Full"
    mail = queued()
    deliver_due(app.config)
    assert deliver_due(app.config) == 0, "it has to wait first"

    office.to_letter = "250 OK"
    due_now(again(mail))
    assert deliver_due(app.config) == 1
    assert again(mail).last_error is None


def test_a_silent_server_costs_no_message_an_attempt(app: Flask, office: Office, port: int) -> None:
    mails = [queued(), queued()]
    with receiving(office) as closed_port:
        pass
    app.config["LMS_SMTP_PORT"] = closed_port

    assert deliver_due(app.config) == 0

    for mail in map(again, mails):
        assert (mail.attempts, mail.claimed_by, mail.last_error) == (0, None, "ConnectionRefusedError")
        assert mail.send_after is not None
        due_now(mail)
    app.config.update(LMS_SMTP_PORT=port, LMS_MAIL_FROM="not an address")
    assert deliver_due(app.config) == 0
    for mail in map(again, mails):
        assert (mail.attempts, mail.last_error) == (0, "LMS_MAIL_FROM is not an address")
        due_now(mail)
    app.config["LMS_MAIL_FROM"] = "balanse@example.no"
    assert deliver_due(app.config) == 2


def test_a_lost_lease_goes_to_another_worker(app: Flask, office: Office) -> None:
    mail = queued()
    first = worker.claim(uuid4(), now() - worker.LEASE - timedelta(seconds=1))
    assert [each.id for each in first] == [mail.id]
    second = uuid4()
    assert [each.id for each in worker.claim(second, now())] == [mail.id]
    assert worker.claim(uuid4(), now()) == [], "the second lease still holds"

    worker.fail(mail.id, uuid4(), "too late to say so")
    assert again(mail).claimed_by == second
    worker.acknowledge(mail.id)
    assert not again(mail).is_waiting


def test_a_person_erased_while_we_send_stays_erased(app: Flask, office: Office) -> None:
    mail = queued()
    (claimed,) = worker.claim(uuid4(), now())
    with one_transaction():
        session.delete(claimed)

    worker.acknowledge(mail.id)
    with one_transaction():
        assert session.scalars(select(OutboxMail)).all() == []


def test_a_subject_cannot_begin_a_header(app: Flask, office: Office) -> None:
    with one_transaction():
        queue_mail("kari@example.no", "Hei\r\nBcc: everybody@example.no", "Hei", "nb")

    deliver_due(app.config)
    (letter,) = office.took
    assert letter["Subject"] == "Hei Bcc: everybody@example.no"
    assert letter["Bcc"] is None


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "public.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "private.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "public.pem", folder / "private.pem")
    return folder / "public.pem", context


def test_password_and_letter_travel_encrypted(
    app: Flask, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, context = certificate(tmp_path)

    def known(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        right = (login.login, login.password) == (b"balanse", b"correct horse")
        return AuthResult(success=right, handled=False)

    with receiving(office, tls_context=context, require_starttls=True, auth_required=True, authenticator=known) as port:
        app.config.update(LMS_SMTP_PORT=port, LMS_SMTP_TLS=True, LMS_SMTP_USER="balanse")
        app.config["LMS_SMTP_PASSWORD"] = "correct horse"
        mail = queued()
        assert deliver_due(app.config) == 0
        assert again(mail).last_error == "SSLCertVerificationError", "nobody vouches for this server yet"

        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        app.config["LMS_SMTP_PASSWORD"] = "wrong"
        due_now(again(mail))
        assert deliver_due(app.config) == 0
        assert again(mail).last_error == "SMTPAuthenticationError 535"

        app.config["LMS_SMTP_PASSWORD"] = "correct horse"
        due_now(again(mail))
        assert deliver_due(app.config) == 1


@pytest.fixture
def no_duties(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(duties):
        monkeypatch.delitem(duties, name)


@pytest.mark.usefixtures("no_duties")
def test_a_failing_duty_stops_neither_mail_nor_the_other_duties(
    app: Flask, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    stop = Event()

    @duty("fails", every_seconds=3600)
    def fails() -> None:
        queue_mail("never@example.no", "Never", "This is rolled back.", "nb")
        raise RuntimeError("@".join(("kari", "example.no")))

    @duty("reminds", every_seconds=3600)
    def reminds() -> None:
        queue_mail("kari@example.no", "Påminnelse", "Hei", "nb")

    @duty("stops", every_seconds=0)
    def stops() -> None:
        if office.took:
            stop.set()

    try:
        run_worker(app, stop)
        stop.clear()
        run_worker(app, stop)  # another worker, within the hour
    finally:
        for name in ("fails", "reminds", "stops"):
            duties.pop(name)
    assert [letter["To"] for letter in office.took] == ["kari@example.no"]
    assert "the duty “fails” failed: RuntimeError" in caplog.text
    assert "kari@example.no" not in caplog.text


@pytest.mark.usefixtures("no_duties")
def test_two_duties_never_share_a_name() -> None:
    try:
        duty("reminds", every_seconds=60)(lambda: None)
        with pytest.raises(ValueError, match="two duties"):
            duty("reminds", every_seconds=60)(lambda: None)
    finally:
        duties.pop("reminds")


def test_told_to_stop_the_worker_finishes_the_letter_in_hand(
    app: Flask, office: Office, empty_database_url: str, port: int, tmp_path: Path
) -> None:
    first, second = queued(), queued("ola@example.no")
    script = """
        import sys
        from lms.mail import letters, worker
        from tests.killed_worker import before, outbox_app
        before(letters.MailServer, "send", lambda: (print("sending", flush=True), sys.stdin.readline()))
        worker.run_until_told(outbox_app(sys.argv[1], int(sys.argv[2])))
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), empty_database_url, str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "sending\n"
        process.send_signal(signal.SIGTERM)
        process.stdin.write("go on\n")
        process.stdin.close()
        assert process.wait(20) == 0

    assert len(office.took) == 1
    assert not again(first).is_waiting
    assert again(second).is_waiting
    assert again(second).claimed_by is None, "another worker may take it at once"
