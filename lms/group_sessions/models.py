"""The group session: when, where, with whom, and what was true when it was held."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person


class AlreadyHeld(Exception):
    """What was true when the session was held is frozen and does not change."""


class GroupSession(Model):
    """The meeting after the courses, led by a facilitator."""

    __tablename__ = "lms_group_session"
    __table_args__ = (Index("ix_lms_group_session_facilitator", "facilitator_id", "starts_at"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who leads the meeting, and who planned it.",
        retention="As long as the round, which the award rests on.",
        person="facilitator_id",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=180)
    place: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    facilitator_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    planned_at: Mapped[datetime] = mapped_column(default=now)
    planned_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    held_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    frozen_facts: Mapped[dict[str, Any] | None]
    cancelled_at: Mapped[datetime | None]

    def plan(
        self, starts_at: datetime | None, minutes: int, place: str, link: str, facilitator_id: UUID | None
    ) -> None:
        """Set when, where and with whom. Raises AlreadyHeld."""
        if self.held_at is not None:
            raise AlreadyHeld
        self.starts_at, self.minutes, self.place, self.link = starts_at, minutes, place, link
        self.facilitator_id = facilitator_id

    def hold(self, by: Person, facts: dict[str, Any]) -> None:
        """The meeting took place; what was true then, as ids and counts, is frozen with it."""
        if self.held_at is None:
            self.held_at, self.held_by, self.frozen_facts = now(), by.id, facts

    def cancel(self) -> None:
        """There will be no such meeting. Raises AlreadyHeld."""
        if self.held_at is not None:
            raise AlreadyHeld
        self.cancelled_at = self.cancelled_at or now()

    def restore(self) -> None:
        """There will be such a meeting after all."""
        self.cancelled_at = None


def next_group_session(organisation_id: UUID) -> GroupSession | None:
    """The session the organisation is walking towards."""
    return session.scalar(
        select(GroupSession)
        .where(
            GroupSession.organisation_id == organisation_id,
            GroupSession.held_at.is_(None),
            GroupSession.cancelled_at.is_(None),
        )
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at)
        .limit(1)
    )


def sessions_led_by(facilitator: Person, since: datetime) -> list[tuple[GroupSession, Organisation]]:
    """The facilitator's sessions from `since` on, soonest first; those without a date last."""
    rows = session.execute(
        select(GroupSession, Organisation)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(
            GroupSession.facilitator_id == facilitator.id,
            GroupSession.cancelled_at.is_(None),
            (GroupSession.starts_at >= since) | GroupSession.starts_at.is_(None),
        )
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at)
    )
    return [(meeting, organisation) for meeting, organisation in rows]


def last_cancelled(organisation_id: UUID) -> GroupSession | None:
    """The session that was cancelled last, for somebody who wants it back."""
    return session.scalar(
        select(GroupSession)
        .where(GroupSession.organisation_id == organisation_id, GroupSession.cancelled_at.is_not(None))
        .order_by(GroupSession.cancelled_at.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Follower:
    """Somebody who may follow an organisation's way to its group session: a coordinator, or who leads the session."""

    organisation: Organisation
    coordinates: bool


def follower(person: Person, organisation_id: UUID) -> Follower | None:
    """How the person may follow this organisation; None when she may not."""
    coordinates = exists().where(
        Employee.organisation_id == organisation_id,
        Employee.person_id == person.id,
        Employee.role == "coordinator",
        Employee.left_at.is_(None),
    )
    leads = exists().where(
        GroupSession.organisation_id == organisation_id,
        GroupSession.facilitator_id == person.id,
        GroupSession.cancelled_at.is_(None),
    )
    row = session.execute(
        select(Organisation, coordinates).where(Organisation.id == organisation_id, or_(coordinates, leads))
    ).first()
    return Follower(*row) if row else None
