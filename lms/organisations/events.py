"""The log of an organisation: who did what, and when."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.people.models import Person


class Event(Model):
    """The organisation's log: who did what, when; lines are added and never changed."""

    __tablename__ = "lms_event"
    __table_args__ = (Index("ix_lms_event_at", "organisation_id", "at"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To answer who did this, when a choice that the award rests on is asked about.",
        retention="Five years; it holds ids and no names.",
        person="by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    what: Mapped[str] = mapped_column(String(60))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(organisation_id: UUID, what: str, by: Person | None, **about: Any) -> None:
    """Write a line in the organisation's log: ids and numbers, never names or texts."""
    session.add(Event(organisation_id=organisation_id, what=what, by=by.id if by else None, about=about))
