"""A place without a name: somebody reads, and the organisation neither sees nor counts her.

It is the place of somebody who has left and never was here: every list, count, letter and table that asks who is here
passes her by without having heard of such places, and so will the next one that is written.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from lms.database import new_id, session
from lms.organisations.models import Employee, JoinLink, JoinLinkClosed, employee_of
from lms.people.models import Person

# Before anything here was: nobody has left since yesterday, or in this round, whom nobody has seen come.
NEVER_HERE = datetime(1970, 1, 1, tzinfo=UTC)


def admit_unnamed(link: JoinLink, person: Person) -> Employee:
    """Let a person in by the link without her name; once, however often she presses. Raises JoinLinkClosed."""
    already = employee_of(person, link.organisation_id)
    if already is not None:
        return already
    if link.closed:
        raise JoinLinkClosed(link.closed)
    link.take_a_place()
    employee = Employee(
        id=new_id(),
        organisation_id=link.organisation_id,
        person_id=person.id,
        by_name=person.by_name,
        role="unnamed",
        left_at=NEVER_HERE,
    )
    session.add(employee)
    return employee


def unnamed_place(person: Person, organisation_id: UUID) -> Employee | None:
    """The person's place in this organisation, if it is one without a name."""
    return session.scalar(
        select(Employee).where(
            Employee.organisation_id == organisation_id, Employee.person_id == person.id, Employee.role == "unnamed"
        )
    )
