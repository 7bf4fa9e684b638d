"""Who is on the scheme's staff: appointed by whoever runs the site, at an address that opens the account."""

from lms.database import new_id, session
from lms.people.models import Address, Person, person_with_address

ROLES = ("facilitator", "administrator")


class NobodyThere(Exception):
    """No account has confirmed this address."""


def appoint(email: str, name: str, role: str) -> Person:
    """Give the person with this address a role in the scheme, or a new person where there is none.

    Whoever runs the site says whose address it is: the account has nothing in it yet, and opens by a link to there.
    """
    person = person_with_address(email)
    if person is None:
        person = Person(id=new_id(), name=name, language="nb")
        session.add(person)
        session.flush()
        address = Address(id=new_id(), person_id=person.id, email=email.lower())
        session.add(address)
        address.confirm()
    person.scheme_role = role
    return person


def dismiss(email: str) -> Person:
    """Take the role away; the account stays. Raises NobodyThere."""
    person = person_with_address(email)
    if person is None:
        raise NobodyThere
    person.scheme_role = None
    person.sign_out_everywhere()
    return person
