"""By when those who entered by a link with a time limit are to be done, and who is due when."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select, update

from lms.database import norwegian_day, session
from lms.learning.models import Enrolment
from lms.organisations.models import Employee, JoinLink, Round, current_round


def set_deadline(employee: Employee, link: JoinLink, courses: Iterable[str]) -> None:
    """Give somebody who has entered by this link its time for these courses: once, whatever becomes of the link.

    Somebody who was in already gets no date by it. A date from before she left and came back counts no more.
    """
    entered = norwegian_day(employee.joined_at)
    if employee.join_link_id != link.id or (due_on := link.due_on(employee.joined_at)) is None:
        return
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.organisation_id == employee.organisation_id,
            Enrolment.employee_id == employee.id,
            Enrolment.round_id == current_round(employee.organisation_id).id,
            Enrolment.course.in_(list(courses)),
            Enrolment.completed_on.is_(None),
            or_(Enrolment.due_on.is_(None), Enrolment.due_on < entered),
        )
        .values(due_on=due_on)
    )


def who_is_due(round: Round, first: date, last: date) -> dict[UUID, date]:
    """Employees with a date from `first` to `last` that they have not met, by id: the earliest such date of each.

    One question. Nobody is due who is excused or has left, nor for a course the organisation asks for no more.
    """
    rows = session.execute(
        select(Enrolment.employee_id, func.min(Enrolment.due_on))
        .where(
            Enrolment.organisation_id == round.organisation_id,
            Enrolment.round_id == round.id,
            Enrolment.course.in_(round.courses),
            Enrolment.counts_as.in_(("leader", "staff")),
            Enrolment.completed_on.is_(None),
            Enrolment.due_on.between(first, last),
        )
        .group_by(Enrolment.employee_id)
    )
    return {employee_id: due_on for employee_id, due_on in rows if due_on is not None}
