"""A facilitator's sessions: those ahead with their verdicts, those behind her, and a month at a time."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select

from lms.database import NORWAY, norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Readiness, readiness_for
from lms.organisations.models import Organisation
from lms.people.alphabet import folded, folded_letters
from lms.people.lists import Look, Screenful, screenful_of
from lms.people.models import Person

SHOWS = ("coming", "past")
VERDICTS = ("any", "ready", "not_ready")
SORTS = ("date", "organisation", "missing")
# A session that began this morning is still the one of today.
STAYS = timedelta(hours=12)
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Entry:
    """One session in the diary; what is behind has no verdict, since today's says nothing about then."""

    meeting: GroupSession
    organisation: Organisation
    readiness: Readiness | None

    @property
    def day(self) -> date | None:
        return norwegian_day(self.meeting.starts_at) if self.meeting.starts_at else None


def diary_of(facilitator: Person, look: Look) -> Screenful[Entry]:
    """The page of her sessions that was asked for: three questions, however many there are."""
    border = now() - STAYS
    if look["show"] == "past":
        behind = or_(GroupSession.starts_at < border, GroupSession.held_at.is_not(None))
        entries = [Entry(*pair, None) for pair in reversed(_led_by(facilitator, look["text"], behind))]
        return screenful_of(_sorted(entries, look), look)
    ahead = or_(GroupSession.starts_at.is_(None), GroupSession.starts_at >= border)
    meetings = _led_by(facilitator, look["text"], ahead, GroupSession.held_at.is_(None))
    if look["verdict"] == "any" and look["sort"] != "missing":
        shown = screenful_of(_sorted([Entry(*pair, None) for pair in meetings], look), look)
        return Screenful(_judged([(each.meeting, each.organisation) for each in shown.rows]), shown.page, shown.in_all)
    entries = _judged(meetings)
    if look["verdict"] != "any":
        wanted = look["verdict"] == "not_ready"
        entries = [each for each in entries if each.readiness and bool(each.readiness.blockers) == wanted]
    return screenful_of(_sorted(entries, look), look)


def _led_by(facilitator: Person, text: str, *when: Any) -> list[tuple[GroupSession, Organisation]]:
    """Her sessions, soonest first, those without a date last."""
    found = (
        select(GroupSession, Organisation)
        .join(Organisation, Organisation.id == GroupSession.organisation_id)
        .where(GroupSession.facilitator_id == facilitator.id, GroupSession.cancelled_at.is_(None), *when)
        .order_by(GroupSession.starts_at.is_(None), GroupSession.starts_at, GroupSession.id)
    )
    for word in folded_letters(text).split()[:6]:
        places = (folded(column).contains(word, autoescape=True) for column in (Organisation.name, GroupSession.place))
        found = found.where(or_(*places))
    return [(meeting, organisation) for meeting, organisation in session.execute(found)]


def _judged(meetings: Sequence[tuple[GroupSession, Organisation]]) -> list[Entry]:
    return [Entry(*pair, verdict) for pair, verdict in zip(meetings, readiness_for(meetings), strict=True)]


def _sorted(entries: list[Entry], look: Look) -> list[Entry]:
    if look["sort"] == "organisation":
        return sorted(entries, key=lambda each: folded_letters(each.organisation.name))
    if look["sort"] == "missing":
        return sorted(entries, key=lambda each: -len(each.readiness.blockers) if each.readiness else 0)
    return entries


@dataclass(frozen=True)
class Month:
    """A month as weeks of days from Monday to Sunday, with the sessions of each day."""

    first: date
    weeks: list[list[date]]
    entries: dict[date, list[Entry]]

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.first + timedelta(days=31):%Y-%m}"


def month_of(facilitator: Person, first: date) -> Month:
    """The month that begins on this day: three questions, however many sessions there are."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    begin = datetime.combine(weeks[0][0], time(), NORWAY)
    end = datetime.combine(weeks[-1][-1] + timedelta(days=1), time(), NORWAY)
    meetings = _led_by(facilitator, "", GroupSession.starts_at >= begin, GroupSession.starts_at < end)
    border = now() - STAYS
    ahead = [pair for pair in meetings if pair[0].held_at is None and (pair[0].starts_at or border) >= border]
    verdicts = {each.meeting.id: each for each in _judged(ahead)}
    entries: dict[date, list[Entry]] = {}
    for meeting, organisation in meetings:
        entry = verdicts.get(meeting.id) or Entry(meeting, organisation, None)
        if entry.day is not None:
            entries.setdefault(entry.day, []).append(entry)
    return Month(first, weeks, entries)


def read_month(written: str) -> date:
    """The first day of the month in an address (`2026-11`), or of this month."""
    year, _dash, month = written.partition("-")
    digits = f"{year}{month}"
    is_month = len(year) == 4 and len(month) == 2 and digits.isascii() and digits.isdecimal() and 1 <= int(month) <= 12
    if is_month and FIRST_YEAR <= int(year) <= LAST_YEAR:
        return date(int(year), int(month), 1)
    return norwegian_day(now()).replace(day=1)
