"""What an organisation's coordinators are written about the mark: given, returned, or withdrawn."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from lms.database import session
from lms.languages import _, in_words, speaking
from lms.mail.models import queue_mail
from lms.mail.undeliverable import UndeliverableAddress
from lms.mark.models import Award, MarkDecision
from lms.mark.points import titles_of_points
from lms.organisations.models import Employee, Organisation
from lms.organisations.reaching import has_come_in
from lms.organisations.roster_addresses import RosterAddress
from lms.people.letters import absolute
from lms.people.models import Address, Person


def tell_awarded(award: Award, organisation: Organisation) -> None:
    """The mark is theirs, and until when."""

    def letter() -> tuple[str, str]:
        named = {"organisation": organisation.name, "day": in_words(award.valid_until)}
        return _("%(organisation)s has been awarded Balansemerket", organisation=organisation.name), _(
            "Congratulations! %(organisation)s has been awarded Balansemerket. It is valid through %(day)s.", **named
        )

    _tell(organisation, letter)


def tell_returned(decision: MarkDecision, organisation: Organisation) -> None:
    """The request came back, with what is missing at which point."""

    def letter() -> tuple[str, str]:
        titles = titles_of_points()
        reasons = "\n\n".join(f"{titles[point]}:\n{reason}" for point, reason in decision.reasons.items())
        begun = _("Your request for Balansemerket has been looked through. Something is missing:")
        return _("Something is missing before you can be awarded Balansemerket"), f"{begun}\n\n{reasons}"

    _tell(organisation, letter)


def tell_withdrawn(award: Award, organisation: Organisation) -> None:
    """The mark is no longer theirs, and why."""

    def letter() -> tuple[str, str]:
        what = _("Balansemerket has been withdrawn from %(organisation)s.", organisation=organisation.name)
        then = _("The public register says from now on that it was withdrawn; it does not say why. The reason:")
        return what.rstrip("."), f"{what} {then}\n\n{award.withdrawn_because}"

    _tell(organisation, letter)


def _tell(organisation: Organisation, letter: Callable[[], tuple[str, str]]) -> None:
    """Write to each coordinator whom mail can reach, in her language."""
    for name, language, email in coordinators_reached(organisation.id):
        with speaking(language):
            subject, said = letter()
            page = absolute("lms.mark.show", organisation_id=organisation.id)
            paragraphs = (
                _("Hello, %(name)s", name=name),
                said,
                _("Everything about your mark:") + f"\n{page}",
                _("Regards from Balanse"),
            )
            queue_mail(email, subject, "\n\n".join(paragraphs) + "\n", language, organisation.id, by_day=True)


def coordinators_reached(organisation_id: UUID) -> list[tuple[str, str, str]]:
    """Name, language and address of each coordinator whom mail can reach: where she wants it, else as on the roster."""

    def is_believed_in(email: Any) -> ColumnElement[bool]:
        return ~exists().where(UndeliverableAddress.recipient == email)

    hers = (
        select(Address.email)
        .where(Address.person_id == Person.id, Address.confirmed_at.is_not(None), is_believed_in(Address.email))
        .order_by(Address.confirmed_at, Address.email)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    of_hers = and_(RosterAddress.organisation_id == Employee.organisation_id, RosterAddress.employee_id == Employee.id)
    on_the_roster = (
        select(RosterAddress.email)
        .where(of_hers, is_believed_in(RosterAddress.email), has_come_in())
        .limit(1)
        .correlate(Person, Employee)
        .scalar_subquery()
    )
    address = func.coalesce(hers, on_the_roster)
    rows = session.execute(
        select(Person.name, Person.language, address)
        .join(Employee, Employee.person_id == Person.id)
        .where(
            Employee.organisation_id == organisation_id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
            Person.erased_at.is_(None),
            address.is_not(None),
        )
        .order_by(Person.id)
    )
    return [(name, language or "nb", email) for name, language, email in rows]
