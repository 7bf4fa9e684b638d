"""Where people are learning: their places in courses, and how far they have come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, insert, literal, or_, select, update

from lms.courses.packs import Course
from lms.database import Model, as_it_stands, ask, new_id, norwegian_day, now, session, upsert
from lms.learning.models import Enrolment, LessonProgress
from lms.organisations.course_exceptions import CourseException, exception_for
from lms.organisations.models import FEWEST_FOR_SHARING, Employee, JoinLink, Organisation, Round, current_round


def enrol(employee: Employee, courses: Iterable[str]) -> None:
    """Give an employee a place in each of these courses in the current round; once."""
    session.flush()
    counts_as = standing_in_count(employee)
    round_id = current_round(employee.organisation_id).id
    for course in courses:
        row = {
            "organisation_id": employee.organisation_id,
            "id": new_id(),
            "employee_id": employee.id,
            "round_id": round_id,
            "course": course,
            "counts_as": counts_as,
        }
        upsert(Enrolment, row, ("organisation_id", "employee_id", "round_id", "course"))


def standing_in_count(employee: Employee) -> str:
    """What readiness counts the person as: gone, excused, a leader, or one of the staff."""
    if employee.left_at is not None:
        return "left"
    if exception_for(employee) is not None:
        return "excused"
    return "leader" if employee.is_leader else "staff"


def count_anew(employee: Employee) -> None:
    """Let readiness count the person as what she is now; to be called after whatever changes it.

    Rounds that have ended keep what she was then.
    """
    session.flush()
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.organisation_id == employee.organisation_id,
            Enrolment.employee_id == employee.id,
            Enrolment.round_id == current_round(employee.organisation_id).id,
        )
        .values(counts_as=standing_in_count(employee))
    )


def take_back(employee: Employee) -> None:
    """Undo that somebody has left, with a place in what the organisation has chosen meanwhile."""
    employee.come_back()
    link = session.get(JoinLink, (employee.organisation_id, employee.join_link_id)) if employee.join_link_id else None
    round = current_round(employee.organisation_id)
    enrol(employee, link.courses_in(round) if link else round.courses)
    count_anew(employee)


def enrol_everybody(round: Round, courses: Iterable[str]) -> None:
    """Give everybody a place in courses the organisation has chosen, when it chooses them."""
    for course in courses:
        missing = session.execute(
            select(Employee.id, Employee.is_leader, CourseException.employee_id.is_not(None))
            .outerjoin(
                CourseException,
                and_(
                    CourseException.organisation_id == Employee.organisation_id,
                    CourseException.employee_id == Employee.id,
                ),
            )
            .outerjoin(
                Enrolment,
                and_(
                    Enrolment.organisation_id == Employee.organisation_id,
                    Enrolment.employee_id == Employee.id,
                    Enrolment.round_id == round.id,
                    Enrolment.course == course,
                ),
            )
            .where(
                Employee.organisation_id == round.organisation_id,
                Employee.left_at.is_(None),
                Enrolment.id.is_(None),
            )
        ).all()
        if missing:
            session.execute(
                insert(Enrolment),
                [
                    {
                        "organisation_id": round.organisation_id,
                        "id": new_id(),
                        "employee_id": employee_id,
                        "round_id": round.id,
                        "course": course,
                        "counts_as": "excused" if excused else "leader" if is_leader else "staff",
                    }
                    for employee_id, is_leader, excused in missing
                ],
            )


@dataclass(frozen=True)
class Place:
    """Where a person is learning: her enrolment, and what the page needs to know about its organisation."""

    enrolment: Enrolment
    organisation_name: str
    reporting_channel: str
    time_share: int
    is_leader: bool
    shows_names: bool
    shares: bool
    is_unnamed: bool = False


class LessonGone(Exception):
    """The course the person is in has no such lesson, or not any longer."""

    def __init__(self, place: Place, course: Course):
        self.place = place
        self.course = course


def place_in(person_id: UUID, organisation_id: UUID, course: str, to_write: bool = False) -> Place | None:
    """The person's own enrolment in this course in the organisation's current round.

    Whoever is going `to_write` in it holds its row until the end, so that two tabs follow one another: first the
    enrolment, then the clock, then the lesson and its answers, in this order everywhere, and nobody waits in a ring.
    """
    asked = {"person": person_id, "organisation": organisation_id, "course": course}
    row = ask(_PLACE_TO_WRITE_IN if to_write else _PLACE, asked).first()
    if row is None:
        return None
    name, channel, time_share, is_leader, shows_names, shares, role = row[len(_COLUMNS) :]
    enrolment = as_it_stands(Enrolment, dict(zip(_COLUMNS, row, strict=False)))
    return Place(
        enrolment, name, channel, time_share, is_leader, shows_names, bool(shares), is_unnamed=role == "unnamed"
    )


# Asked at each page and each report, so it is put together once, and of the tables: what the ORM would do about it
# takes longer than the answer. An enrolment's verbs change its row by statements, never the object.
_ENROLMENTS, _EMPLOYEES, _ROUNDS, _ORGANISATIONS = (
    Model.metadata.tables[model.__tablename__] for model in (Enrolment, Employee, Round, Organisation)
)
_COLUMNS = tuple(_ENROLMENTS.c.keys())
# An enrolment with whose it is and its round.
LEARNING = _ENROLMENTS.join(
    _EMPLOYEES,
    and_(_EMPLOYEES.c.organisation_id == _ENROLMENTS.c.organisation_id, _EMPLOYEES.c.id == _ENROLMENTS.c.employee_id),
).join(
    _ROUNDS, and_(_ROUNDS.c.organisation_id == _ENROLMENTS.c.organisation_id, _ROUNDS.c.id == _ENROLMENTS.c.round_id)
)
# Somebody without a name counts as gone from the first day, and learns nevertheless.
LEARNS_HERE = and_(or_(_EMPLOYEES.c.left_at.is_(None), _EMPLOYEES.c.role == "unnamed"), _ROUNDS.c.ended_at.is_(None))
_SOME = (
    select(literal(1))
    .select_from(_EMPLOYEES)
    .where(_EMPLOYEES.c.organisation_id == bindparam("organisation"), _EMPLOYEES.c.left_at.is_(None))
    .limit(FEWEST_FOR_SHARING)
    .subquery()
)
_PLACE = (
    select(
        _ENROLMENTS,
        _ORGANISATIONS.c.name,
        _ORGANISATIONS.c.reporting_channel,
        _ROUNDS.c.time_share,
        _EMPLOYEES.c.is_leader,
        _ROUNDS.c.shows_names,
        select(func.count() >= FEWEST_FOR_SHARING).select_from(_SOME).scalar_subquery(),
        _EMPLOYEES.c.role,
    )
    .select_from(LEARNING.join(_ORGANISATIONS, _ORGANISATIONS.c.id == _ENROLMENTS.c.organisation_id))
    .where(
        _ENROLMENTS.c.organisation_id == bindparam("organisation"),
        _ENROLMENTS.c.course == bindparam("course"),
        _EMPLOYEES.c.person_id == bindparam("person"),
        LEARNS_HERE,
    )
)
# Rows that point to the enrolment may come meanwhile: a time report waits for the clock alone.
_PLACE_TO_WRITE_IN = _PLACE.with_for_update(of=_ENROLMENTS, key_share=True)


@dataclass(frozen=True)
class Standing:
    """One of a person's courses, for her front page.

    One that `awaits_code` was completed without a name in a round that has ended: its pages are closed, its code is not
    taken yet.
    """

    organisation_id: UUID
    organisation_name: str
    course: str
    begun_at: datetime | None
    completed_at: datetime | None
    is_leader: bool
    lessons_done: int
    due_on: date | None
    awaits_code: bool = False

    @property
    def is_overdue(self) -> bool:
        return self.completed_at is None and self.due_on is not None and self.due_on < norwegian_day(now())


def standings_of(person_id: UUID) -> list[Standing]:
    """All the courses a person is in now, wherever she works.

    A course her organisation no longer asks for stays with those who have begun it.
    """
    done = (
        select(func.count())
        .select_from(LessonProgress)
        .where(
            LessonProgress.organisation_id == Enrolment.organisation_id,
            LessonProgress.enrolment_id == Enrolment.id,
            LessonProgress.done_at.is_not(None),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Enrolment.organisation_id,
            Organisation.name,
            Enrolment.course,
            Enrolment.begun_at,
            Enrolment.completed_at,
            Employee.is_leader,
            done,
            Enrolment.due_on,
            Round.ended_at.is_not(None),
            Round.courses,
        )
        .join(
            Employee,
            and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id),
        )
        .join(Round, and_(Round.organisation_id == Enrolment.organisation_id, Round.id == Enrolment.round_id))
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .where(
            Employee.person_id == person_id,
            or_(LEARNS_HERE, and_(Employee.role == "unnamed", Enrolment.completed_at.is_not(None))),
        )
        .order_by(Organisation.name, Enrolment.course, Round.started_at)
    )
    return [
        standing
        for *facts, asked in rows
        if (standing := Standing(*facts)).course in asked or standing.begun_at is not None
    ]
