"""How a queued message becomes a letter, and the mail server that takes it."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any, Self

from lms.mail.models import OutboxMail

PATIENCE = 20.0  # seconds for each answer of the mail server


class UnreachableError(Exception):
    """The mail server doesn't answer or let us in, or we have no sender: no message is to blame."""


class RefusedError(Exception):
    """The message can never be delivered."""


class DelayedError(Exception):
    """The message could not be delivered this time."""


class MailServer:
    """One conversation with the SMTP server of the settings; dialled when the first letter is there."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.line: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.hang_up()

    def send(self, mail: OutboxMail) -> None:
        """Return when the server has taken the letter; after any other end the line is closed."""
        sender = sender_in(self.config)
        try:
            letter = compose(mail, sender)
        except Exception as error:
            # Strange addresses raise nearly anything in the standard library, and one that got through would
            # stop the queue behind it.
            raise RefusedError(f"not a letter we can write: {type(error).__name__}") from None
        line = self.line or self.dial()
        try:
            line.send_message(letter)
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise judged(error) from None

    def dial(self) -> smtplib.SMTP:
        """Connect, encrypt and sign in, as far as the settings ask for it."""
        host = str(self.config["LMS_SMTP_HOST"])
        port = int(self.config.get("LMS_SMTP_PORT") or 25)
        encrypted = bool(self.config.get("LMS_SMTP_TLS"))
        try:
            if encrypted and port == smtplib.SMTP_SSL_PORT:
                trusted = ssl.create_default_context()
                self.line = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusted)
            else:
                self.line = smtplib.SMTP(host, port, timeout=PATIENCE)
                if encrypted:
                    self.line.starttls(context=ssl.create_default_context())
            if user := self.config.get("LMS_SMTP_USER"):
                self.line.login(str(user), str(self.config.get("LMS_SMTP_PASSWORD") or ""))
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise UnreachableError(in_short(error)) from None
        return self.line

    def hang_up(self) -> None:
        """Say goodbye and close the line."""
        if self.line is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.line.quit()
        self.drop()

    def drop(self) -> None:
        """Close the line without a word: a server that just failed us would let us wait for its goodbye."""
        if self.line is not None:
            self.line.close()
            self.line = None


def sender_in(config: Mapping[str, Any]) -> str:
    """Who our mail comes from; a wrong setting must not cost any message its life."""
    sender = str(config.get("LMS_MAIL_FROM") or "noreply@localhost").strip()
    if "@" not in parseaddr(sender)[1]:
        raise UnreachableError("LMS_MAIL_FROM is not an address")
    return sender


def compose(mail: OutboxMail, sender: str) -> EmailMessage:
    """The letter; composing it twice gives the same letter, so that a duplicate is recognised."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    # As an Address, never as text: «a@b, c@d» would be two recipients.
    name, _, domain = (mail.recipient or "").rpartition("@")
    letter["To"] = Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")
    letter["Subject"] = mail.subject or ""
    letter["Date"] = mail.queued_at
    letter["Message-ID"] = mail.message_id
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail.body or "", cte="quoted-printable")
    letter["Content-Language"] = mail.language  # after the text, which clears every Content-… before it
    return letter


def judged(error: Exception) -> RefusedError | DelayedError:
    """Whether trying again can help."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return RefusedError(in_short(error))
    # A refused sender is the fault of our settings, which can be mended: only recipient and text are final.
    final = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    if final and 500 <= code_of(error) < 600:
        return RefusedError(in_short(error))
    return DelayedError(in_short(error))


def in_short(error: Exception) -> str:
    """The kind of error and the server's number; never its words, since servers repeat addresses."""
    code = code_of(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def code_of(error: Exception) -> int:
    """The server's number, or 0 when it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((int(code) for code, _ in error.recipients.values()), default=0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0
