"""What the worker does for those who lead sessions: it writes to them a day before, and counts what has been said."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from lms.database import now, session
from lms.group_sessions.brief.letter import write_briefs
from lms.group_sessions.brief.themes import gather
from lms.group_sessions.models import GroupSession
from lms.mail.duties import duty
from lms.organisations.models import Round

WRITING = "write briefs"
COUNTED_AHEAD = timedelta(days=14)
COUNTED_AFTER = timedelta(hours=12)  # it began


@duty(WRITING, every_seconds=300)
def write_what_is_due() -> int:
    """A letter to whoever leads a session that begins within a day."""
    return write_briefs(now())


@duty("count what people have said before their session", every_seconds=3600)
def count_what_was_said() -> int:
    """Count anew where a session is near; the rule of five says what becomes of it."""
    near = select(GroupSession.organisation_id).where(
        GroupSession.starts_at > now() - COUNTED_AFTER,
        GroupSession.starts_at < now() + COUNTED_AHEAD,
        GroupSession.cancelled_at.is_(None),
    )
    rounds = session.scalars(select(Round).where(Round.ended_at.is_(None), Round.organisation_id.in_(near))).all()
    for round in rounds:
        gather(round, current_app.extensions["lms"].library)
    return len(rounds)
