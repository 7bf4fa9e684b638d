"""Whose renewals a facilitator follows: where she leads or is named to follow, and none that nobody looks after."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from lms.database import session
from lms.mark.reviews.queue import is_hers
from lms.organisations.models import Organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person


def is_open(organisation_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The scheme has not closed the organisation."""
    return ~exists().where(
        OrganisationProfile.organisation_id == organisation_id, OrganisationProfile.closed_at.is_not(None)
    )


def organisation_followed(facilitator: Person, organisation_id: UUID) -> Organisation | None:
    """This organisation, if she follows its renewal."""
    hers = is_hers(facilitator, Organisation.id)
    return session.scalar(select(Organisation).where(Organisation.id == organisation_id, hers))
