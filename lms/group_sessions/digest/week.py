"""What has happened in an organisation's week: who came, who completed, who is late, and what is next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import and_, func, select

from lms.database import NORWAY, session
from lms.group_sessions.models import GroupSession, next_group_session
from lms.learning.models import Enrolment
from lms.learning.onboarding.deadlines import who_is_due
from lms.organisations.models import Employee, current_round
from lms.people.models import Person

FIRST_DAY = date(2000, 1, 1)
SOON = timedelta(days=7)
NAMED = 10


@dataclass(frozen=True)
class NewHere:
    """Somebody who came in the week, and how many of her courses she has begun and completed."""

    name: str
    asked: int
    begun: int
    completed: int


@dataclass(frozen=True)
class Week:
    """The days from `since` until before `until`: people by name, for the coordinator."""

    since: date
    until: date
    new: tuple[NewHere, ...]
    completed: tuple[tuple[str, tuple[str, ...]], ...]  # each name with its courses
    late: tuple[tuple[str, date], ...]  # those who have been late longest, at most `NAMED`
    late_in_all: int
    newly_late: bool
    soon_due: int
    meeting: GroupSession | None

    @property
    def is_worth_a_letter(self) -> bool:
        """Whether anything has happened; that somebody is late still is no news."""
        return bool(self.new or self.completed or self.newly_late)


def week_of(organisation_id: UUID, reader: UUID, since: date, until: date) -> Week:
    """The week as this coordinator is told of it: her own coming and doing is no news to her. Five questions."""
    round = current_round(organisation_id)
    here = Employee.organisation_id == organisation_id, Employee.left_at.is_(None), Employee.person_id != reader
    asked = (
        Enrolment.organisation_id == organisation_id,
        Enrolment.round_id == round.id,
        Enrolment.course.in_(round.courses),
        Enrolment.employee_id == Employee.id,
    )
    new = session.execute(
        select(
            Person.name,
            func.count(Enrolment.course),
            func.count(Enrolment.begun_at),
            func.count(Enrolment.completed_on),
        )
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .outerjoin(Enrolment, and_(*asked))
        .where(*here, Employee.joined_at >= _begin(since), Employee.joined_at < _begin(until))
        .group_by(Employee.id, Employee.by_name, Person.name)
        .order_by(Employee.by_name, Employee.id)
    )
    completed: dict[UUID, tuple[str, list[str]]] = {}
    for employee_id, name, course in session.execute(
        select(Employee.id, Person.name, Enrolment.course)
        .join(Person, Person.id == Employee.person_id)
        .join(Enrolment, asked[3])
        .where(*here, *asked, Enrolment.completed_on >= since, Enrolment.completed_on < until)
        .order_by(Employee.by_name, Employee.id, Enrolment.course)
    ):
        completed.setdefault(employee_id, (name, []))[1].append(course)
    days = who_is_due(round, FIRST_DAY, until - timedelta(days=1))
    longest = sorted(days, key=lambda each: (days[each], each))[:NAMED]
    rows = session.execute(
        select(Employee.id, Person.name)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(longest))
    )
    names = dict(rows.all())
    return Week(
        since=since,
        until=until,
        new=tuple(NewHere(*row) for row in new),
        completed=tuple((name, tuple(courses)) for name, courses in completed.values()),
        late=tuple((names[each], days[each]) for each in longest if each in names),
        late_in_all=len(days),
        newly_late=any(day >= since for day in days.values()),
        soon_due=len(who_is_due(round, until, until + SOON)),
        meeting=next_group_session(organisation_id),
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), NORWAY)
