"""Whoever is erased may be named in what an organisation says of itself: somebody there is asked to read it through."""

from sqlalchemy import select

from lms.organisations.course_exceptions import CourseException
from lms.organisations.models import Employee, Organisation
from lms.organisations.names_left import Leaving, Stood, have_read_through, mentions


def forget_in_channel(who: Leaving) -> None:
    """Ask about her name in the reporting channel."""
    left = []
    for organisation, fields in mentions(Organisation, ("reporting_channel",), who):
        left.append(Stood(organisation.id, "channel", organisation.id, fields, organisation.channel_revision))
        organisation.channel_revision += 1
    have_read_through("channel", left)


def forget_in_exceptions(who: Leaving) -> None:
    """Ask about her name in why somebody else is not waited for; what was written about herself goes with her."""
    hers = select(Employee.id).where(Employee.person_id == who.person_id)
    found = mentions(CourseException, ("reason",), who, CourseException.employee_id.not_in(hers))
    have_read_through(
        "exception", [Stood(each.organisation_id, "exception", each.employee_id, fields) for each, fields in found]
    )
