"""Which sessions belong in whose calendar."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select

from lms.database import now, session
from lms.group_sessions.models import GroupSession
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person

LOOK_BACK = timedelta(days=365)
Shown = list[tuple[GroupSession, Organisation]]


def sessions_of(person: Person) -> Shown:
    """The sessions of the places where she works: one question, however many places."""
    works_there = exists().where(
        Employee.organisation_id == GroupSession.organisation_id,
        Employee.person_id == person.id,
        Employee.left_at.is_(None),
    )
    return _found(works_there)


def led_by(person: Person) -> Shown:
    """The sessions she leads, wherever they are."""
    return _found(GroupSession.facilitator_id == person.id) if person.is_facilitator else []


def session_for(
    person: Person, organisation_id: UUID, group_session_id: UUID
) -> tuple[GroupSession, Organisation] | None:
    """This session, for somebody who works there or leads it."""
    works_there = exists().where(
        Employee.organisation_id == organisation_id, Employee.person_id == person.id, Employee.left_at.is_(None)
    )
    row = session.execute(
        select(GroupSession, Organisation)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(
            GroupSession.organisation_id == organisation_id,
            GroupSession.id == group_session_id,
            works_there | (GroupSession.facilitator_id == person.id),
        )
    ).first()
    return (row[0], row[1]) if row else None


def _found(*whose: object) -> Shown:
    rows = session.execute(
        select(GroupSession, Organisation)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(
            *whose,  # type: ignore[arg-type]
            GroupSession.starts_at >= now() - LOOK_BACK,
            GroupSession.cancelled_at.is_(None),
        )
        .order_by(GroupSession.starts_at)
    )
    return [(meeting, organisation) for meeting, organisation in rows]
