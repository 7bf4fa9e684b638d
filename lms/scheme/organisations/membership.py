"""Membership of Balansekunst: from when to when; what course and guidance cost depends on it."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, exists, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, norwegian_day, now, session
from lms.organisations.events import record
from lms.people.models import Person


class DatesOverlap(Exception):
    """There is a membership already for some of these days."""


class Membership(Model):
    """One organisation was a member from a day on, through its last day or until further notice."""

    __tablename__ = "lms_membership"
    __table_args__ = (
        CheckConstraint("through IS NULL OR through >= from_on", name="days"),
        Index(
            "uq_lms_membership_open",
            "organisation_id",
            unique=True,
            sqlite_where=text("through IS NULL"),
            postgresql_where=text("through IS NULL"),
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who wrote down that the organisation is a member, which what it pays rests on.",
        retention="Five years after the membership ended.",
        person="noted_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_on: Mapped[date]
    through: Mapped[date | None]
    noted_at: Mapped[datetime] = mapped_column(default=now)
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))

    def end(self, through: date, by: Person) -> None:
        """The membership has a last day; nothing happens where it has one already."""
        if self.through is None:
            self.through = max(through, self.from_on)
            record(self.organisation_id, "membership.ended", by, through=self.through.isoformat())


def begin_membership(organisation_id: UUID, from_on: date, through: date | None, by: Person) -> Membership:
    """The organisation is a member from this day on. Raises DatesOverlap; whoever calls holds the organisation."""
    overlapping = exists().where(
        Membership.organisation_id == organisation_id,
        or_(Membership.through.is_(None), Membership.through >= from_on),
        *([Membership.from_on <= through] if through else []),
    )
    if session.scalar(select(overlapping)):
        raise DatesOverlap
    membership = Membership(
        organisation_id=organisation_id, id=new_id(), from_on=from_on, through=through, noted_by=by.id
    )
    session.add(membership)
    record(organisation_id, "membership.begun", by, from_on=from_on.isoformat())
    return membership


def memberships_of(organisation_id: UUID) -> list[Membership]:
    """Every membership there has been, the latest first."""
    return list(
        session.scalars(
            select(Membership).where(Membership.organisation_id == organisation_id).order_by(Membership.from_on.desc())
        )
    )


def is_member(organisation_id: object, day: date | None = None) -> ColumnElement[bool]:
    """Whether an organisation is a member on this day, or today: a condition for a question to the database."""
    day = day or norwegian_day(now())
    return exists().where(
        Membership.organisation_id == organisation_id,
        Membership.from_on <= day,
        or_(Membership.through.is_(None), Membership.through >= day),
    )
