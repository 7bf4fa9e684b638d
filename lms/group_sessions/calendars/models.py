"""What calendars have been told: the last letter to each person about each session, and the feeds they ask for."""

import secrets
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session, upsert
from lms.people.models import Person, digest

Kind = Literal["mine", "led"]
KINDS: tuple[Kind, ...] = ("mine", "led")


class CalendarLetter(Model):
    """The last invitation, change or cancellation that somebody was sent about a session."""

    __tablename__ = "lms_calendar_letter"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who has been told when the session is, and must be told when it moves.",
        retention="As long as the session; until she erases herself.",
        person="person_id",
        export=("organisation_id", "group_session_id", "queued_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), index=True, primary_key=True)
    sequence: Mapped[int]  # of the session, when she was told
    said: Mapped[int]  # to her: rises with each letter, also when only she comes or goes
    cancels: Mapped[bool]
    mail_id: Mapped[UUID]  # no foreign key: the letter is forgotten long before
    queued_at: Mapped[datetime]


class CalendarFeed(Model):
    """An address that a calendar program asks for the person's sessions (`mine`), or for those she leads (`led`).

    The address is all that is asked for, so only its digest is kept, and whoever has lost it makes a new one.
    """

    __tablename__ = "lms_calendar_feed"
    __table_args__ = (CheckConstraint("kind IN ('mine', 'led')", name="kind"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To show a person's group sessions in a calendar of her own choice.",
        retention="Until she stops it or erases herself.",
        person="person_id",
        export=("kind", "made_at"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)


def new_feed(person: Person, kind: Kind) -> str:
    """A feed in place of the one she may have had, which ends; the secret in its address is shown this once."""
    secret = secrets.token_urlsafe(32)
    row = {"person_id": person.id, "kind": kind, "digest": digest(secret), "made_at": now()}
    upsert(CalendarFeed, row, ("person_id", "kind"), overwrite=("digest", "made_at"))
    return secret


def end_feed(person: Person, kind: Kind) -> None:
    """The address shows nothing any more."""
    if (feed := session.get(CalendarFeed, (person.id, kind))) is not None:
        session.delete(feed)


def feeds_of(person: Person) -> dict[str, CalendarFeed]:
    """The feeds she has, by kind."""
    return {
        feed.kind: feed for feed in session.scalars(select(CalendarFeed).where(CalendarFeed.person_id == person.id))
    }


def feed_with(secret: str) -> tuple[CalendarFeed, Person] | None:
    """The feed with this address, and whose it is."""
    row = session.execute(
        select(CalendarFeed, Person)
        .join(Person, Person.id == CalendarFeed.person_id)
        .where(CalendarFeed.digest == digest(secret), Person.erased_at.is_(None))
    ).first()
    return (row[0], row[1]) if row else None
