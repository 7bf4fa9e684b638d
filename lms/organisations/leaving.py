"""Who cannot leave yet: an organisation must always have somebody who can open its pages."""

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from lms.database import session
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person


def organisations_that_need(person: Person) -> list[Organisation]:
    """Where nobody else could open the organisation's pages: she is its last coordinator."""
    other = aliased(Employee)
    another_coordinator = exists(
        select(other.id)
        .join(Person, Person.id == other.person_id)
        .where(
            other.organisation_id == Employee.organisation_id,
            other.role == "coordinator",
            other.left_at.is_(None),
            other.person_id != person.id,
            Person.erased_at.is_(None),
        )
    )
    return list(
        session.scalars(
            select(Organisation)
            .join(Employee, Employee.organisation_id == Organisation.id)
            .where(
                Employee.person_id == person.id,
                Employee.role == "coordinator",
                Employee.left_at.is_(None),
                ~another_coordinator,
            )
            .order_by(Organisation.name)
        )
    )
