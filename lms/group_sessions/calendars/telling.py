"""Telling people when a session is: the invitation, each change and the cancellation, written by the worker.

A press only marks the session; the worker writes the letters afterwards, some hundred at a time, each together with
the line that says so. However often it is killed, nobody is told the same twice and nobody is left out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, true, update
from sqlalchemy.orm import aliased

from lms.database import now, session, upsert
from lms.group_sessions.calendars.events import invitation
from lms.group_sessions.calendars.models import CalendarLetter
from lms.group_sessions.models import GroupSession, sessions_ahead
from lms.group_sessions.seats.models import Seat
from lms.languages import _, clock_time, in_words, speaking
from lms.mail.models import OutboxMail, queue_mail
from lms.mail.undeliverable import UndeliverableAddress
from lms.organisations.models import Employee, Organisation
from lms.organisations.reaching import has_come_in
from lms.organisations.roster_addresses import RosterAddress
from lms.people.letters import absolute
from lms.people.models import Address, Person

AT_ONCE = 300
SOON = timedelta(days=1)  # from then on a letter doesn't wait for the morning
SESSIONS_AT_ONCE = 20
KEY = ("organisation_id", "group_session_id", "person_id")


@dataclass(frozen=True)
class Reader:
    """Somebody to be told: where her mail goes, and what she reads."""

    person_id: UUID
    name: str
    language: str
    email: str
    last_mail: UUID | None
    last_said: int | None
    got_her_place: bool = False  # she had waited for it, and does not know yet


def tell_what_is_due() -> int:
    """Write the letters that are due, as many as are good for one transaction; says how many."""
    due = (
        select(GroupSession)
        .where(GroupSession.letters_due)
        .order_by(GroupSession.changed_at)
        .limit(SESSIONS_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    told = 0
    for meeting in session.scalars(due).all():
        told += tell(meeting, AT_ONCE - told)
        if told >= AT_ONCE:
            break
        meeting.letters_due = False
    return told


def tell(meeting: GroupSession, most: int) -> int:
    """Write to those who do not know yet what is true of this session, at most so many; says how many."""
    if meeting.held_at is not None or (meeting.ends_at is not None and meeting.ends_at < now()):
        return 0
    organisation = session.get_one(Organisation, meeting.organisation_id)
    told = 0
    for cancels, readers in ((False, _to_invite(meeting, most)), (True, _to_cancel(meeting, most))):
        for reader in readers[: most - told]:
            _write(meeting, organisation, reader, cancels)
            told += 1
    return told


def uninvite(meeting: GroupSession, employees: Collection[UUID]) -> None:
    """Write at once to those of these people who have been told of the session that they are not expected any more."""
    organisation = session.get_one(Organisation, meeting.organisation_id)
    hers = select(Employee.person_id).where(
        Employee.organisation_id == meeting.organisation_id, Employee.id.in_(employees)
    )
    was_told = CalendarLetter.cancels.is_(False)
    for reader in _readers(meeting, was_told, ~_leads(meeting), Person.id.in_(hers), most=len(employees)):
        _write(meeting, organisation, reader, cancels=True)


def look_again() -> None:
    """Mark the sessions ahead, so that whoever has come, left or confirmed an address since is told, too."""
    session.execute(
        update(GroupSession)
        .where(
            GroupSession.invited_at.is_not(None),
            GroupSession.held_at.is_(None),
            GroupSession.cancelled_at.is_(None),
            GroupSession.starts_at > now(),
        )
        .values(letters_due=True)
    )


def how_many_know(meeting: GroupSession) -> int:
    """How many have been sent an invitation that still stands."""
    return how_many_know_each([meeting]).get(meeting.id, 0)


def how_many_know_each(meetings: Sequence[GroupSession]) -> dict[UUID, int]:
    """How many have been sent an invitation that still stands, by session."""
    rows = session.execute(
        select(CalendarLetter.group_session_id, func.count())
        .where(
            CalendarLetter.organisation_id.in_({meeting.organisation_id for meeting in meetings}),
            CalendarLetter.group_session_id.in_({meeting.id for meeting in meetings}),
            CalendarLetter.cancels.is_(False),
        )
        .group_by(CalendarLetter.group_session_id)
    )
    return dict(rows.all())


def _to_invite(meeting: GroupSession, most: int) -> list[Reader]:
    if not meeting.is_on:
        return []
    does_not_know = or_(
        CalendarLetter.person_id.is_(None),
        CalendarLetter.cancels,
        CalendarLetter.sequence != meeting.sequence,
        _got_her_place(meeting),
    )
    return _readers(meeting, or_(_leads(meeting), _is_for(meeting)), does_not_know, most=most)


def _to_cancel(meeting: GroupSession, most: int) -> list[Reader]:
    was_told = CalendarLetter.cancels.is_(False)
    if not meeting.is_on:
        return _readers(meeting, was_told, most=most)
    return _readers(meeting, was_told, ~or_(_leads(meeting), _is_for(meeting)), most=most)


def _is_for(meeting: GroupSession) -> ColumnElement[bool]:
    """Whether a person is one of those the session is for, once they have been invited or have got a place in line.

    Of several sessions, that is the one she has a place in; whoever has chosen none yet keeps what she was told.
    """
    works_here = (
        Employee.organisation_id == meeting.organisation_id,
        Employee.person_id == Person.id,
        Employee.left_at.is_(None),
    )
    of_hers = Seat.organisation_id == Employee.organisation_id, Seat.employee_id == Employee.id
    another = aliased(GroupSession)
    has_chosen_another = (
        exists()
        .where(
            *works_here,
            *of_hers,
            Seat.group_session_id != meeting.id,
            another.organisation_id == Seat.organisation_id,
            another.id == Seat.group_session_id,
            another.held_at.is_(None),
            another.cancelled_at.is_(None),
        )
        .correlate(Person)
    )
    has_a_place_here = exists().where(*works_here, *of_hers, Seat.group_session_id == meeting.id).correlate(Person)
    if meeting.invited_at is None:
        return exists().where(*works_here, *of_hers, *_was_given_here(meeting)).correlate(Person)
    only_one = len(sessions_ahead(meeting.organisation_id)) <= 1
    was_told = CalendarLetter.cancels.is_(False)
    is_here = exists().where(*works_here).correlate(Person)
    return and_(is_here, ~has_chosen_another, true() if only_one else or_(has_a_place_here, was_told))


def _was_given_here(meeting: GroupSession) -> tuple[ColumnElement[bool], ...]:
    return Seat.group_session_id == meeting.id, Seat.cannot_come_at.is_(None), Seat.waited_since.is_not(None)


def _got_her_place(meeting: GroupSession) -> ColumnElement[bool]:
    """Whether a person has got a place from the waiting list since she was last written to about this session."""
    return (
        exists()
        .where(
            Employee.organisation_id == meeting.organisation_id,
            Employee.person_id == Person.id,
            Seat.organisation_id == Employee.organisation_id,
            Seat.employee_id == Employee.id,
            *_was_given_here(meeting),
            or_(CalendarLetter.queued_at.is_(None), Seat.taken_at > CalendarLetter.queued_at),
        )
        .correlate(Person, CalendarLetter)
    )


def _leads(meeting: GroupSession) -> ColumnElement[bool]:
    return Person.id == meeting.facilitator_id if meeting.facilitator_id is not None else Person.id.is_(None)


def _readers(meeting: GroupSession, *whom: ColumnElement[bool], most: int) -> list[Reader]:
    """Those of these people whom mail can reach: where they want it, else where the organisation says they are.

    Somebody who has not entered yet gets the organisation's other letters first: this one opens nothing to her.
    """
    hers = (
        select(Address.email)
        .where(Address.person_id == Person.id, Address.confirmed_at.is_not(None), _is_believed_in(Address.email))
        .order_by(Address.confirmed_at, Address.email)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    on_the_roster = (
        select(RosterAddress.email)
        .join(
            Employee,
            and_(Employee.organisation_id == RosterAddress.organisation_id, Employee.id == RosterAddress.employee_id),
        )
        .where(
            RosterAddress.organisation_id == meeting.organisation_id,
            Employee.person_id == Person.id,
            _is_believed_in(RosterAddress.email),
            has_come_in(),
        )
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    address = func.coalesce(hers, on_the_roster)
    last_mail = and_(
        CalendarLetter.organisation_id == meeting.organisation_id,
        CalendarLetter.group_session_id == meeting.id,
        CalendarLetter.person_id == Person.id,
    )
    rows = session.execute(
        select(Person.id, Person.name, Person.language, address, CalendarLetter.mail_id, CalendarLetter.said)
        .add_columns(_got_her_place(meeting))
        .outerjoin(CalendarLetter, last_mail)
        .where(*whom, address.is_not(None), Person.erased_at.is_(None))
        .order_by(Person.id)
        .limit(most)
    )
    return [Reader(number, name, language or "nb", *rest) for number, name, language, *rest in rows]


def _is_believed_in(email: Any) -> ColumnElement[bool]:
    return ~exists().where(UndeliverableAddress.recipient == email)


def _write(meeting: GroupSession, organisation: Organisation, reader: Reader, cancels: bool) -> None:
    _take_back(reader.last_mail)
    said = meeting.sequence if reader.last_said is None else max(meeting.sequence, reader.last_said + 1)
    with speaking(reader.language):
        mail = _letter(meeting, organisation, reader, cancels, said)
    row = {
        "organisation_id": meeting.organisation_id,
        "group_session_id": meeting.id,
        "person_id": reader.person_id,
        "sequence": meeting.sequence,
        "said": said,
        "cancels": cancels,
        "mail_id": mail.id,
        "queued_at": now(),
    }
    upsert(CalendarLetter, row, KEY, overwrite=("sequence", "said", "cancels", "mail_id", "queued_at"))


def _take_back(mail_id: UUID | None) -> None:
    """Take an earlier letter out of the outbox if it is still there and nobody is sending it: it is old news."""
    session.execute(
        delete(OutboxMail).where(
            OutboxMail.id == mail_id,
            OutboxMail.sent_at.is_(None),
            OutboxMail.gave_up_at.is_(None),
            OutboxMail.attempts == 0,
            or_(OutboxMail.claimed_until.is_(None), OutboxMail.claimed_until <= now()),
        )
    )


def _letter(meeting: GroupSession, organisation: Organisation, reader: Reader, cancels: bool, said: int) -> OutboxMail:
    leads = reader.person_id == meeting.facilitator_id
    if leads:
        page = absolute("lms.group_sessions.readiness", organisation_id=meeting.organisation_id)
        about = _("How ready they are:")
    else:
        page, about = absolute("lms.calendars.mine"), _("More about it, and what to do if you cannot come:")
    named = {"organisation": organisation.name}
    if cancels:
        subject = _("Cancelled: group session of %(organisation)s", **named)
        what = _("You are no longer expected at the group session of %(organisation)s.", **named)
        if meeting.cancelled_at is not None:
            what = _("The group session of %(organisation)s has been cancelled.", **named)
    elif reader.got_her_place:
        subject = _("You have a place: group session of %(organisation)s", **named)
        what = _("You have got the place you waited for at the group session of %(organisation)s.", **named)
    elif reader.last_mail is not None:
        subject = _("Changed: group session of %(organisation)s", **named)
        what = _("Something has changed about the group session of %(organisation)s. This is how it is now:", **named)
    else:
        subject = _("Group session of %(organisation)s", **named)
        what = _("You are invited to the group session of %(organisation)s, to talk about what you have read.", **named)
        if leads:
            what = _("You lead the group session of %(organisation)s.", **named)
    paragraphs = [_("Hello, %(name)s", name=reader.name), what]
    if not cancels:
        paragraphs += [_when_and_where(meeting), f"{about}\n{page}"]
    paragraphs.append(_("Regards from Balanse"))
    return queue_mail(
        reader.email,
        subject,
        "\n\n".join(paragraphs) + "\n",
        reader.language,
        organisation.id,
        by_day=meeting.starts_at is None or meeting.starts_at > now() + SOON,
        useless_after=meeting.ends_at,
        calendar=invitation(
            meeting,
            organisation,
            "CANCEL" if cancels else "REQUEST",
            page,
            sequence=said,
            attendee=reader.email,
            name=reader.name,
        ),
    )


def _when_and_where(meeting: GroupSession) -> str:
    if meeting.starts_at is None:
        return _("No date yet")
    lines = [f"{in_words(meeting.starts_at)}, {clock_time(meeting.starts_at)}", meeting.place, meeting.link]
    return "\n".join(line for line in lines if line)
