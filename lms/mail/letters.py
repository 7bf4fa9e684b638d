"""How a queued message becomes a letter, and the mail server that takes it."""

import hashlib
import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import Any, Self

from lms.mail.bounces.envelopes import comes_back_to
from lms.mail.dress import as_html
from lms.mail.models import OutboxMail
from lms.mail.undeliverable import in_plain_words

STOP_HEADER = "List-Unsubscribe"
METHOD = re.compile(r"^METHOD:(\w+)\r?$", re.MULTILINE)
PATIENCE = 20.0  # seconds for each answer of the mail server


class UnreachableError(Exception):
    """The mail server doesn't answer or let us in, or we have no sender: no message is to blame."""


class RefusedError(Exception):
    """The message can never be delivered; `said` is the server's answer where it refused the address."""

    def __init__(self, reason: str, said: str = ""):
        super().__init__(reason)
        self.said = said


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
            line.send_message(letter, from_addr=comes_back_to(mail.id, self.config))
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


class OnOneLine(EmailPolicy):
    """The usual rules for headers, but a link is never broken nor encoded: no mail program would press it then."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as it goes out."""
        if name == STOP_HEADER:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


def sender_in(config: Mapping[str, Any]) -> str:
    """Who our mail comes from; a wrong setting must not cost any message its life."""
    sender = str(config.get("LMS_MAIL_FROM") or "noreply@localhost").strip()
    if "@" not in parseaddr(sender)[1]:
        raise UnreachableError("LMS_MAIL_FROM is not an address")
    return sender


def compose(mail: OutboxMail, sender: str) -> EmailMessage:
    """The letter; composing it twice gives the same letter, so that a duplicate is recognised."""
    letter = EmailMessage(policy=OnOneLine(linesep="\r\n"))
    letter["From"] = sender
    # As an Address, never as text: «a@b, c@d» would be two recipients.
    name, _, domain = (mail.recipient or "").rpartition("@")
    letter["To"] = Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")
    letter["Subject"] = mail.subject or ""
    letter["Date"] = mail.queued_at
    letter["Message-ID"] = mail.message_id
    letter["Auto-Submitted"] = "auto-generated"
    if mail.stop_address and mail.stop_address.isascii():
        letter[STOP_HEADER] = f"<{mail.stop_address}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter.set_content(mail.body or "", cte="quoted-printable")
    letter.add_alternative(as_html(mail.body or "", mail.language), subtype="html", cte="quoted-printable")
    if mail.calendar:
        _invite(letter, mail.calendar)
    letter.set_boundary(hashlib.sha256(mail.message_id.encode()).hexdigest()[:40])
    letter["Content-Language"] = mail.language  # after the text, which clears every Content-… before it
    return letter


def _invite(letter: EmailMessage, calendar: str) -> None:
    """Put an invitation beside the text, where mail programs look for it (RFC 6047): last, with its method."""
    method = METHOD.search(calendar)
    said = {"charset": "utf-8", "component": "VEVENT", **({"method": method[1]} if method else {})}
    letter.add_alternative(calendar.encode(), "text", "calendar", params=said)


def judged(error: Exception) -> RefusedError | DelayedError:
    """Whether trying again can help."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return RefusedError(in_short(error))
    # A refused sender is the fault of our settings, which can be mended: only recipient and text are final.
    final = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    if final and 500 <= code_of(error) < 600:
        return RefusedError(in_short(error), said_about_the_address(error))
    return DelayedError(in_short(error))


def in_short(error: Exception) -> str:
    """The kind of error and the server's number; never its words, since servers repeat addresses."""
    code = code_of(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def said_about_the_address(error: Exception) -> str:
    """What the server answered when it refused the recipient; empty when it objected to something else."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return ""
    return " ".join(f"{code} {in_plain_words(said)}" for code, said in error.recipients.values())


def code_of(error: Exception) -> int:
    """The server's number, or 0 when it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((int(code) for code, _ in error.recipients.values()), default=0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0
