"""What has happened month by month, and which organisations there are, each counted in a few questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, cast, extract, func, literal, null, select, union_all

from lms.database import NORWAY, norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.learning.models import Enrolment
from lms.learning.receipts.models import Receipt
from lms.organisations.fields import FIELDS, SIZES, size_class
from lms.organisations.models import Employee, Organisation
from lms.organisations.profile import OrganisationProfile
from lms.scheme.applications.models import Application
from lms.scheme.statistics.anonymity import shown_parts

MONTHS = 24
# From its Monday to its Sunday: a week is of the month in which it ends, so that a month that is over gets no more.
WEEK = timedelta(days=6)
# Where nobody has said which field an organisation belongs to.
UNKNOWN = ""


@dataclass(frozen=True)
class Month:
    """One month; `people` is None where too few have completed a course, and in a month that is not over."""

    first: date
    applications: int
    organisations: int
    sessions: int
    people: int | None
    is_running: bool = False


def months_of(field: str) -> list[Month]:
    """The last two years and the running month, for one field or for all: four questions.

    People are counted once a month, when the month is over: a number that grew while somebody looked would tell who.
    """
    months = _months(norwegian_day(now()))
    begin = datetime.combine(months[0], time(), NORWAY)
    applications = _tally(
        session.execute(
            select(Application.confirmed_at, Application.field).where(Application.confirmed_at >= begin)
        ).all()
    )
    profile = OrganisationProfile.organisation_id
    founded = _tally(
        session.execute(
            select(Organisation.created_at, func.coalesce(OrganisationProfile.field, UNKNOWN))
            .outerjoin(OrganisationProfile, profile == Organisation.id)
            .where(Organisation.created_at >= begin)
        ).all()
    )
    held = _tally(
        session.execute(
            select(GroupSession.held_at, func.coalesce(OrganisationProfile.field, UNKNOWN))
            .outerjoin(OrganisationProfile, profile == GroupSession.organisation_id)
            .where(GroupSession.held_at >= begin)
        ).all()
    )
    people = _people_by_month(months[0])
    rows = []
    for first in months:
        is_running = first == months[-1]
        whole, parts = shown_parts(people.get(first, {}))
        rows.append(
            Month(
                first,
                _number(applications, first, field),
                _number(founded, first, field),
                _number(held, first, field),
                None if is_running else (parts.get(field) if field else whole),
                is_running,
            )
        )
    return rows


def organisations_by_size() -> dict[str, dict[str, int]]:
    """How many organisations that are open there are in each field, by class of size; one question."""
    # Named once each, so that PostgreSQL sees that what is asked for is what is grouped by.
    field = func.coalesce(OrganisationProfile.field, UNKNOWN)
    people = func.coalesce(
        OrganisationProfile.employees + OrganisationProfile.freelancers + OrganisationProfile.volunteers, 0
    )
    rows = session.execute(
        select(field, people, func.count())
        .select_from(Organisation)
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Organisation.id)
        .where(OrganisationProfile.closed_at.is_(None))
        .group_by(field, people)
    )
    table = {each: dict.fromkeys((*SIZES, UNKNOWN), 0) for each in (*FIELDS, UNKNOWN)}
    for of_field, size, number in rows:
        table[of_field if of_field in FIELDS else UNKNOWN][size_class(size)] += number
    return {of_field: row for of_field, row in table.items() if sum(row.values())}


def _months(today: date) -> list[date]:
    """The first days of the months shown, the running one last."""
    last = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - MONTHS, last + 1)]


def _people_by_month(since: date) -> dict[date, dict[str, int]]:
    """How many have completed a course in each month, by field; who has completed two is one. One question.

    Whoever gave no name has a code for each course, in the week she took it, and nothing says which codes are one
    person's: so of the codes of an organisation in a month, those for the course that has the most are counted, each a
    person for sure. A code counts whether it is handed in or not, and her place until then does not, since it goes when
    she takes it: a month that is over stays as it was.
    """
    year, month = extract("year", Enrolment.completed_on), extract("month", Enrolment.completed_on)
    field = func.coalesce(OrganisationProfile.field, UNKNOWN)
    hers = and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id)
    named = (
        select(
            year,
            month,
            cast(null(), Receipt.week.type),
            field,
            cast(null(), Receipt.organisation_id.type),
            literal(""),
            func.count(func.distinct(Enrolment.employee_id)),
        )
        .join(Employee, hers)
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Enrolment.organisation_id)
        .where(Enrolment.completed_on >= since, Employee.role != "unnamed")
        .group_by(year, month, field)
    )
    codes = (
        select(literal(0), literal(0), Receipt.week, field, Receipt.organisation_id, Receipt.course, func.count())
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Receipt.organisation_id)
        .where(Receipt.week >= since - WEEK)
        .group_by(Receipt.week, field, Receipt.organisation_id, Receipt.course)
    )
    people: dict[date, dict[str, int]] = {}
    unnamed: dict[tuple[date, str, UUID], dict[str, int]] = {}
    for in_year, in_month, week, of_field, organisation_id, course, number in session.execute(union_all(named, codes)):
        if week is None:
            people.setdefault(date(int(in_year), int(in_month), 1), {})[of_field] = number
        elif (first := (week + WEEK).replace(day=1)) >= since:
            by_course = unnamed.setdefault((first, of_field, organisation_id), {})
            by_course[course] = by_course.get(course, 0) + number
    for (first, of_field, _organisation), by_course in unnamed.items():
        of_month = people.setdefault(first, {})
        of_month[of_field] = of_month.get(of_field, 0) + max(by_course.values())
    return people


def _tally(rows: Sequence[Any]) -> dict[tuple[date, str], int]:
    tally: dict[tuple[date, str], int] = {}
    for moment, field in rows:
        key = norwegian_day(moment).replace(day=1), field
        tally[key] = tally.get(key, 0) + 1
    return tally


def _number(tally: dict[tuple[date, str], int], first: date, field: str) -> int:
    return sum(number for (month, of_field), number in tally.items() if month == first and field in ("", of_field))
