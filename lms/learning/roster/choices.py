"""What an organisation chooses for its round: read from the forms, carried out, and written down when it changes."""

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from lms.courses.packs import Library
from lms.languages import _
from lms.learning.places import enrol_everybody
from lms.organisations.events import record
from lms.organisations.invitations import ForgedChoice, Invalid
from lms.organisations.models import Organisation, Round
from lms.organisations.names_left import told_of_change
from lms.people.models import Person
from lms.people.names import one_line

ORGANISATION_NAME_LENGTH = 200
CHANNEL_LENGTH = 1000
LARGEST_HEAD_COUNT = 1_000_000


def offered_in(library: Library, round: Round) -> list[str]:
    """The courses there are, and those the organisation has chosen though their pack is gone."""
    there = [course.key for course in library.courses]
    return there + [key for key in round.courses if key not in there]


def read_courses(form: MultiDict[str, str], offered: Sequence[str]) -> list[str]:
    """The chosen courses. Raises Invalid, and ForgedChoice for a course that was not offered."""
    chosen = form.getlist("courses")
    if not set(chosen) <= set(offered):
        raise ForgedChoice
    if not chosen:
        raise Invalid({"courses": _("Choose at least one course.")})
    return [key for key in offered if key in chosen]


def choose_courses(round: Round, courses: list[str], by: Person) -> None:
    """Ask everybody for these courses from now on.

    Everybody gets a place in the new ones at once. Whoever has begun one that is taken away keeps her place and may
    complete it; readiness no longer asks for it.
    """
    added = [course for course in courses if course not in round.courses]
    taken_away = [course for course in round.courses if course not in courses]
    if added or taken_away:
        round.courses = courses
        enrol_everybody(round, added)
        record(round.organisation_id, "courses.chosen", by, added=added, taken_away=taken_away)


def read_shares(form: MultiDict[str, str]) -> dict[str, int]:
    """How many of the leaders and of the staff must be done, in per cent. Raises Invalid."""
    return _numbers(form, ("leader_share", "staff_share"), _percent_wanted(), 100)


def read_head_count(form: MultiDict[str, str]) -> dict[str, int]:
    """How many the organisation says it has; 0 when it says nothing. Raises Invalid."""
    wanted = _("Write a whole number, or leave the field empty.")
    return _numbers(form, ("declared_head_count",), wanted, LARGEST_HEAD_COUNT, empty=0)


def read_time_share(form: MultiDict[str, str]) -> dict[str, int]:
    """How much of the usual reading time a lesson asks for, in per cent. Raises Invalid."""
    return _numbers(form, ("time_share",), _percent_wanted(), 100)


def read_shows_names(form: MultiDict[str, str]) -> dict[str, int]:
    """Whether the facilitator is to see names. Raises ForgedChoice for an answer that was not offered."""
    answers = {"numbers": False, "names": True}
    if form.get("seen", "") not in answers:
        raise ForgedChoice
    return {"shows_names": answers[form["seen"]]}


def set_policy(round: Round, numbers: dict[str, int], by: Person) -> None:
    """Set these numbers of the round."""
    news = {name: number for name, number in numbers.items() if getattr(round, name) != number}
    for name, number in news.items():
        setattr(round, name, number)
    if news:
        record(round.organisation_id, "policy.set", by, **news)


def read_channel_revision(form: MultiDict[str, str], organisation: Organisation) -> int:
    """The revision of the channel that the page showed; a page that showed none had none to bring back."""
    if "channel_revision" not in form:
        return organisation.channel_revision
    number = _number(form["channel_revision"], LARGEST_HEAD_COUNT, None)
    if number is None:
        raise ForgedChoice
    return number


def read_channel(form: MultiDict[str, str]) -> str:
    """Who receives reports, in the organisation's own words; empty when it does not say. Raises Invalid."""
    channel = "\n".join(filter(None, map(one_line, form["reporting_channel"].splitlines())))
    if len(channel) > CHANNEL_LENGTH:
        raise Invalid(
            {"reporting_channel": _("The text can have at most %(number)s characters.", number=CHANNEL_LENGTH)}
        )
    return channel


def set_channel(organisation: Organisation, channel: str, seen: int, by: Person) -> None:
    """Say to whom people can report. Raises Invalid where the page was opened before revision `seen` went by.

    The channel stands beside every field of every course: what somebody has just put right must not come back from a
    page that stood open.
    """
    if organisation.reporting_channel != channel:
        if seen != organisation.channel_revision:
            changed = _("Somebody else has written here meanwhile.")
            told = told_of_change(organisation.id, "channel", organisation.id, seen, changed)
            raise Invalid({"reporting_channel": told})
        organisation.reporting_channel = channel
        organisation.channel_revision += 1
        record(organisation.id, "channel.set", by, known=bool(channel))


def read_name(form: MultiDict[str, str]) -> str:
    """What the organisation is called. Raises Invalid."""
    name = one_line(form["name"])
    if not 0 < len(name) <= ORGANISATION_NAME_LENGTH:
        error = _("Write a name with at most %(number)s characters.", number=ORGANISATION_NAME_LENGTH)
        raise Invalid({"name": error})
    return name


def rename(organisation: Organisation, name: str, by: Person) -> None:
    """Call the organisation something else."""
    if organisation.name != name:
        organisation.name = name
        record(organisation.id, "organisation.renamed", by)


def _percent_wanted() -> str:
    return _("Write a whole number from 0 to 100.")


def _numbers(
    form: MultiDict[str, str], names: Sequence[str], wanted: str, largest: int, empty: int | None = None
) -> dict[str, int]:
    read: dict[str, Any] = {name: _number(form[name], largest, empty) for name in names}
    errors = {name: wanted for name, number in read.items() if number is None}
    if errors:
        raise Invalid(errors)
    return read


def _number(written: str, largest: int, empty: int | None) -> int | None:
    plain = "".join(written.strip().removesuffix("%").split())
    if not plain:
        return empty
    fits = plain.isascii() and plain.isdecimal() and len(plain) <= len(str(largest)) and int(plain) <= largest
    return int(plain) if fits else None
