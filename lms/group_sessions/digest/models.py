"""The weekly letter: which coordinator wants it, and what it has told her already."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, and_, delete, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, norwegian_day, now, session
from lms.organisations.models import Employee, Organisation
from lms.organisations.profile import is_closed
from lms.people.models import Person

WEEK = timedelta(days=7)


class WeeklyLetter(Model):
    """A coordinator's wish for the weekly letter; it stays when she stops it, so that none comes twice in a week."""

    __tablename__ = "lms_weekly_letter"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To send a coordinator who wants it what has happened in the week, once.",
        retention="As long as she has a place in the organisation; until she erases herself.",
        person="person_id",
        export=("organisation_id", "wanted_at", "stopped_at", "told_until"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), primary_key=True)
    wanted_at: Mapped[datetime] = mapped_column(default=now)
    stopped_at: Mapped[datetime | None]
    # Days in Norway: what happened before the one is told, and before the other comes no letter.
    told_until: Mapped[date]
    next_on: Mapped[date]

    def look_back(self, today: date) -> date:
        """It is looked, today, at what has happened; says since when. The next look is a week from now."""
        since, self.told_until, self.next_on = self.told_until, today, today + WEEK
        return max(since, today - 4 * WEEK)


def want_weekly_letter(organisation_id: UUID, person_id: UUID) -> None:
    """She gets the letter on Mondays, from the next one on and never a second time in seven days."""
    today = norwegian_day(now())
    row = session.get(WeeklyLetter, (organisation_id, person_id), with_for_update=True)
    if row is None:
        monday = today + timedelta(days=7 - today.weekday())
        session.add(
            WeeklyLetter(organisation_id=organisation_id, person_id=person_id, told_until=today, next_on=monday)
        )
    elif row.stopped_at is not None:
        row.wanted_at, row.stopped_at, row.told_until = now(), None, max(row.told_until, today - WEEK)


def stop_weekly_letter(organisation_id: UUID, person_id: UUID) -> None:
    """No more of them; saying it twice is saying it once."""
    row = session.get(WeeklyLetter, (organisation_id, person_id), with_for_update=True)
    if row is not None:
        row.stopped_at = row.stopped_at or now()


def wants_weekly_letter(organisation_id: UUID, person_id: UUID) -> bool:
    """Whether she has asked for it and has not stopped it."""
    row = session.get(WeeklyLetter, (organisation_id, person_id))
    return row is not None and row.stopped_at is None


def weekly_letters_of(person: Person) -> list[tuple[Organisation, bool]]:
    """Where she coordinates what is not closed, and where she gets the weekly letter."""
    hers = and_(WeeklyLetter.organisation_id == Organisation.id, WeeklyLetter.person_id == person.id)
    wants = and_(WeeklyLetter.person_id.is_not(None), WeeklyLetter.stopped_at.is_(None))
    rows = session.execute(
        select(Organisation, wants)
        .join(Employee, Employee.organisation_id == Organisation.id)
        .outerjoin(WeeklyLetter, hers)
        .where(
            Employee.person_id == person.id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
            ~is_closed(Organisation.id),
        )
        .order_by(Organisation.name)
    )
    return [(organisation, bool(is_wanted)) for organisation, is_wanted in rows]


def forget_where_she_has_no_place() -> None:
    """Forget the wishes of those who have left: what they were told is nobody's business any more."""
    has_a_place = exists().where(
        Employee.organisation_id == WeeklyLetter.organisation_id,
        Employee.person_id == WeeklyLetter.person_id,
        Employee.left_at.is_(None),
    )
    session.execute(delete(WeeklyLetter).where(~has_a_place).execution_options(synchronize_session=False))


def due_on(today: date, many: int) -> list[WeeklyLetter]:
    """The letters to look after today, locked, so that two workers never take the same; what is closed has no news."""
    return list(
        session.scalars(
            select(WeeklyLetter)
            .where(
                WeeklyLetter.stopped_at.is_(None),
                WeeklyLetter.next_on <= today,
                ~is_closed(WeeklyLetter.organisation_id),
            )
            .order_by(WeeklyLetter.next_on, WeeklyLetter.organisation_id)
            .limit(many)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )
