"""Group sessions as calendars read them: iCalendar (RFC 5545), and invitations by mail (RFC 5546)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from flask import current_app

from lms.database import NORWAY, now
from lms.group_sessions.models import GroupSession
from lms.languages import _, language
from lms.organisations.models import Organisation

if TYPE_CHECKING:
    # The library is read when a calendar is written, here and below: 2.5 MB that most servers never need.
    from icalendar import Calendar, Event, Timezone, vCalAddress

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
REFRESH = timedelta(hours=6)


def invitation(
    meeting: GroupSession,
    organisation: Organisation,
    method: Method,
    page: str,
    sequence: int | None = None,
    attendee: str = "",
    name: str = "",
) -> str:
    """One session with its method: for a letter to `attendee` (REQUEST, CANCEL), or to be kept by anybody (PUBLISH).

    Nobody else is named in it. `sequence` is given where a reader has been told more than the session has changed.
    Only a cancellation can be about a session without a day.
    """
    from icalendar import vCalAddress, vInt, vText

    calendar = _calendar()
    calendar.add("method", method)
    event = _event(meeting, organisation, page, stamp=now())
    organizer = vCalAddress(f"MAILTO:{parseaddr(str(current_app.config['LMS_MAIL_FROM']))[1]}")
    organizer.params["CN"] = vText(organisation.name)
    event.add("organizer", organizer)
    if sequence is not None:
        event["sequence"] = vInt(sequence)
    if attendee:
        event.add("attendee", _attendee(attendee, name))
    if method == "CANCEL":
        event["status"] = vText("CANCELLED")
    calendar.add_component(event)
    return written(calendar)


def feed(sessions: Iterable[tuple[GroupSession, Organisation, str]], name: str) -> str:
    """Many sessions, each with its organisation and its page, for a calendar that comes back to ask."""
    calendar = calendar_called(name)
    for meeting, organisation, page in sessions:
        calendar.add_component(_event(meeting, organisation, page, stamp=meeting.changed_at))
    return written(calendar)


def tag_of(sessions: Iterable[tuple[GroupSession, Organisation, str]], name: str) -> str:
    """What a feed is known by until something in it changes, without writing it: that takes ten times as long.

    A newer version of ours may write the same sessions in another way.
    """
    told = hashlib.sha256(f"{version('balanse')} {language()} {name}".encode())
    for meeting, organisation, page in sessions:
        shown = (meeting.id, meeting.sequence, meeting.changed_at, meeting.starts_at, meeting.minutes, meeting.place)
        told.update(repr((*shown, meeting.link, organisation.name, page)).encode())
    return told.hexdigest()


def calendar_called(name: str) -> Calendar:
    """An empty calendar with a name, for programs that come back to ask."""
    calendar = _calendar()
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    return calendar


def written(calendar: Calendar) -> str:
    """The calendar as text: folded lines that end with CRLF, as the library makes them."""
    lines: bytes = calendar.to_ical()
    return lines.decode()


def _calendar() -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Balansemerket//Balanse//NO")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add_component(_oslo())
    return calendar


def _event(meeting: GroupSession, organisation: Organisation, page: str, stamp: datetime) -> Event:
    from icalendar import Event

    event = Event()
    # Never changes, so that a moved session moves in the calendar too.
    event.add("uid", str(meeting.id))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", stamp)
    event.add("last-modified", meeting.changed_at)
    if meeting.starts_at is not None and meeting.ends_at is not None:
        event.add("dtstart", meeting.starts_at.astimezone(NORWAY))
        event.add("dtend", meeting.ends_at.astimezone(NORWAY))
    event.add("summary", _("Group session: %(organisation)s", organisation=organisation.name))
    if where := meeting.place or meeting.link:
        event.add("location", where)
    lines = [_("Video meeting: %(link)s", link=meeting.link)] if meeting.link else []
    event.add("description", "\n".join([*lines, _("More about it: %(page)s", page=page)]))
    event.add("url", page)
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def _attendee(email: str, name: str) -> vCalAddress:
    from icalendar import vCalAddress, vText

    attendee = vCalAddress(f"MAILTO:{email}")
    said = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION"}
    # Whoever cannot come says so on our page: nobody reads answers to the sender.
    for parameter, value in {**said, "RSVP": "FALSE", **({"CN": name} if name else {})}.items():
        attendee.params[parameter] = vText(value)
    return attendee


def _oslo() -> Timezone:
    """Norway's time as the European rule has it since 1996: what the library would list day by day until 2038."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    zone = Timezone()
    zone.add("tzid", NORWAY.key)
    for season, name, month, before, after in (
        (TimezoneDaylight(), "CEST", 3, 1, 2),
        (TimezoneStandard(), "CET", 10, 2, 1),
    ):
        season.add("dtstart", datetime(1996, month, 31 if month == 3 else 27, before + 1))  # noqa: DTZ001  local time
        season.add("rrule", {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": "-1SU"})
        season.add("tzoffsetfrom", timedelta(hours=before))
        season.add("tzoffsetto", timedelta(hours=after))
        season.add("tzname", name)
        zone.add_component(season)
    return zone
