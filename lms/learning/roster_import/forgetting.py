"""Whoever is erased while a list with her in it lies between dry run and decision does not come back with it."""

from sqlalchemy import select

from lms.database import session
from lms.learning.roster_import.entries import Entry, entries_of
from lms.learning.roster_import.models import RosterDraft
from lms.organisations.models import Employee
from lms.organisations.names_left import Leaving
from lms.organisations.roster_addresses import RosterAddress
from lms.people.models import Person, addresses_of


def forget_in_lists(person: Person, who: Leaving) -> None:
    """Take her row out of lists that wait to be carried out; whoever looks at one sees it as it is then.

    A row is hers by its address, or by its name where it has none and nobody else is called that.
    """
    same = (RosterAddress.organisation_id == Employee.organisation_id) & (RosterAddress.employee_id == Employee.id)
    written = select(RosterAddress.email).join(Employee, same).where(Employee.person_id == person.id)
    hers = {email.lower() for email in session.scalars(written)}
    hers |= {address.email.lower() for address in addresses_of(person) if address.confirmed_at is not None}

    def is_hers(entry: Entry) -> bool:
        if entry.email:
            return entry.email.lower() in hers
        return not who.shares_her_name and entry.name.casefold() == who.name.casefold()

    for draft in session.scalars(select(RosterDraft).where(RosterDraft.organisation_id.in_(who.places))):
        gone = {entry.number for entry in entries_of(draft) if is_hers(entry)}
        if gone:
            draft.rows = [(number, cells) for number, cells in draft.rows if number not in gone]
            draft.answers = {number: said for number, said in draft.answers.items() if int(number) not in gone}
