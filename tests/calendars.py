"""What the rules of calendars ask for (RFC 5545, 5546 and 6047), of a text that somebody else's program will read."""

from typing import Any

from icalendar import Calendar, Component

# What a method must say, and what it must not (RFC 5546, 3.2).
MUST = {
    "PUBLISH": {"DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"},
    "REQUEST": {"ATTENDEE", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY", "UID"},
    "CANCEL": {"ATTENDEE", "DTSTAMP", "ORGANIZER", "SEQUENCE", "UID"},
    None: {"DTSTAMP", "DTSTART", "SUMMARY", "UID"},
}
MUST_NOT = {"PUBLISH": {"ATTENDEE"}, None: {"ATTENDEE"}}
ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "LOCATION", "ORGANIZER", "STATUS", "URL"}


def faults(text: str) -> list[str]:
    """Everything that the rules would object to."""
    raw = text.encode()
    found = []
    if raw.replace(b"\r\n", b"").count(b"\n") or raw.replace(b"\r\n", b"").count(b"\r") or not raw.endswith(b"\r\n"):
        found.append("lines end with something else than CRLF")
    found += [f"longer than 75 octets: {line!r}" for line in raw.split(b"\r\n") if len(line) > 75]
    calendar = Calendar.from_ical(text)
    found += [f"the calendar has no {name}" for name in ("PRODID", "VERSION") if name not in calendar]
    method = str(calendar["METHOD"]) if "METHOD" in calendar else None
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    for event in calendar.walk("VEVENT"):
        found += [f"no {name}" for name in MUST[method] if name not in event]
        found += [f"{name} in {method}" for name in MUST_NOT.get(method, set()) if name in event]
        found += [f"{name} twice" for name in ONCE if isinstance(event.get(name), list)]
        found += [f"{name} is not in UTC" for name in ("DTSTAMP",) if not _is_utc(event[name].dt)]
        used = {event[name].params.get("TZID") for name in ("DTSTART", "DTEND") if name in event} - {None}
        found += [f"no VTIMEZONE for {zone}" for zone in used - zones]
        found += [f"{name} is no mailto" for name in ("ORGANIZER", "ATTENDEE") if not _is_mailto(event.get(name))]
    return found


def events_in(text: str) -> list[Component]:
    """The events of a calendar, as a program that reads it sees them."""
    return list(Calendar.from_ical(text).walk("VEVENT"))


def _is_utc(moment: Any) -> bool:
    return moment.utcoffset() is not None and not moment.utcoffset()


def _is_mailto(address: Any) -> bool:
    return address is None or str(address).lower().startswith("mailto:")
