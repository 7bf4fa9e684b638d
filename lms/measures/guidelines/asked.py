"""Who is asked to confirm what, and who has: by organisation in numbers and names, and by person for herself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.database import session
from lms.learning.roster.people import MOST_WORDS
from lms.measures.guidelines.models import Confirmation, Guideline, GuidelineUse, GuidelineVersion
from lms.organisations.models import Employee, Organisation
from lms.people.alphabet import alphabetical, folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.people.models import Person

SHOWS = ("missing", "confirmed", "everybody")
SORTS = ("name", "team")

THE_GUIDELINE = and_(Guideline.organisation_id == GuidelineUse.owner_id, Guideline.id == GuidelineUse.guideline_id)
THE_VERSION = and_(
    GuidelineVersion.organisation_id == GuidelineUse.owner_id,
    GuidelineVersion.guideline_id == GuidelineUse.guideline_id,
    GuidelineVersion.number == GuidelineUse.number,
)


@dataclass(frozen=True)
class InUse:
    """A guideline that an organisation uses or has used: which version, whose it is, and how many have confirmed."""

    use: GuidelineUse
    guideline: Guideline
    version: GuidelineVersion
    owner: str
    newest: int
    asked: int
    confirmed: int

    @property
    def missing(self) -> int:
        """How many are asked and have not confirmed."""
        return self.asked - self.confirmed

    @property
    def waits(self) -> bool:
        """Whether the owner has published a version that the organisation has not taken into use."""
        return self.newest > self.use.number


@dataclass(frozen=True)
class Reader:
    """Somebody who is asked: the version she has confirmed and when, where she has."""

    employee_id: UUID
    name: str
    team: str
    is_leader: bool
    number: int | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Asked:
    """What a person is asked to read and confirm, and where."""

    organisation: Organisation
    guideline: Guideline
    version: GuidelineVersion


@dataclass(frozen=True)
class Read:
    """What a person has confirmed: which version, when, and whether another one is in use by now."""

    organisation: Organisation
    use: GuidelineUse
    version: GuidelineVersion
    confirmed_at: datetime


def in_use(organisation_id: UUID, guideline_id: UUID | None = None) -> list[InUse]:
    """The guidelines of an organisation with their numbers, one question whatever the head count.

    Whoever is here is asked. Somebody who has been erased is not, unless she had confirmed: then she still counts.
    """
    newer = aliased(GuidelineVersion)
    newest = (
        select(func.max(newer.number))
        .where(newer.organisation_id == GuidelineUse.owner_id, newer.guideline_id == GuidelineUse.guideline_id)
        .correlate(GuidelineUse)
        .scalar_subquery()
    )
    one = (GuidelineUse.guideline_id == guideline_id,) if guideline_id else ()
    rows = session.execute(
        select(
            GuidelineUse,
            Guideline,
            GuidelineVersion,
            Organisation.name,
            newest,
            _how_many(or_(Person.erased_at.is_(None), has_confirmed())),
            _how_many(has_confirmed()),
        )
        .join(Guideline, THE_GUIDELINE)
        .join(GuidelineVersion, THE_VERSION)
        .join(Organisation, Organisation.id == GuidelineUse.owner_id)
        .where(GuidelineUse.organisation_id == organisation_id, *one)
        .order_by(GuidelineUse.withdrawn_at.is_not(None), Guideline.kind, Guideline.begun_at, Guideline.id)
    )
    return [InUse(*row) for row in rows]


def has_confirmed() -> ColumnElement[bool]:
    """Whether the Employee in the question has confirmed what counts for the GuidelineVersion in use."""
    return exists().where(*_counts()).correlate(Employee, GuidelineUse, GuidelineVersion)


def readers(organisation_id: UUID, version: GuidelineVersion, look: Look) -> Screenful[Reader]:
    """Those who are asked to confirm, a screenful at a time: two questions."""
    counts = _confirms(version)
    confirmed = exists().where(*counts).correlate(Employee)
    found = (
        select(
            Employee.id,
            Person.name,
            Employee.team,
            Employee.is_leader,
            select(func.max(Confirmation.number)).where(*counts).correlate(Employee).scalar_subquery(),
            select(func.max(Confirmation.confirmed_at)).where(*counts).correlate(Employee).scalar_subquery(),
        )
        .join(Person, Person.id == Employee.person_id)
        .where(
            Employee.organisation_id == organisation_id,
            Employee.left_at.is_(None),
            or_(Person.erased_at.is_(None), confirmed),
        )
    )
    if look["show"] != "everybody":
        found = found.where(confirmed if look["show"] == "confirmed" else ~confirmed)
    if look["team"]:
        found = found.where(Employee.team == look["team"])
    for word in folded_letters(look["text"]).split()[:MOST_WORDS]:
        places = (column.contains(word, autoescape=True) for column in (Employee.by_name, folded(Employee.team)))
        found = found.where(or_(*places))
    people = session.scalar(found.with_only_columns(func.count())) or 0
    page = page_in(look, people)
    by_team: list[Any] = [Employee.team == "", alphabetical(Employee.team)] if look["sort"] == "team" else []
    rows = session.execute(
        found.order_by(*by_team, Employee.by_name, Employee.id).limit(ROWS_SHOWN).offset((page - 1) * ROWS_SHOWN)
    )
    return Screenful([Reader(*row) for row in rows], page, people)


def asked_of(person: Person) -> list[Asked]:
    """What the person is asked to read and confirm wherever she works: one question."""
    rows = session.execute(
        select(Organisation, Guideline, GuidelineVersion)
        .select_from(Employee)
        .join(GuidelineUse, GuidelineUse.organisation_id == Employee.organisation_id)
        .join(Guideline, THE_GUIDELINE)
        .join(GuidelineVersion, THE_VERSION)
        .join(Organisation, Organisation.id == Employee.organisation_id)
        .where(
            Employee.person_id == person.id,
            Employee.left_at.is_(None),
            GuidelineUse.withdrawn_at.is_(None),
            ~has_confirmed(),
        )
        .order_by(Organisation.name, Guideline.kind, Guideline.begun_at)
    )
    return [Asked(*row) for row in rows]


def asked_in(organisation_id: UUID) -> list[tuple[Guideline, GuidelineVersion]]:
    """What everybody in the organisation is asked to read and confirm."""
    rows = session.execute(
        select(Guideline, GuidelineVersion)
        .select_from(GuidelineUse)
        .join(Guideline, THE_GUIDELINE)
        .join(GuidelineVersion, THE_VERSION)
        .where(GuidelineUse.organisation_id == organisation_id, GuidelineUse.withdrawn_at.is_(None))
        .order_by(Guideline.kind, Guideline.begun_at)
    )
    return [(guideline, version) for guideline, version in rows]


def read_by(person: Person) -> list[Read]:
    """What the person has confirmed, newest first, also where she works no longer: the text as she confirmed it."""
    rows = session.execute(
        select(Organisation, GuidelineUse, GuidelineVersion, Confirmation.confirmed_at)
        .select_from(Confirmation)
        .join(
            Employee,
            and_(Employee.organisation_id == Confirmation.organisation_id, Employee.id == Confirmation.employee_id),
        )
        .join(
            GuidelineUse,
            and_(
                GuidelineUse.organisation_id == Confirmation.organisation_id,
                GuidelineUse.guideline_id == Confirmation.guideline_id,
            ),
        )
        .join(
            GuidelineVersion,
            and_(
                GuidelineVersion.organisation_id == GuidelineUse.owner_id,
                GuidelineVersion.guideline_id == Confirmation.guideline_id,
                GuidelineVersion.number == Confirmation.number,
            ),
        )
        .join(Organisation, Organisation.id == Confirmation.organisation_id)
        .where(Employee.person_id == person.id)
        .order_by(Confirmation.confirmed_at.desc())
    )
    return [Read(*row) for row in rows]


def confirmation_of(employee: Employee, version: GuidelineVersion) -> Confirmation | None:
    """The employee's latest confirmation that counts for this version."""
    hers = Confirmation.organisation_id == employee.organisation_id, Confirmation.employee_id == employee.id
    return session.scalar(
        select(Confirmation)
        .where(
            *hers,
            Confirmation.guideline_id == version.guideline_id,
            Confirmation.number.between(version.counts_from, version.number),
        )
        .order_by(Confirmation.number.desc())
        .limit(1)
    )


def not_confirmed(version: GuidelineVersion) -> ColumnElement[bool]:
    """Whether the Employee in the question has not confirmed this version, nor an earlier one that counts for it."""
    return ~exists().where(*_confirms(version)).correlate(Employee)


def _how_many(which: ColumnElement[bool]) -> Any:
    return (
        select(func.count())
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .where(Employee.organisation_id == GuidelineUse.organisation_id, Employee.left_at.is_(None), which)
        .correlate(GuidelineUse, GuidelineVersion)
        .scalar_subquery()
    )


def _counts() -> tuple[ColumnElement[bool], ...]:
    return (
        Confirmation.organisation_id == Employee.organisation_id,
        Confirmation.guideline_id == GuidelineUse.guideline_id,
        Confirmation.employee_id == Employee.id,
        Confirmation.number >= GuidelineVersion.counts_from,
    )


def _confirms(version: GuidelineVersion) -> tuple[ColumnElement[bool], ...]:
    return (
        Confirmation.organisation_id == Employee.organisation_id,
        Confirmation.guideline_id == version.guideline_id,
        Confirmation.employee_id == Employee.id,
        Confirmation.number >= version.counts_from,
    )
