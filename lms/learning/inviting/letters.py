"""What an invitation says, and putting invitations into the outbox."""

from collections.abc import Sequence

from flask import current_app

from lms.courses.packs import Course
from lms.database import now
from lms.languages import _, speaking
from lms.learning.inviting.models import LINK_LIVES, Guest, keep_invitation, new_secret
from lms.mail.models import queue_mail
from lms.organisations.events import record
from lms.organisations.models import Organisation, Round
from lms.people.letters import absolute
from lms.people.models import Person


def subject_of(organisation: Organisation) -> str:
    """What stands over the letter."""
    return _("%(organisation)s invites you to its courses", organisation=organisation.name)


def body_of(organisation: Organisation, courses: Sequence[Course], reader: str, name: str, address: str) -> str:
    """The letter in the language that is being spoken."""
    listed = "\n".join(
        f"– {course.title(reader)}: " + _("about %(number)s min", number=course.minutes) for course in courses
    )
    paragraphs = (
        _("Hello, %(name)s", name=name),
        _(
            "%(organisation)s invites you to online courses against harassment and discrimination. You read, reflect "
            "and click through them whenever it suits you.",
            organisation=organisation.name,
        ),
        *([listed] if listed else []),
        _("Open your own link to begin:") + f"\n{address}",
        _("The link is yours alone: do not pass it on. It works for %(days)s days.", days=LINK_LIVES.days),
        _("What you write is yours, and nobody where you work can read it."),
        _("Do you not know %(organisation)s? Then do nothing: nothing happens.", organisation=organisation.name),
        _("Regards from Balanse"),
    )
    return "\n\n".join(paragraphs) + "\n"


def invite(organisation: Organisation, round: Round, guests: Sequence[Guest], by: Person) -> int:
    """Write to these guests, and say to how many; the caller holds the roster.

    The letters go out by day; a link that nobody has received in a month is no use, and neither is its letter.
    """
    courses = courses_offered(round)
    for guest in guests:
        secret, reader = new_secret(), guest.language or "nb"
        with speaking(reader):
            letter = body_of(organisation, courses, reader, guest.name, absolute("lms.inviting.show", secret=secret))
            mail = queue_mail(
                guest.email or "",
                subject_of(organisation),
                letter,
                reader,
                organisation.id,
                by_day=True,
                useless_after=now() + LINK_LIVES,
            )
        keep_invitation(organisation.id, guest, mail.id, secret, by)
    if guests:
        record(organisation.id, "people.invited", by=by, people=len(guests))
    return len(guests)


def courses_offered(round: Round) -> list[Course]:
    """What the organisation has chosen, as far as it is here."""
    library = current_app.extensions["lms"].library
    found = [library.course(key) for key in round.courses]
    return [course for course in found if course is not None]
