"""Who is missing something before the group session, and whether a letter can reach her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.database import session
from lms.group_sessions.reminders.models import Reminder, ReminderRefusal
from lms.learning.models import Enrolment
from lms.mail.models import OutboxMail
from lms.mail.undeliverable import UndeliverableAddress
from lms.organisations.models import Employee, Round
from lms.organisations.reaching import has_come_in
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Address, Person

ROWS_SHOWN = 50
Unreached = Literal["", "not_entered", "refuses", "no_address", "undeliverable"]


@dataclass(frozen=True)
class Addressee:
    """Somebody to write to. Without an `address_id` nobody but the organisation says that the address is hers."""

    employee_id: UUID
    person_id: UUID
    name: str
    language: str | None
    is_leader: bool
    email: str
    address_id: UUID | None


# What an Addressee is made of.
ADDRESSEE = (
    Employee.id,
    Person.id,
    Person.name,
    Person.language,
    Employee.is_leader,
    func.coalesce(Address.email, RosterAddress.email),
    Address.id,
)


@dataclass(frozen=True)
class MissingPerson:
    """A line of the coordinator's list: when she was last written to and what became of it, or why she was not."""

    employee_id: UUID
    name: str
    unreached: Unreached
    queued_at: datetime | None
    sent_at: datetime | None
    gave_up_at: datetime | None


def addressees(round: Round, courses: Sequence[str], but: Sequence[ColumnElement[bool]], many: int) -> list[Addressee]:
    """Those who are missing something and can be reached, except those for whom something in `but` is true."""
    rows = session.execute(
        _missing(round, courses)
        .with_only_columns(*ADDRESSEE)
        .where(unreached() == "", *(~each for each in but))
        .order_by(Employee.id)
        .limit(many)
    )
    return [Addressee(*row) for row in rows]


def counted(round: Round, courses: Sequence[str]) -> dict[str, int]:
    """How many are missing something, by why no letter can reach them; "" counts those it can reach."""
    reasons = _missing(round, courses).with_only_columns(unreached().label("why")).subquery()
    rows = session.execute(select(reasons.c.why, func.count()).group_by(reasons.c.why))
    return {row[0]: row[1] for row in rows}


def listed(round: Round, courses: Sequence[str], page: int) -> list[MissingPerson]:
    """One page of those who are missing something, by name, each with her latest reminder."""
    later = aliased(Reminder)
    latest = ~exists().where(
        later.organisation_id == Reminder.organisation_id,
        later.employee_id == Reminder.employee_id,
        or_(
            later.queued_at > Reminder.queued_at,
            and_(later.queued_at == Reminder.queued_at, later.occasion > Reminder.occasion),
        ),
    )
    # First who stands on the page, of whom there are fifty: to look up every letter and address takes longer.
    these = (
        select(Employee.id)
        .join(Person, Person.id == Employee.person_id)
        .where(
            *_are_here(round.organisation_id),
            exists().where(*_waiting(round, courses), Enrolment.employee_id == Employee.id),
        )
        .order_by(Employee.by_name, Employee.id)
        .limit(ROWS_SHOWN)
        .offset((page - 1) * ROWS_SHOWN)
        .subquery()
    )
    rows = session.execute(
        everybody_here(round.organisation_id)
        .where(Employee.id.in_(select(these.c.id)))
        .outerjoin(
            Reminder,
            and_(Reminder.organisation_id == Employee.organisation_id, Reminder.employee_id == Employee.id, latest),
        )
        .outerjoin(OutboxMail, OutboxMail.id == Reminder.mail_id)
        .with_only_columns(
            Employee.id, Person.name, unreached(), Reminder.queued_at, OutboxMail.sent_at, OutboxMail.gave_up_at
        )
        .order_by(Employee.by_name, Employee.id)
    )
    return [MissingPerson(*row) for row in rows]


def had(occasion: str) -> ColumnElement[bool]:
    """Whether the employee in the question has been written to on this occasion."""
    return exists().where(
        Reminder.organisation_id == Employee.organisation_id,
        Reminder.employee_id == Employee.id,
        Reminder.occasion == occasion,
    )


def had_one_since(moment: datetime) -> ColumnElement[bool]:
    """Whether the person in the question has been reminded since then, by whichever organisation."""
    never_went_out = exists().where(OutboxMail.id == Reminder.mail_id, OutboxMail.gave_up_at.is_not(None))
    return exists().where(Reminder.person_id == Person.id, Reminder.queued_at >= moment, ~never_went_out)


def _missing(round: Round, courses: Sequence[str]) -> Select[Any]:
    """Those who are asked for one of these courses and have not completed it."""
    asked = select(Enrolment.employee_id).where(*_waiting(round, courses)).distinct()
    return everybody_here(round.organisation_id).where(Employee.id.in_(asked))


def _waiting(round: Round, courses: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        Enrolment.organisation_id == round.organisation_id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(courses),
        Enrolment.completed_on.is_(None),
        Enrolment.counts_as.in_(("leader", "staff")),
    )


def _are_here(organisation_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Employee.organisation_id == organisation_id, Employee.left_at.is_(None), Person.erased_at.is_(None)


def everybody_here(organisation_id: UUID) -> Select[Any]:
    """Those who work here, each beside the addresses that letters could go to; see ADDRESSEE and `unreached`."""
    return (
        select(Employee.id)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(Address, Address.id == _best_address())
        .outerjoin(
            RosterAddress,
            and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id),
        )
        .where(*_are_here(organisation_id))
    )


def _best_address() -> Any:
    """The confirmed address that letters reach; of several, the one she confirmed first."""
    other = aliased(Address)
    return (
        select(other.id)
        .where(
            other.person_id == Person.id,
            other.confirmed_at.is_not(None),
            ~exists().where(UndeliverableAddress.recipient == other.email),
        )
        .order_by(other.confirmed_at, other.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )


def unreached() -> Any:
    """Why no letter can reach the person in the question; empty when one can."""
    has_entered = or_(
        has_come_in(),
        exists().where(
            Enrolment.organisation_id == Employee.organisation_id,
            Enrolment.employee_id == Employee.id,
            Enrolment.begun_at.is_not(None),
        ),
    )
    refuses = exists().where(
        ReminderRefusal.organisation_id == Employee.organisation_id, ReminderRefusal.person_id == Person.id
    )
    bounced = exists().where(UndeliverableAddress.recipient == RosterAddress.email)
    hers_bounced = exists().where(Address.person_id == Person.id, Address.confirmed_at.is_not(None)).correlate(Person)
    return case(
        (~has_entered, "not_entered"),
        (refuses, "refuses"),
        (Address.id.is_not(None), ""),
        (and_(RosterAddress.email.is_not(None), ~bounced), ""),
        (or_(RosterAddress.email.is_not(None), hers_bounced), "undeliverable"),
        else_="no_address",
    )
