"""Who may stand on the roster twice: a line that nobody has entered by, and somebody who came by a link, named alike.

A name proves nothing, so nothing is put together here: a coordinator is asked, and only she sees who is alike.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, select

from lms.database import session
from lms.learning.inviting.models import is_entered
from lms.organisations.course_exceptions import CourseException
from lms.organisations.events import Event, record
from lms.organisations.models import Employee, JoinLink
from lms.organisations.roster_addresses import RosterAddress
from lms.people.alphabet import folded_letters
from lms.people.models import Person

PAIRS_SHOWN = 50
# To hold everybody's name against everybody else's takes longer than a page people open all day may take.
MOST_COUNTED = 5_000
TOLD_APART, ASKED_AGAIN = "roster.told_apart", "roster.asked_again"

Taken = Literal["team", "leader", "address", "exception"]


@dataclass(frozen=True)
class Seen:
    """What stands on one line of the roster; `link` is what the link she came by is called."""

    employee_id: UUID
    name: str
    team: str
    role: str
    is_leader: bool
    joined_at: datetime
    has_address: bool
    is_excused: bool
    link: str | None


@dataclass(frozen=True)
class Pair:
    """A line that nobody has entered by, and somebody who has entered by a link and may be the same person."""

    line: Seen
    entered: Seen

    @property
    def takes(self) -> tuple[Taken, ...]:
        """What the coordinator has written about the line that she who entered does not have."""
        missing: dict[Taken, bool] = {
            "team": self.line.team != "" and self.entered.team == "",
            "leader": self.line.is_leader and not self.entered.is_leader,
            "address": self.line.has_address and not self.entered.has_address,
            "exception": self.line.is_excused and not self.entered.is_excused,
        }
        return tuple(name for name, is_missing in missing.items() if is_missing)

    @property
    def gives_pages(self) -> bool:
        """Whether the line would let her open the organisation's pages, which a name at a door must not."""
        return self.line.role == "coordinator" and self.entered.role != "coordinator"


@dataclass(frozen=True)
class Pairs:
    """The first pairs, by name, and how many lines of the roster they and the others are about."""

    shown: tuple[Pair, ...] = ()
    has_more: bool = False
    lines: int = 0
    told_apart: int = 0


def pairs_in(organisation_id: UUID, told_apart: bool = False) -> Pairs:
    """Who may be here twice and nobody has been asked about, or whom somebody has told apart: three questions."""
    entered = _by_words(_seen(organisation_id, Employee.join_link_id.is_not(None), is_entered()))
    waiting = (
        [seen for seen in _seen(organisation_id, ~is_entered()) if _words(seen.name) in entered] if entered else []
    )
    if not waiting:
        return Pairs()
    apart = _told_apart(organisation_id)
    waiting.sort(key=lambda seen: (folded_letters(seen.name), seen.employee_id))
    asked = {
        wanted: [line for line in waiting if next(_pairs_of(line, entered, apart, wanted), None)]
        for wanted in (False, True)
    }
    found = (pair for line in asked[told_apart] for pair in _pairs_of(line, entered, apart, told_apart))
    shown = tuple(islice(found, PAIRS_SHOWN))
    return Pairs(shown, next(found, None) is not None, len(asked[False]), len(asked[True]))


def pair_of(organisation_id: UUID, line_id: UUID, employee_id: UUID) -> Pair | None:
    """These two, while they still are alike, one of them entered by a link and the other by nobody."""
    line = next(iter(_seen(organisation_id, Employee.id == line_id, ~is_entered())), None)
    came_by_link = Employee.join_link_id.is_not(None), is_entered()
    entered = next(iter(_seen(organisation_id, Employee.id == employee_id, *came_by_link)), None)
    if line is None or entered is None or not _words(line.name) or _words(line.name) != _words(entered.name):
        return None
    return Pair(line, entered)


def tell_apart(organisation_id: UUID, pair: Pair, by: Person) -> bool:
    """These are two people: nobody is asked about them again. False when somebody has said so before.

    The log is what remembers it: a fact with a who and a when. The caller holds the roster.
    """
    return _say(organisation_id, pair, by, apart=True)


def ask_again(organisation_id: UUID, pair: Pair, by: Person) -> bool:
    """It was a slip that they are two: a coordinator is asked about them again. False when she is asked already."""
    return _say(organisation_id, pair, by, apart=False)


def _say(organisation_id: UUID, pair: Pair, by: Person, apart: bool) -> bool:
    if ((pair.line.employee_id, pair.entered.employee_id) in _told_apart(organisation_id)) is apart:
        return False
    about = {"employee": str(pair.entered.employee_id), "line": str(pair.line.employee_id)}
    record(organisation_id, TOLD_APART if apart else ASKED_AGAIN, by, **about)
    return True


def _seen(organisation_id: UUID, *which: Any) -> list[Seen]:
    rows = session.execute(
        select(
            Employee.id,
            Person.name,
            Employee.team,
            Employee.role,
            Employee.is_leader,
            Employee.joined_at,
            RosterAddress.email.is_not(None),
            CourseException.employee_id.is_not(None),
            JoinLink.label,
        )
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(RosterAddress, _of_hers(RosterAddress))
        .outerjoin(CourseException, _of_hers(CourseException))
        .outerjoin(
            JoinLink,
            and_(JoinLink.organisation_id == Employee.organisation_id, JoinLink.id == Employee.join_link_id),
        )
        .where(
            Employee.organisation_id == organisation_id,
            Employee.left_at.is_(None),
            Person.erased_at.is_(None),
            *which,
        )
    )
    return [Seen(*row) for row in rows]


def _of_hers(model: type[RosterAddress] | type[CourseException]) -> Any:
    return and_(model.organisation_id == Employee.organisation_id, model.employee_id == Employee.id)


def _words(name: str) -> frozenset[str]:
    """What is left of a name when capitals, accents, hyphens and the order of its words do not matter."""
    # Our own letters first: å is no a with a ring, but í is an i.
    letters = unicodedata.normalize("NFD", folded_letters(unicodedata.normalize("NFC", name)))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return frozenset(plain.casefold().replace("-", " ").replace(",", " ").split())


def _by_words(everybody: Iterable[Seen]) -> dict[frozenset[str], list[Seen]]:
    found: dict[frozenset[str], list[Seen]] = {}
    for seen in everybody:
        if words := _words(seen.name):
            found.setdefault(words, []).append(seen)
    return found


def _pairs_of(
    line: Seen, entered: dict[frozenset[str], list[Seen]], apart: set[tuple[UUID, UUID]], told_apart: bool
) -> Iterator[Pair]:
    for other in entered[_words(line.name)]:
        if ((line.employee_id, other.employee_id) in apart) is told_apart:
            yield Pair(line, other)


def _told_apart(organisation_id: UUID) -> set[tuple[UUID, UUID]]:
    """Whom the log says to be two people, where nobody has taken it back since."""
    said = (
        select(Event.what, Event.about)
        .where(Event.organisation_id == organisation_id, Event.what.in_((TOLD_APART, ASKED_AGAIN)))
        .order_by(Event.at, Event.id)
    )
    apart = {(UUID(about["line"]), UUID(about["employee"])): what for what, about in session.execute(said)}
    return {pair for pair, what in apart.items() if what == TOLD_APART}
