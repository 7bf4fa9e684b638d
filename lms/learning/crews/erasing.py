"""A crew after its event: so many days later nobody is known by name any more, and what was counted stays counted.

The crew is whoever entered by one link. Coordinators stay: somebody has to be able to open the organisation's pages.
Somebody who has a place elsewhere, or a confirmed address or a host behind her account, keeps the account: it is hers
and not the crew's. Her place in the crew is then given to nobody, and everything in it is erased like everybody else's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.database import new_id, norwegian_day, now, session
from lms.learning.crews.by_team import keep_count
from lms.learning.models import Enrolment
from lms.organisations.after_the_event import CrewErasure
from lms.organisations.events import record
from lms.organisations.models import Employee, JoinLink, hold_roster
from lms.people.belongings import erase, erase_in
from lms.people.models import Address, Person


@dataclass(frozen=True)
class Expected:
    """Whom it is about: `gone` lose everything here, `keep` have an account of their own, coordinators stay."""

    gone: int
    keep: int
    coordinators: int


def expected(link: JoinLink) -> Expected:
    """Whom it would be about today: one question."""
    of_crew = Employee.role == "employee"
    gone, keep, coordinators = session.execute(
        select(
            func.sum(case((and_(of_crew, ~_has_more()), 1), else_=0)),
            func.sum(case((and_(of_crew, _has_more()), 1), else_=0)),
            func.sum(case((Employee.role == "coordinator", 1), else_=0)),
        )
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .where(*_entered_by(link.organisation_id, link.id))
    ).one()
    return Expected(int(gone or 0), int(keep or 0), int(coordinators or 0))


def erase_due(many: int, before_each: Callable[[Person, UUID | None], None]) -> int:
    """Erase so many of those whose day has come; returns how many. Each is whole or not begun, and nobody comes twice.

    `before_each` is told of each person while she has a name, and of the organisation where she keeps her account.
    """
    done = 0
    due = select(CrewErasure).where(CrewErasure.erase_on <= norwegian_day(now()), CrewErasure.done_at.is_(None))
    for there in session.scalars(due.order_by(CrewErasure.erase_on)).all():
        # The roster first, as whoever sets the day does: two who take them in other orders wait for one another.
        hold_roster(there.organisation_id)
        key = there.organisation_id, there.join_link_id
        erasure = session.get(CrewErasure, key, populate_existing=True, with_for_update=True)
        if erasure is None or erasure.done_at is not None or erasure.erase_on > norwegian_day(now()):
            continue
        crew = (
            *_entered_by(erasure.organisation_id, erasure.join_link_id),
            Employee.role == "employee",
            Employee.joined_at < erasure.begins_at,
        )
        rows = session.execute(
            select(Employee, Person, _has_more())
            .join(Person, Person.id == Employee.person_id)
            .where(*crew)
            .limit(many - done + 1)
        ).all()
        if rows[: many - done] and not erasure.erased:
            keep_count(erasure.organisation_id, erasure.join_link_id, erasure.erase_on, *crew)
        for employee, person, keeps_account in rows[: many - done]:
            before_each(person, erasure.organisation_id if keeps_account else None)
            _erase_place(employee, person, bool(keeps_account))
            erasure.erased += 1
        if len(rows) > many - done:
            return many
        done += len(rows)
        erasure.done_at = now()
        about = {"join_link": str(erasure.join_link_id), "people": erasure.erased}
        record(erasure.organisation_id, "crew.erased", None, **about)
    return done


def _erase_place(employee: Employee, person: Person, keeps_account: bool) -> None:
    hers = Enrolment.organisation_id == employee.organisation_id, Enrolment.employee_id == employee.id
    # Whoever is just answering comes first, or finds nothing to answer in.
    session.execute(select(Enrolment.id).where(*hers).with_for_update())
    if keeps_account:
        erase_in(person, employee.organisation_id)
        nobody = Person(id=new_id(), name="", erased_at=now())
        session.add(nobody)
        session.flush()
        employee.belong_to(nobody)
    else:
        erase(person)
    employee.join_link_id = None
    session.flush()


def _entered_by(organisation_id: UUID, link_id: UUID) -> tuple[Any, ...]:
    return (
        Employee.organisation_id == organisation_id,
        Employee.join_link_id == link_id,
        Person.erased_at.is_(None),
    )


def _has_more() -> Any:
    """Whether the person in the question has an account for more than this place."""
    other = aliased(Employee)
    return or_(
        exists().where(other.person_id == Person.id, other.id != Employee.id),
        exists().where(Address.person_id == Person.id, Address.confirmed_at.is_not(None)),
        Person.host_id.is_not(None),
        Person.scheme_role.is_not(None),
    )
