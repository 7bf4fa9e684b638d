"""The roster as a list meets it: everybody who is or was here, with what would be changed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select

from lms.database import session
from lms.organisations.models import Employee
from lms.organisations.reaching import has_come_in
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person


@dataclass(frozen=True)
class Known:
    """Somebody on the roster. `has_come_in` is whether anybody has a key to her account, so that it is her own now."""

    employee_id: UUID
    person_id: UUID
    name: str
    email: str
    team: str
    role: str
    is_leader: bool
    has_left: bool
    has_come_in: bool


def everybody_known(organisation_id: UUID) -> list[Known]:
    """Everybody who is or was on the roster, but those who are erased: one question, whatever its size."""
    rows = session.execute(
        select(
            Employee.id,
            Person.id,
            Person.name,
            RosterAddress.email,
            Employee.team,
            Employee.role,
            Employee.is_leader,
            Employee.left_at.is_not(None),
            has_come_in(),
        )
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(
            RosterAddress,
            and_(
                RosterAddress.organisation_id == Employee.organisation_id,
                RosterAddress.employee_id == Employee.id,
            ),
        )
        .where(Employee.organisation_id == organisation_id, Employee.role != "unnamed", Person.erased_at.is_(None))
        .order_by(Employee.id)
    )
    return [Known(row[0], row[1], row[2], row[3] or "", *row[4:]) for row in rows]
