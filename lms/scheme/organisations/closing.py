"""Closing an organisation: nobody new comes in, and nothing more is sent; what people have done stays theirs."""

from lms.database import now, session
from lms.group_sessions.models import sessions_ahead
from lms.group_sessions.reminders.models import choose_days
from lms.group_sessions.reminders.sending import take_back_stale
from lms.organisations.events import record
from lms.organisations.models import Organisation
from lms.organisations.profile import profile_to_change
from lms.organisations.ways_in import join_links_of
from lms.people.models import Person


def close(organisation: Organisation, by: Person) -> None:
    """The organisation walks no further: its links are revoked, its sessions ahead cancelled, its reminders ended."""
    profile = profile_to_change(organisation.id)
    if profile.closed_at is not None:
        return
    profile.closed_at, profile.closed_by = now(), by.id
    for link in join_links_of(organisation.id):
        link.revoke(by)
    for meeting in sessions_ahead(organisation.id):
        meeting.cancel()
    choose_days(organisation.id, [], None, by)
    session.flush()
    take_back_stale(now(), organisation.id)
    record(organisation.id, "organisation.closed", by)


def reopen(organisation: Organisation, by: Person) -> None:
    """The organisation walks on; its coordinator opens links and plans sessions anew."""
    profile = profile_to_change(organisation.id)
    if profile.closed_at is not None:
        profile.closed_at = profile.closed_by = None
        record(organisation.id, "organisation.reopened", by)
