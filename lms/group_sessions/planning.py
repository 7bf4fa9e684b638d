"""What somebody writes when she plans the group session: read from the form, with what to do about each mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from lms.database import NORWAY, norwegian_day, now
from lms.group_sessions.models import GroupSession
from lms.languages import _
from lms.organisations.invitations import ForgedChoice, Invalid, read_day
from lms.people.models import Person
from lms.people.names import one_line

PLACE_LENGTH = 200
LINK_LENGTH = 500
LARGEST_ROOM = 100_000
MINUTES = (60, 90, 120, 180, 240, 360)


@dataclass(frozen=True)
class Plan:
    """A group session to be: when (UTC), how long (minutes), where and with whom; what is not known yet is empty."""

    starts_at: datetime | None
    minutes: int
    place: str
    link: str
    facilitator_id: UUID | None
    capacity: int | None = None

    @classmethod
    def read(cls, form: Mapping[str, str], facilitators: list[Person], usual: UUID | None = None) -> "Plan":
        """The plan in the form; led by the `usual` facilitator where the form does not ask by whom.

        Raises Invalid, and ForgedChoice for what the page does not offer.
        """
        errors: dict[str, str] = {}
        place, link = one_line(form.get("place", "")), one_line(form.get("link", ""))
        if len(place) > PLACE_LENGTH:
            errors["place"] = _("The place can have at most %(number)s characters.", number=PLACE_LENGTH)
        if link and not _is_web_address(link):
            errors["link"] = _("Write the whole link to the meeting, from https://.")
        minutes, chosen = form.get("minutes", str(MINUTES[3])), form.get("facilitator", str(usual or ""))
        known = {str(person.id): person.id for person in facilitators}
        if minutes not in map(str, MINUTES) or (chosen and chosen not in known):
            raise ForgedChoice
        plan = cls(
            starts_at=_moment(form.get("day", ""), form.get("time", ""), errors),
            minutes=int(minutes),
            place=place,
            link=link,
            facilitator_id=known.get(chosen),
            capacity=_capacity(form.get("capacity", "").strip(), errors),
        )
        if errors:
            raise Invalid(errors)
        return plan

    def apply_to(self, meeting: GroupSession) -> None:
        """Let the session be as planned. Raises AlreadyHeld."""
        meeting.plan(self.starts_at, self.minutes, self.place, self.link, self.facilitator_id)
        meeting.capacity = self.capacity


def _capacity(written: str, errors: dict[str, str]) -> int | None:
    if not written:
        return None
    if written.isascii() and written.isdecimal() and len(written) < 7 and 0 < int(written) <= LARGEST_ROOM:
        return int(written)
    errors["capacity"] = _("Write how many there is room for, in digits, or leave the field empty.")
    return None


def _moment(written_day: str, written_time: str, errors: dict[str, str]) -> datetime | None:
    """The moment in Norway that somebody wrote; None where there is none, or with what to do in `errors`."""
    if not written_day.strip():
        if written_time.strip():
            errors["day"] = _("Write the day too, or leave the time empty.")
        return None
    day, at = read_day(written_day), _time(written_time)
    if day is None:
        errors["day"] = _("Write the day as 31.12.2026, or leave the field empty.")
    elif day < norwegian_day(now()):
        errors["day"] = _("That day has passed. Choose today or a later day.")
    if at is None:
        errors["time"] = _("Write when it begins, such as 09.30.")
    if errors.keys() & {"day", "time"} or day is None or at is None:
        return None
    return _on_the_clock(day, at, errors)


def _on_the_clock(day: date, at: time, errors: dict[str, str]) -> datetime | None:
    """The moment when clocks in Norway show this; the hour that summer time skips is nobody's."""
    moment = datetime.combine(day, at, NORWAY)
    there_and_back = moment.astimezone(now().tzinfo).astimezone(NORWAY)
    if there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        errors["time"] = _("That night the clocks skip this hour. Choose an hour earlier or later.")
        return None
    return moment


def _time(written: str) -> time | None:
    digits = written.strip().replace(".", ":")
    for form in ("%H:%M", "%H"):
        try:
            return datetime.strptime(digits, form).time()  # noqa: DTZ007  a time of day has no zone
        except ValueError:
            continue
    return None


def _is_web_address(link: str) -> bool:
    try:
        address = urlsplit(link)
    except ValueError:
        return False
    return len(link) <= LINK_LENGTH and address.scheme == "https" and "." in (address.hostname or "")


def length_of(minutes: int) -> str:
    """A length in words: 90 minutes, 3 hours."""
    if minutes % 60 or minutes < 120:
        return _("%(number)s minutes", number=minutes)
    return _("%(number)s hours", number=timedelta(minutes=minutes) // timedelta(hours=1))
