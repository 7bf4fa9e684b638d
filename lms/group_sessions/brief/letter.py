"""The letter to whoever leads a session, a day before it: when and where, how ready they are, and where the brief is.

It says no more than the page: counts, and never a name or a word that somebody has written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, delete, exists, or_, select

from lms.database import norwegian_day, now, session, upsert
from lms.group_sessions.brief.models import KEY, BriefLetter
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Readiness, readiness_for
from lms.languages import _, clock_time, in_words, ngettext, speaking
from lms.mail.models import UNSENT, OutboxMail, queue_mail
from lms.mail.undeliverable import UndeliverableAddress
from lms.organisations.models import Organisation
from lms.people.letters import absolute
from lms.people.models import Address, Person

AHEAD = timedelta(hours=24)


@dataclass(frozen=True)
class Due:
    """A session whose facilitator is to be written to, and what she was told before."""

    meeting: GroupSession
    organisation: Organisation
    reader: Person
    email: str
    told: BriefLetter | None

    @property
    def is_due(self) -> bool:
        """Once for each day and each facilitator: half an hour later is not worth another letter."""
        told, starts_at = self.told, self.meeting.starts_at
        return (
            told is None
            or starts_at is None
            or told.facilitator_id != self.reader.id
            or norwegian_day(told.starts_at) != norwegian_day(starts_at)
        )


def write_briefs(moment: datetime) -> int:
    """Write the letters that are due, and take back those that say what is no longer true; says how many it wrote."""
    take_back(moment)
    due = [each for each in _soon(moment) if each.is_due]
    verdicts = readiness_for([(each.meeting, each.organisation) for each in due]) if due else []
    for each, readiness in zip(due, verdicts, strict=True):
        with speaking(each.reader.language or "nb"):
            mail = _letter(each, readiness)
        row = {
            "organisation_id": each.organisation.id,
            "group_session_id": each.meeting.id,
            "facilitator_id": each.reader.id,
            "starts_at": each.meeting.starts_at,
            "mail_id": mail.id,
            "queued_at": now(),
        }
        upsert(BriefLetter, row, KEY, overwrite=("facilitator_id", "starts_at", "mail_id", "queued_at"))
    return len(due)


def take_back(moment: datetime) -> None:
    """Letters still in the outbox of sessions that are cancelled, moved or led by somebody else are old news."""
    of_session = and_(
        GroupSession.organisation_id == BriefLetter.organisation_id, GroupSession.id == BriefLetter.group_session_id
    )
    rows = session.execute(
        select(BriefLetter, OutboxMail.id)
        .join(OutboxMail, OutboxMail.id == BriefLetter.mail_id)
        .join(GroupSession, of_session)
        .where(
            UNSENT,
            OutboxMail.attempts == 0,
            or_(OutboxMail.claimed_until.is_(None), OutboxMail.claimed_until <= moment),
            or_(
                GroupSession.cancelled_at.is_not(None),
                GroupSession.starts_at.is_distinct_from(BriefLetter.starts_at),
                GroupSession.facilitator_id.is_distinct_from(BriefLetter.facilitator_id),
            ),
        )
    ).all()
    for letter, mail_id in rows:
        session.execute(delete(OutboxMail).where(OutboxMail.id == mail_id))
        session.delete(letter)
    session.flush()


def _soon(moment: datetime) -> list[Due]:
    """The sessions that begin within a day and are not cancelled, with who leads each and where her mail goes."""
    email = reachable_addresses().where(Address.person_id == Person.id).correlate(Person).scalar_subquery()
    told = and_(
        BriefLetter.organisation_id == GroupSession.organisation_id, BriefLetter.group_session_id == GroupSession.id
    )
    rows = session.execute(
        select(GroupSession, Organisation, Person, email, BriefLetter)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .join(Person, Person.id == GroupSession.facilitator_id)
        .outerjoin(BriefLetter, told)
        .where(
            GroupSession.starts_at > moment,
            GroupSession.starts_at <= moment + AHEAD,
            GroupSession.cancelled_at.is_(None),
            GroupSession.held_at.is_(None),
            Person.erased_at.is_(None),
            email.is_not(None),
        )
        .order_by(GroupSession.starts_at, GroupSession.id)
    )
    return [Due(*row) for row in rows]


def can_be_written_to(facilitator: Person) -> bool:
    """Whether the letters about her sessions have somewhere to go: an address she has confirmed and mail arrives at."""
    return session.scalar(reachable_addresses().where(Address.person_id == facilitator.id)) is not None


def reachable_addresses() -> Select[str]:
    """Addresses that somebody has confirmed and mail arrives at: the first that fits what is asked besides."""
    return (
        select(Address.email)
        .where(Address.confirmed_at.is_not(None), ~exists().where(UndeliverableAddress.recipient == Address.email))
        .order_by(Address.confirmed_at, Address.email)
        .limit(1)
    )


def _letter(due: Due, readiness: Readiness) -> OutboxMail:
    meeting, organisation, starts_at = due.meeting, due.organisation, due.meeting.starts_at
    assert starts_at is not None  # noqa: S101  what begins within a day has a day
    named = {"organisation": organisation.name}
    when = [f"{in_words(starts_at)}, {clock_time(starts_at)}", meeting.place, meeting.link]
    verdict = {
        "ready": _("They are ready."),
        "ready_with_exceptions": _("They are ready, with exceptions."),
        "not_ready": _("They are not ready yet."),
    }[readiness.verdict]
    if missing := len(readiness.blockers):
        verdict += " " + ngettext("%(num)s thing is missing.", "%(num)s things are missing.", missing)
    address = absolute("lms.briefs.show", organisation_id=organisation.id, group_session_id=meeting.id)
    paragraphs = (
        _("Hello, %(name)s", name=due.reader.name),
        _("You lead the group session of %(organisation)s.", **named),
        "\n".join(line for line in when if line),
        verdict,
        _("Your brief, on one sheet: who is expected, what they have read and answered, cards and an agenda:")
        + f"\n{address}",
        _("Regards from Balanse"),
    )
    return queue_mail(
        due.email,
        _("Your brief: group session of %(organisation)s", **named),
        "\n\n".join(paragraphs) + "\n",
        due.reader.language or "nb",
        organisation.id,
        useless_after=starts_at,
    )
