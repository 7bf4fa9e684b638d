"""The list in which attendance is marked: a screenful at a time, searched and filtered by its address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from lms.database import session
from lms.group_sessions.attendance.models import Attendance
from lms.group_sessions.models import GroupSession
from lms.group_sessions.seats.models import Seat
from lms.learning.roster.alphabet import alphabetical, folded, folded_letters
from lms.organisations.models import Employee
from lms.people.models import Person
from lms.people.names import one_line

ROWS_SHOWN = 50
LONGEST_SEARCH = 120
MOST_WORDS = 6
SHOWS = ("everybody", "came", "absent", "seated", "cannot")
HAS_A_PLACE = and_(Seat.employee_id.is_not(None), Seat.cannot_come_at.is_(None))
CANNOT_COME = Seat.cannot_come_at.is_not(None)


@dataclass(frozen=True)
class Search:
    """Whom somebody looks for in the list, as it stands in the page's address."""

    text: str = ""
    show: str = "everybody"
    page: int = 1

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> "Search":
        """The search in an address; what nobody offers is as good as nothing."""
        show, page = arguments.get("show", ""), arguments.get("page", "")
        return cls(
            text=one_line(arguments.get("text", ""))[:LONGEST_SEARCH],
            show=show if show in SHOWS else cls.show,
            page=int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else cls.page,
        )

    def but(self, **change: Any) -> dict[str, Any]:
        """The arguments of the same address with a change, from its first page unless a page is what changes."""
        other = replace(self, **{"page": 1, **change})
        return {name: value for name, value in vars(other).items() if value != getattr(Search, name)}


@dataclass(frozen=True)
class Line:
    """Somebody in the list; `came_at` is None where nobody has said that she came."""

    employee_id: UUID
    name: str
    team: str
    is_leader: bool
    came_at: datetime | None
    by_herself: bool
    has_a_place: bool
    cannot_come: bool


@dataclass(frozen=True)
class Screenful:
    """One page of the list: `people` found in all, on `pages` pages, and the lines of this one."""

    lines: tuple[Line, ...]
    people: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.people // ROWS_SHOWN))


def found_in(meeting: GroupSession, search: Search) -> Select[Any]:
    """Those who are looked for: everybody who works here, and whoever came and has left since."""
    of_hers = and_(
        Attendance.organisation_id == Employee.organisation_id,
        Attendance.group_session_id == meeting.id,
        Attendance.employee_id == Employee.id,
    )
    came = Attendance.employee_id.is_not(None)
    answered = and_(
        Seat.organisation_id == Employee.organisation_id,
        Seat.employee_id == Employee.id,
        Seat.group_session_id == meeting.id,
    )
    found = (
        select(Employee.id)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(Attendance, of_hers)
        .outerjoin(Seat, answered)
        .where(Employee.organisation_id == meeting.organisation_id, or_(Employee.left_at.is_(None), came))
    )
    for word in search.text.split()[:MOST_WORDS]:
        places = (
            folded(column).contains(folded_letters(word), autoescape=True) for column in (Person.name, Employee.team)
        )
        found = found.where(or_(*places))
    shown = {"came": came, "absent": ~came, "seated": HAS_A_PLACE, "cannot": CANNOT_COME}
    return found.where(shown[search.show]) if search.show in shown else found


def screenful(meeting: GroupSession, search: Search) -> Screenful:
    """The page of the list that was asked for, or the last one there is: two questions, whatever its size."""
    found = found_in(meeting, search)
    people = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = max(1, min(search.page, -(-people // ROWS_SHOWN)))
    rows = session.execute(
        found.add_columns(
            Person.name,
            Employee.team,
            Employee.is_leader,
            Attendance.came_at,
            and_(Attendance.came_at.is_not(None), Attendance.marked_by.is_(None)),
            HAS_A_PLACE,
            CANNOT_COME,
        )
        .order_by(alphabetical(Person.name), Employee.id)
        .limit(ROWS_SHOWN)
        .offset((page - 1) * ROWS_SHOWN)
    )
    return Screenful(tuple(Line(*row) for row in rows), people, page)


def work_here(organisation_id: UUID, employees: set[UUID]) -> bool:
    """Whether all of these have or had a place in this organisation."""
    known = session.scalar(
        select(func.count())
        .select_from(Employee)
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(employees))
    )
    return known == len(employees)
