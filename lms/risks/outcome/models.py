"""An accepted mapping that the organisation shows to everybody, for as long as it wants to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session
from lms.organisations.events import record
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.risks.delivery import DeliveredMapping, MappingDecision


class NotAccepted(Exception):
    """Only what the scheme has accepted is shown to everybody: anything else may still change."""


class PublishedMapping(Model):
    """That a delivered form is shown to everybody, and from when to when."""

    __tablename__ = "lms_published_mapping"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "delivery_id"], ["lms_delivered_mapping.organisation_id", "lms_delivered_mapping.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who decided that everybody may read the risk mapping.",
        retention="As long as the form it is about.",
        person="published_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


def publish(delivered: DeliveredMapping, decision: MappingDecision | None, by: Person) -> None:
    """Show the form to everybody. Raises NotAccepted."""
    if decision is None or decision.verdict != "accepted":
        raise NotAccepted
    published = session.get(PublishedMapping, (delivered.organisation_id, delivered.id))
    if published is not None and published.ended_at is None:
        return
    if published is None:
        published = PublishedMapping(organisation_id=delivered.organisation_id, delivery_id=delivered.id)
        session.add(published)
    published.published_at, published.published_by = now(), by.id
    published.ended_at = published.ended_by = None
    record(delivered.organisation_id, "risk_mapping.published", by, number=delivered.number)


def end_publication(delivered: DeliveredMapping, by: Person) -> None:
    """Show the form to nobody else again."""
    published = session.get(PublishedMapping, (delivered.organisation_id, delivered.id))
    if published is not None and published.ended_at is None:
        published.ended_at, published.ended_by = now(), by.id
        record(delivered.organisation_id, "risk_mapping.publication_ended", by, number=delivered.number)


def published_since(delivered: DeliveredMapping) -> datetime | None:
    """Since when everybody can read this form; None while nobody else can."""
    published = session.get(PublishedMapping, (delivered.organisation_id, delivered.id))
    return published.published_at if published is not None and published.ended_at is None else None


def read_by_everybody(delivery_id: UUID) -> tuple[DeliveredMapping, Organisation] | None:
    """A form that is shown to everybody, and whose it is."""
    row = session.execute(
        select(DeliveredMapping, Organisation)
        .join(
            PublishedMapping,
            (PublishedMapping.organisation_id == DeliveredMapping.organisation_id)
            & (PublishedMapping.delivery_id == DeliveredMapping.id),
        )
        .join(Organisation, Organisation.id == DeliveredMapping.organisation_id)
        .where(DeliveredMapping.id == delivery_id, PublishedMapping.ended_at.is_(None))
    ).first()
    return (row[0], row[1]) if row else None


def newest_published(organisation_id: UUID) -> UUID | None:
    """The form of the organisation that everybody can read, the newest of them if there are several."""
    return session.scalar(
        select(PublishedMapping.delivery_id)
        .where(PublishedMapping.organisation_id == organisation_id, PublishedMapping.ended_at.is_(None))
        .order_by(PublishedMapping.published_at.desc())
        .limit(1)
    )


def for_everybody(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form without what is for those who work with it: who sees to what, and what people answered in courses."""
    return {**form, "rows": [{**row, "owner": "", "rated": None} for row in form["rows"]]}
