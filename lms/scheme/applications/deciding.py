"""Deciding about an application: taking the organisation in, with a place for whoever applied, or saying why not."""

from sqlalchemy import func, or_, select

from lms.database import norwegian_day, now, session
from lms.organisations.events import record
from lms.organisations.models import Organisation, current_round, found_organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person
from lms.scheme.applications.letters import mail_refusal
from lms.scheme.applications.models import Application
from lms.scheme.organisations.coordinators import invite_coordinator
from lms.scheme.organisations.membership import begin_membership


def accept(application: Application, by: Person, is_member: bool) -> Organisation:
    """Found the organisation with its first round, and invite whoever applied. Raises AlreadyDecided, NotConfirmed."""
    application.decide("accepted", by)
    organisation = found_organisation(application.name, [])
    current_round(organisation.id).declared_head_count = application.people
    session.add(
        OrganisationProfile(
            organisation_id=organisation.id,
            number=application.number,
            country=application.country,
            field=application.field,
            place=application.place,
            employees=application.employees,
            freelancers=application.freelancers,
            volunteers=application.volunteers,
        )
    )
    application.organisation_id = organisation.id
    record(organisation.id, "organisation.founded", by, application=str(application.id))
    if is_member:
        begin_membership(organisation.id, norwegian_day(now()), None, by)
    if application.contact_email:
        name, reader = application.contact_name, application.language
        invite_coordinator(organisation, name, application.contact_email, reader, by)
    return organisation


def decline(application: Application, by: Person, reason: str) -> None:
    """Say why the organisation cannot come in. Raises AlreadyDecided, NotConfirmed."""
    application.decide("declined", by, reason)
    mail_refusal(application)


def known_already(application: Application) -> list[Organisation]:
    """Organisations that may be the same one: by its number, or by its name letter for letter."""
    same = [func.lower(Organisation.name) == application.name.lower()]
    if application.number:
        same.append(OrganisationProfile.number == application.number)
    found = (
        select(Organisation)
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Organisation.id)
        .where(or_(*same))
        .order_by(Organisation.created_at)
        .limit(5)
    )
    return list(session.scalars(found))
