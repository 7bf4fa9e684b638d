"""Who may do what on the scheme's side: its staff reads, its administrators decide."""

from flask import abort, g
from werkzeug.wrappers import Response

from lms.people.models import Person
from lms.people.sign_in import must_be_signed_in


def staff_reads() -> Response | None:
    """Send somebody we do not know to the sign-in page; nobody but the scheme's staff finds a page here."""
    if (away := must_be_signed_in()) is not None:
        return away
    if not g.person.is_facilitator:
        abort(404)
    return None


def administrator() -> Person:
    """The administrator who asks for something to be done; nobody else finds anything to do here."""
    if g.person is None:
        abort(401)
    if not g.person.is_administrator:
        abort(404)
    person: Person = g.person
    return person
