"""What is laid ready for a session: the cards that somebody chose, and that its facilitator has been written to."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.cards import Card
from lms.database import Model, Privacy, now, session, upsert
from lms.group_sessions.cards.hand import Deal
from lms.group_sessions.models import GroupSession
from lms.people.models import Person

MOST_CARDS = 24
SUGGESTED_CARDS = 6
KEY = ("organisation_id", "group_session_id")


class TooManyCards(Exception):
    """Nobody gets through more cards than this in one session."""


class SessionCards(Model):
    """The conversation cards that somebody has chosen for a session, in the order they are taken."""

    __tablename__ = "lms_session_cards"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who chose the conversation cards of a session.",
        retention="As long as the round, which the award rests on.",
        person="chosen_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID] = mapped_column(primary_key=True)
    cards: Mapped[list[str]] = mapped_column(default=list)
    chosen_at: Mapped[datetime] = mapped_column(default=now)
    chosen_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


class BriefLetter(Model):
    """The facilitator has been told, a day before, where her brief is; `starts_at` is what the letter said."""

    __tablename__ = "lms_brief_letter"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "group_session_id"], ["lms_group_session.organisation_id", "lms_group_session.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To write once to whoever leads a session, and again when it moves to another day.",
        retention="Until she erases herself, at the latest as long as the round.",
        person="facilitator_id",
        export=("organisation_id", "group_session_id", "starts_at", "queued_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_session_id: Mapped[UUID] = mapped_column(primary_key=True)
    facilitator_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    starts_at: Mapped[datetime]
    mail_id: Mapped[UUID]
    queued_at: Mapped[datetime] = mapped_column(default=now)


def choose_cards(meeting: GroupSession, cards: Sequence[str], by: Person) -> None:
    """These cards, in this order; none means the suggestion again. Raises TooManyCards."""
    if len(cards) > MOST_CARDS:
        raise TooManyCards
    row = {
        "organisation_id": meeting.organisation_id,
        "group_session_id": meeting.id,
        "cards": list(cards),
        "chosen_at": now(),
        "chosen_by": by.id,
    }
    upsert(SessionCards, row, KEY, overwrite=("cards", "chosen_at", "chosen_by"))


def cards_for(meeting: GroupSession, deck: Sequence[Card]) -> tuple[tuple[Card, ...], bool]:
    """The session's cards, and whether somebody chose them; where nobody has, a few that chance has drawn for good."""
    kept = session.get(SessionCards, (meeting.organisation_id, meeting.id))
    chosen = Deal(tuple(deck), picked=tuple(kept.cards)).picks if kept is not None else ()
    if chosen:
        return chosen, True
    return Deal(tuple(deck), draw=SUGGESTED_CARDS, seed=meeting.id.hex[-12:]).hand, False
