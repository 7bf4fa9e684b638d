"""What somebody writes at the door of a join link, with what to do about each mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from email_validator import EmailNotValidError, validate_email
from flask import current_app, g, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from lms.courses.packs import Course
from lms.database import new_id, now, session
from lms.languages import _
from lms.learning.credit import start_clock
from lms.learning.onboarding.deadlines import set_deadline
from lms.learning.places import count_anew, enrol
from lms.organisations.models import JoinLink, employee_of
from lms.organisations.shifts import NONE_OF_THESE, shift_meant, shifts_of
from lms.people.letters import mail_confirmation
from lms.people.models import NAME_LENGTH, Person, addresses_of
from lms.people.names import one_line
from lms.people.sign_in import device_shared_by, turn


@dataclass(frozen=True)
class Entry:
    """The form at the door: a name, and an address, which most links leave to whoever enters.

    `number` comes from the page, where it stands signed, and from whose turn it is on the device: the same page sent
    twice is one person, and sent by the next one, who has found it open or gone back to it, another.
    """

    name: str = ""
    email: str = ""
    number: UUID | None = None
    shares_device: bool = False
    shift: str = ""  # as she has picked or typed it; also in the address of the poster

    @classmethod
    def before(cls, arguments: Mapping[str, str]) -> "Entry":
        """The form before anybody has written in it: at an address meant for a shared device it says so."""
        name = g.host_user.name if g.host_user else ""
        shared = "shared" in arguments or device_shared_by() is not None
        return cls(name, shares_device=shared, shift=arguments.get("shift", ""))

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Entry":
        """What somebody has written, right or wrong."""
        try:
            number = UUID(_signing().loads(form.get("entry", "")))
        except (BadData, ValueError):
            number = None
        if number is not None and (taken := turn()):
            number = uuid5(number, str(taken))
        name, email = one_line(form.get("name", "")), form.get("email", "").strip().lower()
        return cls(name, email, number, "shares_device" in form, form.get("shift", ""))

    def mistakes(self, link: JoinLink, person: Person | None) -> dict[str, str]:
        """What has to be put right before the link lets her in, by field."""
        errors = {}
        if not self.name and (person is None or not person.name):
            errors["name"] = _("Write your name, so that your organisation can see who has completed the course.")
        elif len(self.name) > NAME_LENGTH:
            errors["name"] = _("The name can have at most %(number)s characters.", number=NAME_LENGTH)
        if self.email and not _is_address(self.email):
            errors["email"] = _("This does not look like an e-mail address. Correct it, or leave the field empty.")
        elif asks_for_address(link, person) and not link.is_for(self.email):
            errors["email"] = _("This link is for addresses at %(domain)s.", domain=link.mail_domain)
        if not is_in(link, person) and self.shift != NONE_OF_THESE and (shifts := shifts_of(link)):
            if not self.shift.strip():
                errors["shift"] = _("Say which shift or team you belong to, or choose none of these.")
            elif shift_meant(shifts, self.shift) is None:
                errors["shift"] = _("We know no such shift or team here. Look once more at your poster or message.")
        return errors


def come_in(link: JoinLink, entry: Entry, person: Person, courses: list[str]) -> None:
    """Let her in by the link, with a place in these courses and a letter to the address she wrote.

    Raises JoinLinkClosed, WrongMailDomain and EnoughAddresses.
    """
    person.name = person.name or entry.name  # who began without one, and gives it after all
    shift = shift_meant(shifts_of(link), entry.shift) if entry.shift else None
    employee = link.admit(person, entry.email or address_for(link, person), shift.team if shift else "")
    session.flush()
    enrol(employee, courses)
    count_anew(employee)
    set_deadline(employee, link, courses)
    start_clock(person.id, now())
    if entry.email not in ("", *(address.email for address in addresses_of(person))):
        mail_confirmation(person, entry.email)


def fresh_entry() -> str:
    """What a page that asks for a name carries along."""
    return str(_signing().dumps(str(new_id())))


def asks_for_address(link: JoinLink, person: Person | None) -> bool:
    """Whether the link is limited to a mail domain, and nothing says yet that she belongs there."""
    if not link.mail_domain or is_in(link, person):
        return False
    return address_for(link, person) == ""


def address_for(link: JoinLink, person: Person | None) -> str:
    """An address that she has given us before and that the link is for; empty without one."""
    known = [address.email for address in addresses_of(person)] if person is not None else []
    return next((email for email in known if link.is_for(email)), "")


def first_page(organisation_id: UUID, course: Course | None) -> str:
    """Where somebody who has entered begins: at the first lesson, or at her front page where there is none."""
    if course is None:
        return url_for("lms.journey.front")
    slug = course.lessons[0].slug
    return url_for("lms.learning.lesson", organisation_id=organisation_id, key=course.key, slug=slug)


def is_in(link: JoinLink, person: Person | None) -> bool:
    """Whether she has a place where the link leads."""
    employee = employee_of(person, link.organisation_id) if person is not None else None
    return employee is not None and employee.left_at is None


def _signing() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["lms"].secret_key, salt="entry")


def _is_address(email: str) -> bool:
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
