"""What the scheme knows of an organisation beside its name: its number, field, place and size, and who follows it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, exists
from sqlalchemy.orm import InstrumentedAttribute, Mapped, aliased, mapped_column

from lms.database import Model, Privacy, now, session
from lms.engines import only_reading
from lms.organisations.fields import FIELDS, size_class

NUMBER_LENGTH = 40
PLACE_LENGTH = 80


class OrganisationClosed(Exception):
    """The scheme has closed the organisation: its pages are read and taken out as files, and nothing is written."""


class OrganisationProfile(Model):
    """One organisation as the scheme's register has it; an organisation that nobody has described has none."""

    __tablename__ = "lms_organisation_profile"
    __table_args__ = (
        CheckConstraint("employees >= 0 AND freelancers >= 0 AND volunteers >= 0", name="size"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know which facilitator follows the organisation, and who in the scheme closed it.",
        retention="As long as the organisation is known to the scheme.",
        person="facilitator_id",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    # Not unique: departments of one house apply one by one. As digits where it is Norwegian.
    number: Mapped[str] = mapped_column(String(NUMBER_LENGTH), default="")
    country: Mapped[str] = mapped_column(String(2), default="NO")
    field: Mapped[str] = mapped_column(String(20), default="", index=True)
    place: Mapped[str] = mapped_column(String(PLACE_LENGTH), default="", index=True)
    employees: Mapped[int] = mapped_column(default=0)
    freelancers: Mapped[int] = mapped_column(default=0)
    volunteers: Mapped[int] = mapped_column(default=0)
    facilitator_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def field_name(self) -> str:
        """The field in the reader's language; empty where it is not known."""
        return str(FIELDS.get(self.field, ""))

    @property
    def people(self) -> int:
        """How many there are in all, as far as anybody has said."""
        return self.employees + self.freelancers + self.volunteers

    @property
    def size(self) -> str:
        """The class of size, as `SIZES` names it."""
        return size_class(self.people)


def profile_of(organisation_id: UUID) -> OrganisationProfile | None:
    """What is known of this organisation."""
    return session.get(OrganisationProfile, organisation_id)


def profile_to_change(organisation_id: UUID) -> OrganisationProfile:
    """The same to write in; begun where there was none."""
    profile = session.get(OrganisationProfile, organisation_id, with_for_update=True)
    if profile is None:
        profile = OrganisationProfile(organisation_id=organisation_id)
        session.add(profile)
        session.flush()
    return profile


def is_closed(organisation_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the scheme has closed the organisation that a question is about."""
    its = aliased(OrganisationProfile)  # the question may ask for the profile itself, too
    return exists().where(its.organisation_id == organisation_id, its.closed_at.is_not(None))


def only_read() -> None:
    """A closed organisation is about to be handed to somebody who acts for it. Raises OrganisationClosed for writing.

    Whoever loads an organisation through what a coordinator or facilitator may open says so, so that no page has to.
    """
    if not only_reading():
        raise OrganisationClosed


def usual_facilitator(organisation_id: UUID) -> UUID | None:
    """Who follows the organisation, for a session that nobody has been named for."""
    profile = profile_of(organisation_id)
    return profile.facilitator_id if profile else None
