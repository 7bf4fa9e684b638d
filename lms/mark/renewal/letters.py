"""The letters about how long a mark lasts: to the organisation, its general address, and who follows it."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select

from lms.database import session
from lms.group_sessions.following import follows
from lms.languages import _, in_words, speaking
from lms.mail.models import queue_mail
from lms.mail.undeliverable import UndeliverableAddress
from lms.mark.letters import coordinators_reached
from lms.mark.models import Award
from lms.mark.renewal.models import address_of
from lms.organisations.models import Organisation, current_round
from lms.people.letters import absolute
from lms.people.models import Address, Person

Reader = tuple[str, str, str]


def tell(award: Award, organisation: Organisation, occasion: str) -> int:
    """Write to everybody who is to know, each in her language and each address once; says how many letters."""
    written: set[str] = set()
    theirs = coordinators_reached(organisation.id)
    if general := address_of(organisation.id):
        theirs.append(("", "nb", general))
    for readers, scheme in ((theirs, False), (_facilitators(organisation.id), True)):
        for name, spoken, email in readers:
            if email in written:
                continue
            written.add(email)
            with speaking(spoken):
                subject, body = _letter(name, award, organisation, occasion, scheme)
                queue_mail(email, subject, body, spoken, organisation.id, by_day=True)
    return len(written)


def _letter(name: str, award: Award, organisation: Organisation, occasion: str, scheme: bool) -> tuple[str, str]:
    subject, *said = _for_the_scheme(award, organisation, occasion) if scheme else _words(award, organisation, occasion)
    page = absolute("lms.renewal.show", organisation_id=organisation.id)
    paragraphs = (
        _("Hello, %(name)s", name=name) if name else _("Hello,"),
        *said,
        _("What you promised, what has been done, and how to go on:") + f"\n{page}",
        _("Regards from Balanse"),
    )
    return subject, "\n\n".join(paragraphs) + "\n"


def _words(award: Award, organisation: Organisation, occasion: str) -> tuple[str, ...]:
    named = {"organisation": organisation.name, "day": in_words(award.valid_until)}
    if occasion == "lapsed":
        return (
            _("Balansemerket of %(organisation)s has lapsed", **named),
            _("Balansemerket of %(organisation)s was valid through %(day)s, and has now lapsed.", **named),
            _("You can still renew it. The next one counts from the day you are awarded it."),
        )
    begun = award.round_id is not None and award.round_id != current_round(organisation.id).id
    return (
        _("Balansemerket of %(organisation)s is valid through %(day)s", **named),
        _time_left(award.valid_until, organisation, occasion),
        _("You have begun the new round already. What is left stands on the page.")
        if begun
        else _(
            "You can begin the new round now. The next mark counts from the last day of this one, so you lose nothing "
            "by being early."
        ),
    )


def _for_the_scheme(award: Award, organisation: Organisation, occasion: str) -> tuple[str, ...]:
    named = {"organisation": organisation.name, "day": in_words(award.valid_until)}
    if occasion == "lapsed":
        return (
            _("Balansemerket of %(organisation)s has lapsed", **named),
            _("Balansemerket of %(organisation)s was valid through %(day)s, and has now lapsed.", **named),
            _("They have been told. Perhaps they need a telephone call."),
        )
    return (
        _("Balansemerket of %(organisation)s is valid through %(day)s", **named),
        _time_left(award.valid_until, organisation, occasion),
        _("They have been told, and the meeting can be planned now."),
    )


def _time_left(day: date, organisation: Organisation, occasion: str) -> str:
    named = {"organisation": organisation.name, "day": in_words(day)}
    return {
        "six": _("In six months, on %(day)s, Balansemerket of %(organisation)s expires.", **named),
        "three": _("In three months, on %(day)s, Balansemerket of %(organisation)s expires.", **named),
        "one": _("In one month, on %(day)s, Balansemerket of %(organisation)s expires.", **named),
    }[occasion]


def _facilitators(organisation_id: UUID) -> Iterable[Reader]:
    """Who follows it or leads group sessions there; where nobody does, the administrators, so that somebody knows."""
    believed = Address.confirmed_at.is_not(None), ~exists().where(UndeliverableAddress.recipient == Address.email)
    email = select(func.min(Address.email)).where(Address.person_id == Person.id, *believed).correlate(Person)
    reached = select(Person.name, Person.language, email.scalar_subquery()).where(
        Person.erased_at.is_(None), email.scalar_subquery().is_not(None)
    )
    rows = session.execute(
        reached.where(follows(Person.id, organisation_id), Person.scheme_role.is_not(None))
    ).all() or session.execute(reached.where(Person.scheme_role == "administrator"))
    return [(name, spoken or "nb", email) for name, spoken, email in rows]
