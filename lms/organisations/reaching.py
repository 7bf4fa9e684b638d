"""How an organisation reaches the people on its roster: what it has written down, and whether they have been here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from lms.database import now, session
from lms.mail.undeliverable import UndeliverableAddress, believe_in
from lms.organisations.models import Employee
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Address, Person, PersonalCode


class AddressInUse(Exception):
    """Somebody else on the same roster has this address."""


def roster_address_of(employee: Employee) -> RosterAddress | None:
    """What the organisation has for her."""
    return session.get(RosterAddress, (employee.organisation_id, employee.id))


def set_roster_address(employee: Employee, email: str, by: Person) -> bool:
    """Reach her there from now on; an empty address is none. False when nothing is new. Raises AddressInUse.

    Whoever writes an address says that it is right, so letters are tried there again. The caller holds the roster.
    """
    email = email.strip().lower()
    if email:
        believe_in(email)
    before = roster_address_of(employee)
    if (before.email if before else "") == email:
        return False
    if email and session.scalar(_having(employee, email)) is not None:
        raise AddressInUse
    if before is None:
        here = {"organisation_id": employee.organisation_id, "employee_id": employee.id}
        session.add(RosterAddress(email=email, written_by=by.id, **here))
    elif email:
        before.email, before.written_at, before.written_by = email, now(), by.id
    else:
        session.delete(before)
    return True


def _having(employee: Employee, email: str) -> Any:
    return select(RosterAddress.employee_id).where(
        RosterAddress.organisation_id == employee.organisation_id,
        RosterAddress.email == email,
        RosterAddress.employee_id != employee.id,
    )


@dataclass(frozen=True)
class MailTo:
    """What a coordinator is shown of somebody's mail: her own word for the address, and whether letters arrive.

    A person's own addresses are nobody else's to see; that they refuse our letters is, without naming them.
    """

    email: str
    refused_at: datetime | None
    said: str


def mail_to(employee: Employee) -> MailTo:
    """How mail to somebody fares: one question."""
    mine = exists().where(Address.person_id == employee.person_id, Address.email == UndeliverableAddress.recipient)
    row = session.execute(
        select(RosterAddress.email, UndeliverableAddress.since, UndeliverableAddress.said)
        .select_from(Employee)
        .outerjoin(RosterAddress, _of(Employee))
        .outerjoin(UndeliverableAddress, or_(UndeliverableAddress.recipient == RosterAddress.email, mine))
        .where(Employee.organisation_id == employee.organisation_id, Employee.id == employee.id)
        .order_by(UndeliverableAddress.recipient == RosterAddress.email, UndeliverableAddress.since.desc())
        .limit(1)
    ).one()
    return MailTo(row[0] or "", row[1], row[2] or "")


def unreachable_among(organisation_id: UUID, employees: Sequence[UUID]) -> set[UUID]:
    """Those of these employees to whom some mail has been refused and not arrived since: one question."""
    on_the_roster = select(RosterAddress.email).where(_of(Employee)).correlate(Employee)
    hers = select(Address.email).where(Address.person_id == Employee.person_id).correlate(Employee)
    refused = exists().where(
        or_(UndeliverableAddress.recipient.in_(on_the_roster), UndeliverableAddress.recipient.in_(hers))
    )
    here = Employee.organisation_id == organisation_id, Employee.id.in_(employees)
    return set(session.scalars(select(Employee.id).where(*here, refused)))


def _of(employee: type[Employee]) -> ColumnElement[bool]:
    return and_(RosterAddress.organisation_id == employee.organisation_id, RosterAddress.employee_id == employee.id)


def has_come_in() -> ColumnElement[bool]:
    """Whether anybody has a key to the account of the Person in the question, so that it is her own now."""
    address = exists().where(Address.person_id == Person.id).correlate(Person)
    code = exists().where(PersonalCode.person_id == Person.id).correlate(Person)
    return or_(Person.host_id.is_not(None), Person.scheme_role.is_not(None), address, code)
