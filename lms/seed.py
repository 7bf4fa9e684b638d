"""An organisation of any size to measure on: the same people each time, a month into their courses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import current_app
from sqlalchemy import insert, literal, or_, select, text, true

from lms.courses.packs import Course
from lms.database import NORWAY, Model, norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.learning.credit import PersonClock
from lms.learning.models import Enrolment, LessonProgress
from lms.organisations.models import Employee, JoinLink, Organisation, Round
from lms.people.models import Person, place_in_the_alphabet

COURSES = ["harassment", "norms", "power_techniques"]
DAYS = 30
ONE_LEADER_IN = 15
PEOPLE_AT_ONCE = 2_000
# Of a hundred people in a course, how many have completed it and how many are half through.
COMPLETED, HALFWAY = 62, 18

FIRST = """
    Alva Bård Cecilie Dagfinn Eira Frode Guri Håkon Idunn Jostein Kaia Leif Marte Njål Oda Peder Ragna Sigurd Torunn
    Ulrik Vilde Ylva Åsmund Amina Dawit Leila Mateusz Nikolai Sunniva Tuva
"""
LAST = """
    Aasheim Bakkelund Dalsbø Engvik Fjellstad Granmo Haugerud Iversbakk Jordet Kvernmo Lundeby Myrvang Nordli Opheim
    Pilskog Rognstad Solhøi Tveitmo Ulvestad Vangsmoen Yrkje Øyehaug Åslund
"""
TEAMS = ("Scene", "Verksted", "Kontor", "Publikum", "Orkester", "Drift", "Frivillige", "")


@dataclass(frozen=True)
class _Cast:
    """What every row of one seeded organisation has in common."""

    organisation_id: UUID
    round_id: UUID
    moment: datetime
    versions: dict[str, str]
    chance: Random
    ids: Iterator[UUID]
    size: int


def seed_organisation(employees: int) -> UUID:
    """Found an organisation with this many employees, unless it is there already; returns its id.

    The ids and the names depend on the number alone; the days count backwards from today.
    """
    organisation_id = seeded_id(employees, "organisation")
    if session.get(Organisation, organisation_id) is not None:
        return organisation_id
    chance = Random(employees)  # noqa: S311  the same people each time is the point
    cast = _Cast(
        organisation_id=organisation_id,
        round_id=seeded_id(employees, "round"),
        moment=now(),
        versions={key: _course(key).version for key in COURSES},
        chance=chance,
        ids=_ids(chance),
        size=employees,
    )
    _found(cast)
    for first in range(0, employees, PEOPLE_AT_ONCE):
        _admit(cast, range(first, min(first + PEOPLE_AT_ONCE, employees)))
    for key in COURSES:
        _walk(cast, _course(key))
    _plan(cast)
    # So many rows at once are news to a database that plans by what it knows of its tables.
    for model in (Person, Employee, Enrolment, LessonProgress):
        session.execute(text(f"ANALYZE {model.__tablename__}"))
    return organisation_id


def seeded_id(employees: int, what: str) -> UUID:
    """The id of the seeded organisation's `organisation`, `round`, `coordinator`, `facilitator` or `session`."""
    return uuid5(NAMESPACE_URL, f"balanse:seed:{employees}:{what}")


def _ids(chance: Random) -> Iterator[UUID]:
    """Ids as `new_id` makes them, one each millisecond of a time long gone: they lie as real ones do in an index."""
    for milliseconds in count(1):
        number = milliseconds << 80 | chance.getrandbits(80)
        yield UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def _course(key: str) -> Course:
    course: Course = current_app.extensions["lms"].library.course(key)
    return course


def _found(cast: _Cast) -> None:
    begun = cast.moment - timedelta(days=DAYS + 5)
    session.add(
        Organisation(
            id=cast.organisation_id,
            name=f"Festspillene med {cast.size}",
            reporting_channel="Hovedverneombudet, varsling@festspillene.example",
            created_at=begun,
        )
    )
    session.flush()
    session.add(
        Round(
            organisation_id=cast.organisation_id,
            id=cast.round_id,
            started_at=begun,
            courses=COURSES,
            declared_head_count=cast.size,
        )
    )
    session.flush()


def _admit(cast: _Cast, places: range) -> None:
    """Bring in the people with these places in the line; the first one of all is the coordinator."""
    chance, first_names, last_names = cast.chance, FIRST.split(), LAST.split()
    people: list[dict[str, Any]] = []
    employees: list[dict[str, Any]] = []
    enrolments: list[dict[str, Any]] = []
    clocks: list[dict[str, Any]] = []
    for place in places:
        person_id = next(cast.ids) if place else seeded_id(cast.size, "coordinator")
        joined = cast.moment - timedelta(days=DAYS, minutes=chance.randrange(4 * 24 * 60))
        is_leader = place % ONE_LEADER_IN == 0
        name = f"{chance.choice(first_names)} {chance.choice(last_names)}"
        by_name = place_in_the_alphabet(name)
        person = {"id": person_id, "name": name, "by_name": by_name, "language": "nb", "door": 1, "created_at": joined}
        people.append(person)
        clocks.append({"person_id": person_id, "credited_until": joined, "credited_before": joined})
        employee = {
            "organisation_id": cast.organisation_id,
            "id": next(cast.ids),
            "person_id": person_id,
            "by_name": by_name,
            "role": "employee" if place else "coordinator",
            "is_leader": is_leader,
            "team": chance.choice(TEAMS),
            "joined_at": joined,
        }
        employees.append(employee)
        enrolments.extend(_enrolment(cast, employee, key) for key in COURSES)
    for model, rows in ((Person, people), (Employee, employees), (PersonClock, clocks), (Enrolment, enrolments)):
        _insert(model, rows)


def _enrolment(cast: _Cast, employee: dict[str, Any], course: str) -> dict[str, Any]:
    luck = cast.chance.randrange(100)
    minutes = cast.chance.randrange(DAYS * 24 * 60)
    completed = cast.moment - timedelta(minutes=minutes // 2) if luck < COMPLETED else None
    return {
        "organisation_id": cast.organisation_id,
        "id": next(cast.ids),
        "employee_id": employee["id"],
        "round_id": cast.round_id,
        "course": course,
        "counts_as": "leader" if employee["is_leader"] else "staff",
        "begun_at": cast.moment - timedelta(minutes=minutes) if luck < COMPLETED + HALFWAY else None,
        "completed_at": completed,
        "completed_on": completed and norwegian_day(completed),
        "completed_version": cast.versions[course] if completed else None,
    }


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    session.execute(insert(model.__table__), rows)  # type: ignore[arg-type]


def _walk(cast: _Cast, course: Course) -> None:
    """Every lesson for those who have completed the course, and the first half for the others who have begun it."""
    # The database copies the rows itself: there are many more lessons walked than people.
    lessons = course.written_lessons
    for number, lesson in enumerate(lessons):
        arrived = Enrolment.completed_at.is_not(None)
        asked = Enrolment.counts_as == "leader" if lesson.for_leaders else true()
        rows = select(
            Enrolment.organisation_id,
            Enrolment.id,
            literal(lesson.slug),
            Enrolment.begun_at,
            Enrolment.begun_at,
            literal(lesson.minutes * 60),
            literal(False),
        ).where(
            Enrolment.organisation_id == cast.organisation_id,
            Enrolment.course == course.key,
            Enrolment.begun_at.is_not(None),
            asked,
            or_(arrived, literal(number < len(lessons) // 2)),
        )
        columns = ["organisation_id", "enrolment_id", "lesson", "begun_at", "done_at", "credited_seconds", "otherwise"]
        session.execute(insert(LessonProgress).from_select(columns, rows))


def _plan(cast: _Cast) -> None:
    facilitator_id, coordinator_id = (seeded_id(cast.size, who) for who in ("facilitator", "coordinator"))
    session.add(Person(id=facilitator_id, name="Synne Fosshaug", language="nb", scheme_role="facilitator"))
    session.flush()
    session.add(
        GroupSession(
            organisation_id=cast.organisation_id,
            id=seeded_id(cast.size, "session"),
            starts_at=datetime.combine(norwegian_day(cast.moment) + timedelta(days=9), time(10), NORWAY),
            place="Storsalen",
            facilitator_id=facilitator_id,
            planned_by=coordinator_id,
        )
    )
    session.add(
        JoinLink(
            organisation_id=cast.organisation_id,
            id=seeded_id(cast.size, "join link"),
            code=f"seeded-{cast.size}",
            label="Alle",
            created_by=coordinator_id,
        )
    )
