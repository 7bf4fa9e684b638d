"""The outbox: what is to be sent, what was sent, and what could not be."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import CheckConstraint, ColumnElement, Index, Text, case, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.mail.hours import is_by_day

MAX_ATTEMPTS = 12
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
UNSENT = text("sent_at IS NULL AND gave_up_at IS NULL")


class OutboxMail(Model):
    """A message that waits for the worker and then stays, emptied, as the trace that it went out."""

    __tablename__ = "lms_outbox_mail"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR gave_up_at IS NULL", name="one_end"),
        CheckConstraint(
            "sent_at IS NOT NULL OR gave_up_at IS NOT NULL OR (recipient IS NOT NULL AND body IS NOT NULL)",
            name="unsent_is_whole",
        ),
        # The worker asks every second; it must never have to read past what went out long ago.
        Index("ix_lms_outbox_mail_unsent", "queued_at", sqlite_where=UNSENT, postgresql_where=UNSENT),
    )
    privacy = Privacy(
        purpose="To bring what a person needs to take part: sign-in links, invitations and reminders.",
        retention="The text is emptied when the message is sent; address and subject 30 days later.",
        person="recipient",
        export=("recipient", "subject", "language", "queued_at", "sent_at"),
        erase="delete",
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    # No foreign key: a message may outlive its organisation, and sending needs no tenant.
    organisation_id: Mapped[UUID | None]
    recipient: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(Text)
    queued_at: Mapped[datetime]
    send_after: Mapped[datetime | None]
    claimed_by: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    came_back_at: Mapped[datetime | None]  # it had been taken, and a server said later that it is refused for good
    # What nobody asked for comes by day, is not sent when it has become old news, and can be stopped by one press.
    by_day: Mapped[bool] = mapped_column(default=False)
    useless_after: Mapped[datetime | None]
    stop_address: Mapped[str | None] = mapped_column(Text)
    # An invitation as calendars read it (iCalendar, with its METHOD); emptied with the text.
    calendar: Mapped[str | None] = mapped_column(Text)

    @property
    def is_waiting(self) -> bool:
        """Neither sent nor given up."""
        return self.sent_at is None and self.gave_up_at is None

    def is_old_news(self, moment: datetime) -> bool:
        """Whether it would say by now what is no longer so."""
        return self.useless_after is not None and self.useless_after <= moment

    def claim(self, claimant: UUID, until: datetime) -> None:
        """Keep other workers away from it for a while."""
        self.claimed_by, self.claimed_until = claimant, until

    def release(self) -> None:
        """Let any worker take it."""
        self.claimed_by = self.claimed_until = None

    def acknowledge(self, moment: datetime) -> None:
        """It went out. Its text may hold a sign-in link, so the text goes at once."""
        self.sent_at, self.gave_up_at = moment, None
        self.body = self.stop_address = self.calendar = self.last_error = None
        self.release()

    def put_off(self, until: datetime, reason: str) -> None:
        """Try again later for a reason that is not the message's own; it costs no attempt."""
        self.send_after, self.last_error = until, reason
        self.release()

    def fail(self, moment: datetime, reason: str) -> None:
        """Try again, each time after twice as long, until it has been tried often enough."""
        self.attempts += 1
        if self.attempts >= MAX_ATTEMPTS:
            self.give_up(moment, reason)
        else:
            self.put_off(moment + min(FIRST_WAIT * 2 ** (self.attempts - 1), LONGEST_WAIT), reason)

    def give_up(self, moment: datetime, reason: str) -> None:
        """Never try again."""
        self.gave_up_at, self.last_error = moment, reason
        self.body = self.stop_address = self.calendar = None
        self.release()


def queue_mail(
    to: str,
    subject: str,
    body: str,
    language: str,
    organisation_id: UUID | None = None,
    *,
    send_after: datetime | None = None,
    by_day: bool = False,
    useless_after: datetime | None = None,
    stop_address: str | None = None,
    calendar: str | None = None,
) -> OutboxMail:
    """Put a message into the outbox, in the transaction of what caused it: both happen or neither.

    What nobody asked for waits for the day (`by_day`), is given up when it has not gone out by `useless_after`, and
    carries the `stop_address` at which one press ends such letters (RFC 8058).
    """
    number = new_id()
    mail = OutboxMail(
        id=number,
        organisation_id=organisation_id,
        recipient=to,
        # A line break in a subject would begin a header of the writer's choice.
        subject=" ".join(subject.split()),
        body=body,
        language=language,
        # Fixed here and not when sending: a worker may die between sending and writing it down, and then the
        # second copy is recognised as the same message.
        message_id=f"<{number.hex}@{_our_domain()}>",
        queued_at=now(),
        send_after=send_after,
        by_day=by_day,
        useless_after=useless_after,
        stop_address=stop_address,
        calendar=calendar,
    )
    session.add(mail)
    return mail


def _our_domain() -> str:
    sender = str(current_app.config.get("LMS_MAIL_FROM") or "")
    return sender.rpartition("@")[2].strip(" >") or "localhost"


def mail_due(moment: datetime, many: int) -> list[OutboxMail]:
    """The oldest messages that may be sent now, locked, so that two workers never take the same."""
    due = (
        select(OutboxMail)
        .where(
            UNSENT,
            or_(OutboxMail.send_after.is_(None), OutboxMail.send_after <= moment),
            or_(OutboxMail.claimed_until.is_(None), OutboxMail.claimed_until <= moment),
            *_at_this_hour(moment),
        )
        .order_by(OutboxMail.queued_at)
        .limit(many)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(due))


def _at_this_hour(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Asked when it is taken from the outbox and not when it is put there: a slow server may take until the night."""
    return () if is_by_day(moment) else (OutboxMail.by_day.is_(False),)


def waiting_mail(moment: datetime) -> tuple[int, datetime | None]:
    """How many messages are due or have been tried in vain, and since when the first of them has been due."""
    is_due = or_(OutboxMail.send_after.is_(None), OutboxMail.send_after <= moment)
    was_tried = OutboxMail.last_error.is_not(None)
    # Once it has been tried, `send_after` says when to try again, and no longer when it was due.
    was_due = func.coalesce(case((was_tried, None), else_=OutboxMail.send_after), OutboxMail.queued_at)
    waiting = select(func.count(), func.min(was_due)).where(UNSENT, or_(is_due, was_tried), *_at_this_hour(moment))
    count, since = session.execute(waiting).one()
    return count, since


def mail_lately(since: datetime) -> tuple[int, int]:
    """How many messages have been sent, and how many given up, since the moment."""
    sent = select(func.count()).where(OutboxMail.sent_at > since)
    given_up = select(func.count()).where(OutboxMail.gave_up_at > since, OutboxMail.last_error != "")
    both = session.execute(select(sent.scalar_subquery(), given_up.scalar_subquery())).one()
    return both[0], both[1]


def forget_sent(before: datetime) -> int:
    """Forget to whom and about what was written, for messages that ended before the moment; say how many."""
    forgotten = session.execute(
        update(OutboxMail)
        .where(
            or_(OutboxMail.sent_at < before, OutboxMail.gave_up_at < before),
            or_(OutboxMail.recipient.is_not(None), OutboxMail.subject.is_not(None)),
        )
        .values(recipient=None, subject=None)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(forgotten, "rowcount", 0))
