"""What whoever leads a session needs to know on one sheet: counts, and names only where the organisation shows them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from lms.courses.cards import Card
from lms.courses.packs import Library
from lms.database import session
from lms.group_sessions.brief.agenda import Item, agenda_of
from lms.group_sessions.brief.models import cards_for
from lms.group_sessions.brief.themes import Themes, courses_of, themes_of
from lms.group_sessions.models import GroupSession
from lms.group_sessions.readiness import Readiness, readiness_for
from lms.group_sessions.seats.models import Places, places_in
from lms.group_sessions.standings import Standing, standings_shown
from lms.organisations.models import Organisation, Round, current_round
from lms.people.models import Person

NAMES_SHOWN = 12
WIDTH = 600  # of the picture of who is expected, in its own units


@dataclass(frozen=True)
class Expected:
    """Who may come: `people` on the roster or said to be there, and what they have answered.

    `has_place` is None where there is one session for everybody, so that nobody has to choose.
    """

    people: int
    cannot_come: int
    has_place: int | None
    capacity: int | None

    @property
    def coming(self) -> int:
        """How many to set out chairs for."""
        return self.has_place if self.has_place is not None else max(0, self.people - self.cannot_come)

    @property
    def rest(self) -> int:
        """How many are not expected here, beside those who have said that they cannot come."""
        return max(0, self.people - self.coming - self.cannot_come)

    @property
    def parts(self) -> tuple[tuple[str, int, int, int], ...]:
        """The picture: what each part is, where it begins, how wide it is, and how many people it stands for."""
        parts, at, whole = [], 0, max(1, self.coming + self.cannot_come + self.rest)
        for kind, people in (("coming", self.coming), ("cannot", self.cannot_come), ("rest", self.rest)):
            width = people * WIDTH // whole
            parts.append((kind, at, width, people))
            at += width
        return tuple(parts)


@dataclass(frozen=True)
class Brief:
    """Everything on the sheet; `missing` is empty unless the organisation shows names."""

    organisation: Organisation
    meeting: GroupSession
    round: Round
    facilitator: str
    readiness: Readiness
    expected: Expected
    themes: Themes
    cards: tuple[Card, ...]
    cards_chosen: bool
    agenda: tuple[Item, ...]
    missing: tuple[Standing, ...]
    missing_beyond: int


def brief_of(organisation: Organisation, meeting: GroupSession, library: Library, locale: str) -> Brief:
    """The brief as it is now: the same number of questions to the database, whatever the head count."""
    round = current_round(organisation.id)
    (readiness,) = readiness_for([(meeting, organisation)])
    themes = themes_of(round, library, locale)
    deck = [card for course in courses_of(round, library) for card in course.cards]
    cards, chosen = cards_for(meeting, deck)
    missing = [
        line for line in (standings_shown(round) if round.shows_names else []) if not (line.has_all or line.excused)
    ]
    facilitator = session.get(Person, meeting.facilitator_id) if meeting.facilitator_id else None
    return Brief(
        organisation=organisation,
        meeting=meeting,
        round=round,
        facilitator=facilitator.name if facilitator else "",
        readiness=readiness,
        expected=_expected(meeting, max(readiness.facts.roster, readiness.facts.declared)),
        themes=themes,
        cards=cards,
        cards_chosen=chosen,
        agenda=agenda_of(meeting.minutes, meeting.starts_at, bool(themes)),
        missing=tuple(missing[:NAMES_SHOWN]),
        missing_beyond=max(0, len(missing) - NAMES_SHOWN),
    )


def _expected(meeting: GroupSession, people: int) -> Expected:
    places = places_in([meeting]).get(meeting.id, Places())
    several = _how_many_ahead(meeting.organisation_id) > 1
    return Expected(people, places.cannot_come, places.taken if several else None, meeting.capacity)


def _how_many_ahead(organisation_id: UUID) -> int:
    ahead = select(func.count()).where(
        GroupSession.organisation_id == organisation_id,
        GroupSession.held_at.is_(None),
        GroupSession.cancelled_at.is_(None),
    )
    return session.scalar(ahead) or 0
