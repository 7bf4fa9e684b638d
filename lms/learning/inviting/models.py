"""Invitations by mail: to people on the roster who have not entered, each with a link of her own."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Select,
    String,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from lms.all_at_once import THOSE, for_all
from lms.database import Model, Privacy, now, session
from lms.learning.models import Enrolment
from lms.mail.models import UNSENT, OutboxMail
from lms.mail.undeliverable import UndeliverableAddress
from lms.organisations.models import Employee
from lms.organisations.profile import is_closed
from lms.organisations.reaching import has_come_in
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person, digest

MOST_LETTERS = 3
IN_PEACE = timedelta(days=3)
LINK_LIVES = timedelta(days=30)
ROWS_SHOWN = 50

State = Literal["can_be", "in_peace", "enough", "undeliverable", "no_address"]


class InvitationClosed(Exception):
    """The link was used, is too old, or has been replaced; which of them is nobody's business."""


class MailedInvitation(Model):
    """The first, second or third letter to somebody on the roster; its link opens her own, empty place."""

    __tablename__ = "lms_mailed_invitation"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        CheckConstraint(f"number BETWEEN 1 AND {MOST_LETTERS}", name="number"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let somebody in by the letter that invited her, and to invite nobody too often.",
        retention="Until she erases herself, or the organisation writes another address.",
        person="employee_id",
        export=("organisation_id", "number", "queued_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    mail_id: Mapped[UUID]
    queued_at: Mapped[datetime] = mapped_column(default=now)
    queued_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    expires_at: Mapped[datetime]


@dataclass(frozen=True)
class Guest:
    """Somebody who has not entered: her address, how often she was written to, and what became of it."""

    employee_id: UUID
    person_id: UUID
    name: str
    team: str
    language: str | None
    email: str | None
    letters: int
    queued_at: datetime | None
    sent_at: datetime | None
    gave_up_at: datetime | None
    refused_at: datetime | None
    said: str | None
    state: State


def guests(organisation_id: UUID, page: int) -> list[Guest]:
    """One page of those who have not entered, by name."""
    rows = session.execute(
        _guests(organisation_id)
        .order_by(Employee.by_name, Employee.id)
        .limit(ROWS_SHOWN)
        .offset((page - 1) * ROWS_SHOWN)
    )
    return [Guest(*row) for row in rows]


def guests_by_state(organisation_id: UUID) -> dict[str, int]:
    """How many have not entered, by whether they can be invited now."""
    states = _guests(organisation_id).with_only_columns(_state().label("state")).subquery()
    rows = session.execute(select(states.c.state, func.count()).group_by(states.c.state))
    return {row[0]: row[1] for row in rows}


def to_invite(organisation_id: UUID, chosen: Sequence[UUID] | None) -> list[Guest]:
    """Those of the chosen, or of all, who can be invited now."""
    these = (Employee.id.in_(chosen),) if chosen is not None else ()
    rows = session.execute(_guests(organisation_id).where(_state() == "can_be", *these).order_by(Employee.id))
    return [Guest(*row) for row in rows]


def keep_invitation(organisation_id: UUID, guest: Guest, mail_id: UUID, secret: str, by: Person) -> None:
    """Write down that she was invited; a second press at once meets the key."""
    session.add(
        MailedInvitation(
            organisation_id=organisation_id,
            employee_id=guest.employee_id,
            number=guest.letters + 1,
            digest=digest(secret),
            mail_id=mail_id,
            queued_by=by.id,
            expires_at=now() + LINK_LIVES,
        )
    )


def new_secret() -> str:
    """What only the letter holds."""
    return secrets.token_urlsafe(32)


def forget_invitations(employee: Employee) -> None:
    """Close the links that went to an address which is hers no longer, also those that have not gone out yet."""
    here = MailedInvitation.organisation_id == employee.organisation_id, MailedInvitation.employee_id == employee.id
    waiting = select(MailedInvitation.mail_id).where(*here)
    session.execute(
        delete(OutboxMail).where(OutboxMail.id.in_(waiting), UNSENT).execution_options(synchronize_session=False)
    )
    session.execute(delete(MailedInvitation).where(*here).execution_options(synchronize_session=False))


def forget_invitations_of_many(organisation_id: UUID, employees: Sequence[UUID]) -> None:
    """The same for all of these, in two statements however many they are."""
    invitations, mail = (Model.metadata.tables[model.__tablename__] for model in (MailedInvitation, OutboxMail))
    theirs = invitations.c.organisation_id == organisation_id, invitations.c.employee_id.in_(THOSE)
    for_all(delete(mail).where(mail.c.id.in_(select(invitations.c.mail_id).where(*theirs)), UNSENT), employees)
    for_all(delete(invitations).where(*theirs), employees)


def open_invitation(secret: str) -> tuple[Employee, Person, str]:
    """Whose place the link opens, and the address it went to. Raises InvitationClosed.

    It opens a place that nobody has entered: there is nothing in it yet. From the moment somebody has, every link to
    it is closed, so that whoever wrote the address never gets into an account that is somebody's.
    """
    row = session.execute(
        select(Employee, Person, RosterAddress.email)
        .join(
            MailedInvitation,
            and_(
                MailedInvitation.organisation_id == Employee.organisation_id,
                MailedInvitation.employee_id == Employee.id,
            ),
        )
        .join(Person, Person.id == Employee.person_id)
        .join(
            RosterAddress,
            and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id),
        )
        .where(
            ~is_closed(Employee.organisation_id),
            MailedInvitation.digest == digest(secret),
            MailedInvitation.expires_at > now(),
            Employee.left_at.is_(None),
            Person.erased_at.is_(None),
            ~is_entered(),
        )
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise InvitationClosed
    return row[0], row[1], row[2]


def has_entered(employee: Employee) -> bool:
    """Whether she has been here."""
    entered = (
        select(is_entered())
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == employee.organisation_id, Employee.id == employee.id)
    )
    return bool(session.scalar(entered))


def is_entered() -> Any:
    """Whether anybody has been here as the Person at the Employee in the question: there is something of hers in it."""
    begun = exists().where(
        Enrolment.organisation_id == Employee.organisation_id,
        Enrolment.employee_id == Employee.id,
        Enrolment.begun_at.is_not(None),
    )
    return or_(has_come_in(), begun)


def _guests(organisation_id: UUID) -> Select[Any]:
    other = aliased(MailedInvitation)
    latest = (
        select(func.max(other.number))
        .where(other.organisation_id == Employee.organisation_id, other.employee_id == Employee.id)
        .correlate(Employee)
        .scalar_subquery()
    )
    columns: tuple[Any, ...] = (
        Employee.id,
        Person.id,
        Person.name,
        Employee.team,
        Person.language,
        RosterAddress.email,
        func.coalesce(MailedInvitation.number, 0),
        MailedInvitation.queued_at,
        OutboxMail.sent_at,
        OutboxMail.gave_up_at,
        UndeliverableAddress.since,
        UndeliverableAddress.said,
        _state(),
    )
    return (
        select(*columns)
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(
            RosterAddress,
            and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id),
        )
        .outerjoin(
            MailedInvitation,
            and_(
                MailedInvitation.organisation_id == Employee.organisation_id,
                MailedInvitation.employee_id == Employee.id,
                MailedInvitation.number == latest,
            ),
        )
        .outerjoin(OutboxMail, OutboxMail.id == MailedInvitation.mail_id)
        .outerjoin(UndeliverableAddress, UndeliverableAddress.recipient == RosterAddress.email)
        .where(
            Employee.organisation_id == organisation_id,
            Employee.left_at.is_(None),
            Person.erased_at.is_(None),
            ~is_entered(),
        )
    )


def _state() -> Any:
    return case(
        (RosterAddress.email.is_(None), "no_address"),
        (UndeliverableAddress.since.is_not(None), "undeliverable"),
        (MailedInvitation.number >= MOST_LETTERS, "enough"),
        (MailedInvitation.queued_at > now() - IN_PEACE, "in_peace"),
        else_="can_be",
    )
