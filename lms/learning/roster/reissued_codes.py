"""When a coordinator may make somebody a new code: only while it opens nothing but a place in her own organisation."""

from typing import Literal

from sqlalchemy import exists, select

from lms.database import session
from lms.organisations.models import Employee
from lms.people.models import Person

Refusal = Literal["erased", "left", "herself", "host", "opens_more"]


class NotHersToGive(Exception):
    """The code would open more than the coordinator may; `why` is one of Refusal."""

    def __init__(self, why: Refusal):
        self.why = why


def why_no_code(employee: Employee, person: Person, by: Person) -> Refusal | None:
    """What stands in the way of a new code.

    Whoever makes a code can use it before she hands it on. So it must not lead to another organisation's pages, to a
    coordinator's or a facilitator's, or past the sign-in of a host's site; and nobody makes one for herself here,
    where it would open more than she came in with.
    """
    if person.erased_at is not None:
        return "erased"
    if employee.left_at is not None:
        return "left"
    if person.id == by.id:
        return "herself"
    if person.host_id is not None:
        return "host"
    elsewhere = exists().where(Employee.person_id == person.id, Employee.organisation_id != employee.organisation_id)
    opens_more = employee.role == "coordinator" or person.scheme_role is not None
    return "opens_more" if opens_more or session.scalar(select(elsewhere)) else None


def reissue_code(employee: Employee, person: Person, by: Person) -> str:
    """A new code in place of her old one, shown this once; her earlier reflections stay closed to it.

    Raises NotHersToGive.
    """
    if (why := why_no_code(employee, person, by)) is not None:
        raise NotHersToGive(why)
    return person.give_code(by=by)
