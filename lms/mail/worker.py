"""The worker: takes what is due from the outbox and sends it, and survives being killed at any moment.

Claim, send and acknowledge are three steps, and no transaction is open while we send. Dying before sending
costs a wait until the lease has run out; dying after it costs one duplicate under the same Message-ID; nothing
costs the message.
"""

import logging
import signal
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, current_app
from sqlalchemy import select

from lms.database import now, one_transaction, session
from lms.logs import log_trouble
from lms.mail.bounces.taking_in import take_in_folder
from lms.mail.duties import do_duties, duty
from lms.mail.letters import DelayedError, MailServer, RefusedError, UnreachableError
from lms.mail.models import OutboxMail, forget_sent, mail_due
from lms.mail.undeliverable import mark_undeliverable, server_took_it

log = logging.getLogger("lms.mail")

LEASE = timedelta(minutes=5)
BATCH = 20
PAUSE = 1.0  # seconds between two looks into an empty outbox
SERVER_REST = timedelta(seconds=30)
REMEMBER = timedelta(days=30)


def run_until_told(app: Flask) -> None:
    """Work until SIGTERM or SIGINT, then finish the message in hand and return."""
    stop = Event()

    def told(number: int, frame: object) -> None:
        # In a thread: the main thread may hold the event's own lock just now, and would wait for itself.
        Thread(target=stop.set).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    run_worker(app, stop)


def run_worker(app: Flask, stop: Event) -> None:
    """Send what is due and do the other rooms' duties, round after round; no trouble ends it but `stop`."""
    if not app.config.get("LMS_SMTP_HOST"):
        log.warning("LMS_SMTP_HOST is not set: mail stays in the outbox")
    not_before: dict[str, datetime] = {}
    while not stop.is_set():
        sent = 0
        with app.app_context():
            try:
                sent = deliver_due(app.config, stop)
            except Exception as error:
                log_trouble(log, "a round of mail failed", error)
            if not stop.is_set():
                do_duties(not_before)
        if not sent:
            stop.wait(PAUSE)


def deliver_due(config: Mapping[str, Any], stop: Event | None = None) -> int:
    """Claim one batch, send it, and say how many were sent; needs an application context."""
    if not config.get("LMS_SMTP_HOST"):
        return 0
    claimant, begun = uuid4(), now()
    sent = 0
    with MailServer(config) as server:
        for mail in claim(claimant, begun):
            # Past half of the lease we might still be sending when another worker may begin to.
            if (stop is not None and stop.is_set()) or now() > begun + LEASE / 2:
                break
            try:
                sent += deliver(mail, server, claimant)
            except UnreachableError as error:
                log.warning("the mail server is unreachable: %s", error)
                put_off_batch(claimant, str(error))
                break
    release_batch(claimant)
    return sent


def claim(claimant: UUID, moment: datetime) -> list[OutboxMail]:
    """Take a batch in one short transaction, so that nobody waits for us while we talk to a mail server."""
    with one_transaction():
        due = mail_due(moment, BATCH)
        batch = [mail for mail in due if not mail.is_old_news(moment)]
        for mail in batch:
            mail.claim(claimant, moment + LEASE)
        for mail in due:
            if mail.is_old_news(moment):
                mail.give_up(moment, "too late")
    return batch


def deliver(mail: OutboxMail, server: MailServer, claimant: UUID) -> bool:
    """Send one message and write down at once what became of it; say whether it went out."""
    try:
        server.send(mail)
    except RefusedError as refusal:
        log.warning("mail %s was refused for good: %s", mail.id, refusal)
        refuse(mail.id, claimant, refusal)
    except DelayedError as delay:
        log.info("mail %s is delayed: %s", mail.id, delay)
        fail(mail.id, claimant, str(delay))
    else:
        acknowledge(mail.id)
        return True
    return False


def acknowledge(number: UUID) -> None:
    """Write down that it went out: true even if the lease has gone to somebody else meanwhile."""
    with one_transaction():
        if mail := locked(number):
            mail.acknowledge(now())
            server_took_it(mail.recipient or "")


def fail(number: UUID, claimant: UUID, reason: str) -> None:
    """Write down that it did not go out, unless it is another worker's by now."""
    with one_transaction():
        if (mail := still_ours(number, claimant)) is not None:
            mail.fail(now(), reason)


def refuse(number: UUID, claimant: UUID, refusal: RefusedError) -> None:
    """Write down that it never will, and whether that is the address's fault."""
    with one_transaction():
        if (mail := still_ours(number, claimant)) is not None:
            mail.give_up(now(), str(refusal))
            if refusal.said and mail.recipient:
                mark_undeliverable(mail.recipient, refusal.said)


def still_ours(number: UUID, claimant: UUID) -> OutboxMail | None:
    """The message, unless its lease has run out and another worker has it."""
    mail = locked(number)
    return mail if mail is not None and mail.claimed_by == claimant else None


def locked(number: UUID) -> OutboxMail | None:
    """The message as it is now, or None if its person was erased meanwhile."""
    return session.get(OutboxMail, number, populate_existing=True, with_for_update=True)


def put_off_batch(claimant: UUID, reason: str) -> None:
    """Give the mail server a rest."""
    with one_transaction():
        for mail in claimed_by(claimant):
            mail.put_off(now() + SERVER_REST, reason)


def release_batch(claimant: UUID) -> None:
    """Let others have at once what we will not send."""
    with one_transaction():
        for mail in claimed_by(claimant):
            mail.release()


def claimed_by(claimant: UUID) -> list[OutboxMail]:
    """What a worker still holds."""
    mine = select(OutboxMail).where(OutboxMail.claimed_by == claimant).with_for_update()
    return list(session.scalars(mine.execution_options(populate_existing=True)))


@duty("forget sent mail", every_seconds=3600)
def forget_old_mail() -> None:
    """Thirty days after a message was sent, nobody needs to know to whom."""
    forget_sent(now() - REMEMBER)


@duty("take in bounces", every_seconds=60)
def take_in_what_came_back() -> int:
    """Letters that were refused after they had been taken, where a folder of the settings holds what came back."""
    folder = current_app.config.get("LMS_MAIL_BOUNCES_FOLDER")
    return take_in_folder(Path(folder), current_app.config) if folder else 0


@duty("deliver mail", every_seconds=60)
def say_that_somebody_works() -> None:
    """Mail itself goes out every second; this is how the panel of jobs knows that there is a worker at all."""
