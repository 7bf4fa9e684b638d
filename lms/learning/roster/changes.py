"""What a coordinator changes about somebody's place: read from the form, carried out, counted anew and written down."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from lms.languages import _
from lms.learning.places import count_anew, take_back
from lms.organisations.course_exceptions import REASON_LENGTH, exception_for, excuse, expect_again
from lms.organisations.events import record
from lms.organisations.invitations import TEAM_LENGTH, ForgedChoice, Invalid
from lms.organisations.models import Employee
from lms.people.models import Person
from lms.people.names import one_line

ROLES = ("employee", "coordinator")


class PagesWouldClose(Exception):
    """The coordinator is about to shut herself out of the organisation's pages, and has not said that she knows."""


@dataclass(frozen=True)
class Change:
    """Somebody's place as it is to be."""

    role: str
    is_leader: bool
    team: str

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Change":
        """The change in the form. Raises Invalid, and ForgedChoice for a role there is not."""
        role, team = form.get("role", ""), one_line(form.get("team", ""))
        if role not in ROLES:
            raise ForgedChoice
        if len(team) > TEAM_LENGTH:
            raise Invalid({"team": _("The team can have at most %(number)s characters.", number=TEAM_LENGTH)})
        return cls(role, "is_leader" in form, team)

    def make(self, employee: Employee, by: Person, sure: bool) -> None:
        """Give her this place. Raises LastCoordinator, and PagesWouldClose for whoever steps down and is not `sure`."""
        before = Change(employee.role, employee.is_leader, employee.team)
        if before == self:
            return
        if employee.person_id == by.id and self.role != "coordinator" and not sure:
            raise PagesWouldClose
        employee.change(self.role, self.is_leader, self.team)
        count_anew(employee)
        # Which team is somebody's own word, and the log holds none.
        about = {"role": self.role, "is_leader": self.is_leader, "team_changed": self.team != before.team}
        record(employee.organisation_id, "employee.changed", by, employee=str(employee.id), **about)


def mark_as_left(employee: Employee, by: Person, sure: bool) -> None:
    """She has left the organisation. Raises LastCoordinator and PagesWouldClose, as for stepping down."""
    if employee.left_at is not None:
        return
    if employee.person_id == by.id and not sure:
        raise PagesWouldClose
    employee.leave()
    count_anew(employee)
    record(employee.organisation_id, "employee.left", by, employee=str(employee.id))


def undo_leaving(employee: Employee, by: Person) -> None:
    """She is here after all, or again."""
    if employee.left_at is not None:
        take_back(employee)
        record(employee.organisation_id, "employee.taken_back", by, employee=str(employee.id))


def read_reason(form: MultiDict[str, str]) -> str:
    """Why nobody is to wait for somebody. Raises Invalid."""
    reason = one_line(form.get("reason", ""))
    if not reason:
        raise Invalid({"reason": _("Write a few words about why nobody is to wait.")})
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": _("The reason can have at most %(number)s characters.", number=REASON_LENGTH)})
    return reason


def give_exception(employee: Employee, reason: str, by: Person) -> None:
    """Let readiness not wait for her."""
    before = exception_for(employee)
    if before is not None and before.reason == reason:
        return
    excuse(employee, reason, by)
    count_anew(employee)
    record(employee.organisation_id, "exception.given", by, employee=str(employee.id))


def undo_exception(employee: Employee, by: Person) -> None:
    """Let readiness wait for her again."""
    if expect_again(employee):
        count_anew(employee)
        record(employee.organisation_id, "exception.taken_back", by, employee=str(employee.id))
