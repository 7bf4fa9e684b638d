"""What the stories about group sessions have in common: the day itself, and what was written down about it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from lms.database import one_transaction, session
from lms.group_sessions.attendance.models import Attendance
from lms.group_sessions.held import Held, held
from lms.group_sessions.models import GroupSession
from lms.organisations.events import Event
from tests.cast import Theatre

BEGINS = datetime(2026, 11, 27, 9, tzinfo=UTC)  # 10 o'clock in Norway


def meet_at(app: Flask, theatre: Theatre, moment: datetime = BEGINS) -> str:
    """Let the theatre's session begin at this moment; where its pages are."""
    with app.app_context(), one_transaction():
        meeting_in(theatre).starts_at = moment
    return f"/organisations/{theatre.id}/group-sessions/{theatre.meeting_id}"


def meeting_in(theatre: Theatre) -> GroupSession:
    return session.get_one(GroupSession, (theatre.id, theatre.meeting_id))


def code_of(app: Flask, theatre: Theatre) -> str:
    with app.app_context():
        return meeting_in(theatre).check_in_code


def who_came(app: Flask, theatre: Theatre) -> set[UUID]:
    with app.app_context():
        return set(
            session.scalars(select(Attendance.employee_id).where(Attendance.group_session_id == theatre.meeting_id))
        )


def as_held(app: Flask, theatre: Theatre) -> Held:
    with app.app_context():
        return held(meeting_in(theatre))


def log_of(app: Flask, theatre: Theatre) -> list[str]:
    with app.app_context():
        events = session.scalars(select(Event).where(Event.organisation_id == theatre.id).order_by(Event.id))
        return [event.what for event in events]


def another_session(app: Flask, theatre: Theatre, hours: float = 24, **more: object) -> UUID:
    """One more session of the theatre, so many hours after the first."""
    with app.app_context(), one_transaction():
        first = meeting_in(theatre)
        assert first.starts_at is not None
        meeting = GroupSession(
            organisation_id=theatre.id, starts_at=first.starts_at + timedelta(hours=hours), place="Lille sal", **more
        )
        session.add(meeting)
        session.flush()
        return meeting.id
