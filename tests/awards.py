"""Marks that were awarded before there were requests, as the scheme brings them in with their dates."""

from datetime import date, datetime, time
from uuid import UUID

from lms.database import NORWAY, now, session
from lms.mark.dates import last_day
from lms.mark.models import Award, OwnWords
from lms.organisations.models import found_organisation
from lms.organisations.profile import OrganisationProfile
from lms.people.models import Person

CODE = "K7M2-P9XQ-R3T8"


def give_mark(organisation_id: UUID, by: UUID, on: date, until: date | None = None, code: str = "") -> Award:
    """An award of that day, valid for two years unless told otherwise; an earlier one that is valid is replaced."""
    award = Award(
        organisation_id=organisation_id,
        awarded_on=on,
        awarded_at=datetime.combine(on, time(12), NORWAY),
        valid_until=until or last_day(on),
        imported_at=now(),
        imported_by=by,
        **({"code": code} if code else {}),
    )
    session.add(award)
    session.flush()
    return award


def found_holder(
    name: str, by: Person, on: date, place: str = "", field: str = "", words: str = "", **more: str
) -> Award:
    """An organisation with the mark since a day, and with something to say."""
    organisation = found_organisation(name, ["harassment"])
    session.add(OrganisationProfile(organisation_id=organisation.id, place=place, field=field))
    session.add(OwnWords(organisation_id=organisation.id, words_nb=words, words_en=more.get("words_en", "")))
    return give_mark(organisation.id, by.id, on, code=more.get("code", ""))
