"""Somebody the group session does not wait for: ill, on leave, away on tour; with a reason and a name."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session
from lms.organisations.models import Employee
from lms.people.models import Person

REASON_LENGTH = 300


class CourseException(Model):
    """Somebody the readiness does not wait for, with the reason and the name of who said so."""

    __tablename__ = "lms_course_exception"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To explain why the group session does not wait for somebody.",
        retention="As long as the round, which the award rests on.",
        person="employee_id",
        export=("reason", "given_at"),
        erase="blank",
        blanks=("reason",),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH))
    given_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    given_at: Mapped[datetime] = mapped_column(default=now)


def excuse(employee: Employee, reason: str, by: Person) -> None:
    """Do not wait for this person; a new reason takes the place of the old one."""
    session.merge(
        CourseException(
            organisation_id=employee.organisation_id,
            employee_id=employee.id,
            reason=reason,
            given_by=by.id,
            given_at=now(),
        )
    )


def expect_again(employee: Employee) -> bool:
    """Take the exception back; False when there was none."""
    exception = exception_for(employee)
    if exception is None:
        return False
    session.delete(exception)
    return True


def exception_for(employee: Employee) -> CourseException | None:
    """Why nobody waits for this person, if so it is."""
    return session.get(CourseException, (employee.organisation_id, employee.id))
