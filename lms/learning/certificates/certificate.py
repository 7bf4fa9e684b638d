"""What somebody gets for a course she has completed: her name, the course and the day; no scores, no time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import aliased

from lms.courses.packs import Course
from lms.database import session
from lms.languages import _, in_words, language
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person
from lms.typesetting import typeset

SHEET = Path(__file__).with_name("sheet.typ")


@dataclass(frozen=True)
class Certificate:
    """One completed course, in whichever round, also for somebody who has left the organisation since."""

    enrolment_id: UUID
    name: str
    organisation: str
    course: str
    completed_on: date
    version: str


def certificates_of(person_id: UUID) -> list[Certificate]:
    """Every course the person has completed, the latest first."""
    rows = session.execute(_certificates(person_id).order_by(Enrolment.completed_at.desc(), Enrolment.id))
    return [Certificate(*row) for row in rows]


def certificate_of(person_id: UUID, enrolment_id: UUID) -> Certificate | None:
    """The certificate of this enrolment, if it is hers and completed."""
    row = session.execute(_certificates(person_id).where(Enrolment.id == enrolment_id)).first()
    return Certificate(*row) if row else None


def _certificates(person_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrolment.id,
            Person.name,
            Organisation.name,
            Enrolment.course,
            Enrolment.completed_on,
            Enrolment.completed_version,
        )
        .join(
            Employee,
            and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id),
        )
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .join(Person, Person.id == Employee.person_id)
        .where(
            Employee.person_id == person_id,
            Employee.role != "unnamed",
            Enrolment.completed_at.is_not(None),
            ~_brought_along(),
        )
    )


def _brought_along() -> ColumnElement[bool]:
    """Whether the enrolment stands for a completion of an earlier round, which has its certificate already."""
    earlier = aliased(Enrolment)
    return exists().where(
        earlier.organisation_id == Enrolment.organisation_id,
        earlier.employee_id == Enrolment.employee_id,
        earlier.course == Enrolment.course,
        earlier.completed_at == Enrolment.completed_at,
        earlier.id < Enrolment.id,
    )


def as_pdf(certificate: Certificate, course: Course | None) -> bytes:
    """The certificate as one tagged A4 sheet in the reader's language: PDF/UA-1 where the fonts hold every letter."""
    return typeset(SHEET, _words(certificate, course))


def _words(certificate: Certificate, course: Course | None) -> Mapping[str, str]:
    title = course.title(language()) if course else certificate.course
    return {
        "language": language(),
        "title": _("Certificate") + f": {title}, {certificate.name}",
        "heading": _("Certificate"),
        "name": certificate.name,
        "sentence": _("has completed the course"),
        "course": title,
        "facts": "\n".join(facts_of(certificate, course)),
        "goals_heading": _("The course was about how to"),
        "goals": "\n".join(course.goals(language()) if course else ()),
        "foot": _("It says that the course has been completed, not how: Balanse keeps no scores."),
    }


def facts_of(certificate: Certificate, course: Course | None) -> list[str]:
    """Where, when and how much, a line each."""
    lines = [
        _("Organisation: %(organisation)s", organisation=certificate.organisation),
        _("Completed on %(day)s", day=in_words(certificate.completed_on)),
    ]
    if course is not None:
        lines.append(_("Extent: about %(number)s minutes", number=course.minutes))
    return [*lines, _("Version of the course: %(version)s", version=certificate.version)]
