"""What the worker does about waiting lists: it gives on the places nobody has given up by a press."""

from sqlalchemy import select

from lms.database import now, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.seats.giving import LINES_ARE_KEPT, forget_lines_of_the_past, give_free_places
from lms.group_sessions.seats.models import WaitingPlace
from lms.mail.duties import duty
from lms.organisations.models import hold_roster


@duty("give free places to those who wait", every_seconds=60)
def give_places() -> int:
    """A place is free, too, when somebody leaves the organisation; says how many were given.

    Whoever waits still a day after the session has waited for nothing, and her place in line is forgotten.
    """
    forget_lines_of_the_past(now() - LINES_ARE_KEPT)
    waiting = (
        select(WaitingPlace.organisation_id)
        .join(
            GroupSession,
            (GroupSession.organisation_id == WaitingPlace.organisation_id)
            & (GroupSession.id == WaitingPlace.group_session_id),
        )
        .where(GroupSession.starts_at > now(), GroupSession.held_at.is_(None), GroupSession.cancelled_at.is_(None))
        .distinct()
        .order_by(WaitingPlace.organisation_id)
    )
    given = 0
    for organisation_id in session.scalars(waiting).all():
        hold_roster(organisation_id)
        given += give_free_places(organisation_id)
    return given
