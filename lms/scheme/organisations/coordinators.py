"""Coordinators whom the scheme invites: each by a letter with a link of her own, which only she can accept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from lms.database import new_id, now, session
from lms.languages import _, speaking
from lms.learning.inviting.models import LINK_LIVES, MOST_LETTERS, MailedInvitation, has_entered, new_secret
from lms.learning.places import count_anew, enrol
from lms.mail.models import queue_mail
from lms.organisations.events import record
from lms.organisations.models import Employee, Organisation, current_round, hold_roster
from lms.organisations.reaching import has_come_in, set_roster_address
from lms.organisations.roster_addresses import RosterAddress
from lms.people.letters import absolute
from lms.people.models import Person, digest


class IsHereAlready(Exception):
    """Somebody who has this address on the roster has entered: a coordinator can give her the role."""


class EnoughLetters(Exception):
    """She has been invited as often as anybody is."""


@dataclass(frozen=True)
class Coordinator:
    """Who may open the organisation's pages, and whether she has been here."""

    name: str
    email: str
    has_come: bool
    letters: int
    invited_at: datetime | None


def coordinators_of(organisation: Organisation) -> list[Coordinator]:
    """The organisation's coordinators, by name, with those who have not accepted yet; one question."""
    here = Employee.organisation_id == organisation.id
    invited: Any = (
        select(func.count(), func.max(MailedInvitation.queued_at))
        .where(
            MailedInvitation.organisation_id == Employee.organisation_id,
            MailedInvitation.employee_id == Employee.id,
        )
        .correlate(Employee)
    )
    letters, latest = (invited.with_only_columns(column).scalar_subquery() for column in invited.selected_columns)
    rows = session.execute(
        select(Person.name, RosterAddress.email, has_come_in(), letters, latest)
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(
            RosterAddress,
            and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id),
        )
        .where(here, Employee.role == "coordinator", Employee.left_at.is_(None), Person.erased_at.is_(None))
        .order_by(Employee.by_name, Employee.id)
    )
    return [Coordinator(name, email or "", come, sent, at) for name, email, come, sent, at in rows]


def invite_coordinator(organisation: Organisation, name: str, email: str, reader: str, by: Person) -> None:
    """Write to somebody that she may open the organisation's pages. Raises IsHereAlready, EnoughLetters.

    Nobody is made anything by it: there is a place that waits, and whoever opens the letter takes it, with an account
    of her own or the one she has.
    """
    hold_roster(organisation.id)
    employee = _waiting_with(organisation, email) or _new_place(organisation, name, email, reader, by)
    here = {"organisation_id": organisation.id, "employee_id": employee.id}
    before = session.scalar(select(func.max(MailedInvitation.number)).filter_by(**here)) or 0
    if before >= MOST_LETTERS:
        raise EnoughLetters
    secret = new_secret()
    with speaking(reader):
        mail = queue_mail(
            email,
            _("You are invited to coordinate %(organisation)s", organisation=organisation.name),
            _letter(organisation, name, absolute("lms.inviting.show", secret=secret)),
            reader,
            organisation.id,
            useless_after=now() + LINK_LIVES,
        )
    session.add(
        MailedInvitation(
            number=before + 1,
            digest=digest(secret),
            mail_id=mail.id,
            queued_by=by.id,
            expires_at=now() + LINK_LIVES,
            **here,
        )
    )
    record(organisation.id, "coordinator.invited", by, employee=str(employee.id))


def _waiting_with(organisation: Organisation, email: str) -> Employee | None:
    """The place on the roster with this address, if nobody has taken it yet; it becomes a coordinator's."""
    employee = session.scalar(
        select(Employee)
        .join(
            RosterAddress,
            and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id),
        )
        .where(Employee.organisation_id == organisation.id, RosterAddress.email == email)
    )
    if employee is None:
        return None
    if has_entered(employee):
        raise IsHereAlready
    employee.come_back()
    employee.role = "coordinator"
    session.flush()
    count_anew(employee)
    return employee


def _new_place(organisation: Organisation, name: str, email: str, reader: str, by: Person) -> Employee:
    person = Person(id=new_id(), name=name, language=reader)
    session.add(person)
    session.flush()
    employee = Employee(id=new_id(), organisation_id=organisation.id, person_id=person.id, role="coordinator")
    session.add(employee)
    session.flush()
    set_roster_address(employee, email, by)
    enrol(employee, current_round(organisation.id).courses)
    session.flush()
    count_anew(employee)
    return employee


def _letter(organisation: Organisation, name: str, address: str) -> str:
    paragraphs = (
        _("Hello, %(name)s", name=name),
        _(
            "%(organisation)s is on its way to Balansemerket, and you have been asked to coordinate the work.",
            organisation=organisation.name,
        ),
        _("Open your own link to begin:") + f"\n{address}",
        _("You choose the courses, let your people in, and see how far you have come."),
        _("The link is yours alone: do not pass it on. It works for %(days)s days.", days=LINK_LIVES.days),
        _("Do you not know %(organisation)s? Then do nothing: nothing happens.", organisation=organisation.name),
        _("Regards from Balanse"),
    )
    return "\n\n".join(paragraphs) + "\n"
