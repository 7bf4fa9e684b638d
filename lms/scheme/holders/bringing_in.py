"""Bringing the holders in: organisations that are new, their awards as they were given, and their own words."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time

from lms.database import NORWAY, new_id, now, session
from lms.mark.models import Award, awards_of
from lms.mark.words import Words, own_words_of
from lms.organisations.events import record
from lms.organisations.models import Organisation, found_organisation
from lms.organisations.profile import profile_to_change
from lms.people.models import Person
from lms.scheme.holders.entries import Holder
from lms.scheme.organisations.coordinators import EnoughLetters, IsHereAlready, invite_coordinator


def bring_in(holders: Sequence[Holder], by: Person, invites: bool, reader: str) -> int:
    """Bring in every row that is right and not here yet; returns how many awards were written.

    An award is never removed, so nothing of this can be undone: a wrong one is withdrawn, with a reason.
    """
    founded: dict[tuple[str, str], Organisation] = {}
    written = 0
    for holder in sorted(holders, key=lambda each: each.awarded_on or date.max):
        if holder.change not in ("new", "known"):
            continue
        called = (holder.name.casefold(), holder.number)
        organisation = holder.known or founded.get(called) or found_organisation(holder.name, [])
        founded[called] = organisation
        _describe(organisation, holder, by)
        _award(organisation, holder, by)
        if invites and holder.email:
            # Whoever is there already, or has had enough letters, needs none.
            with suppress(IsHereAlready, EnoughLetters):
                invite_coordinator(organisation, holder.email.partition("@")[0], holder.email, reader, by)
        written += 1
    return written


def _describe(organisation: Organisation, holder: Holder, by: Person) -> None:
    """Fill in what nobody has written yet: what stands here already is newer than a list."""
    profile = profile_to_change(organisation.id)
    for name in ("number", "field", "place"):
        setattr(profile, name, getattr(profile, name) or getattr(holder, name))
    there = own_words_of(organisation.id)
    words = {name: getattr(there, name, "") or getattr(holder, name) for name in ("words_nb", "words_en", "website")}
    Words(**words, in_register=there.in_register if there else True).keep(organisation.id, by)


def _award(organisation: Organisation, holder: Holder, by: Person) -> None:
    if holder.awarded_on is None or holder.valid_until is None:
        raise ValueError(holder.number_in_list)
    before = awards_of(organisation.id)
    award = Award(
        organisation_id=organisation.id,
        id=new_id(),
        awarded_on=holder.awarded_on,
        awarded_at=datetime.combine(holder.awarded_on, time(12), NORWAY),
        valid_until=holder.valid_until,
        imported_at=now(),
        imported_by=by.id,
    )
    session.add(award)
    session.flush()
    for earlier in before:
        if earlier.awarded_on < award.awarded_on and earlier.state(award.awarded_on) == "valid":
            earlier.replaced_by, earlier.replaced_on = award.id, award.awarded_on
    record(organisation.id, "mark.brought_in", by, award=str(award.id))
    session.flush()
