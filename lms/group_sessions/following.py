"""Who of the scheme's staff an organisation has: what it delivers lies with her, and letters about it go to her."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person

Which = UUID | InstrumentedAttribute[UUID]


def may_review(facilitator: Person, organisation_id: Which) -> ColumnElement[bool]:
    """She follows the organisation, or nobody does: nothing that is delivered may lie where nobody sees it."""
    staff = aliased(Person)
    still_there = staff.scheme_role.is_not(None), staff.erased_at.is_(None)
    others = [exists().where(place, person_id == staff.id, *still_there) for place, person_id in _ways(organisation_id)]
    return or_(follows(facilitator.id, organisation_id), ~or_(*others))


def follows(person_id: Which, organisation_id: Which) -> ColumnElement[bool]:
    """The scheme has named her for the organisation, or she leads a group session there.

    Both, since a colleague may lead one session for her who is named: either of them reads what comes of it.
    """
    return or_(*(exists().where(place, follower == person_id) for place, follower in _ways(organisation_id)))


def leads_in(person: Person, organisation_id: UUID) -> bool:
    """Whether she leads a group session of the organisation: guidelines are shown to those, and to its coordinators."""
    (meets, facilitator_id), _named = _ways(organisation_id)
    return bool(session.scalar(select(exists().where(meets, facilitator_id == person.id))))


def _ways(organisation_id: Which) -> list[tuple[ColumnElement[bool], InstrumentedAttribute[UUID | None]]]:
    meets = and_(GroupSession.organisation_id == organisation_id, GroupSession.cancelled_at.is_(None))
    described = OrganisationProfile.organisation_id == organisation_id
    return [(meets, GroupSession.facilitator_id), (described, OrganisationProfile.facilitator_id)]
