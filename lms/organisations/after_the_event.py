"""When a crew's event is over: the day on which the people who entered by one link are to be erased."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import MultiDict

from lms.database import NORWAY, Model, Privacy, norwegian_day, now, session
from lms.languages import _
from lms.organisations.events import record
from lms.organisations.invitations import Invalid, read_day, whole_number
from lms.organisations.models import JoinLink
from lms.people.models import Person

MOST_DAYS = 365
USUAL_DAYS = 30


class CrewErasure(Model):
    """When the people who entered by one link are erased, and afterwards how many were."""

    __tablename__ = "lms_crew_erasure"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "join_link_id"], ["lms_join_link.organisation_id", "lms_join_link.id"]
        ),
        CheckConstraint("days > 0", name="days"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who decided when the people of a crew are erased.",
        retention="As long as the join link.",
        person="set_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    join_link_id: Mapped[UUID] = mapped_column(primary_key=True)
    ends_on: Mapped[date]  # the last day of the event, in Norway
    days: Mapped[int]
    erase_on: Mapped[date]
    set_at: Mapped[datetime] = mapped_column(default=now)
    set_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    erased: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    @property
    def begins_at(self) -> datetime:
        """The moment the day begins in Norway; whoever enters later is of the next event."""
        return datetime.combine(self.erase_on, time(), NORWAY)


@dataclass(frozen=True)
class AfterTheEvent:
    """What a coordinator has written: the last day of the event, and how many days later."""

    ends_on: date
    days: int

    @property
    def erase_on(self) -> date:
        return self.ends_on + timedelta(days=self.days)

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "AfterTheEvent | None":
        """What stands in the form; None when it is to be left alone. Raises Invalid."""
        day, days = form.get("ends_on", "").strip(), form.get("days", "").strip()
        if not day and not days:
            return None
        errors = {}
        ends_on, number = read_day(day), whole_number(days, MOST_DAYS)
        if ends_on is None:
            errors["ends_on"] = _("Write the last day of the event as 31.12.2026.")
        if number is None:
            errors["days"] = _("Write a number of days from 1 to %(number)s.", number=MOST_DAYS)
        if ends_on is None or number is None:
            raise Invalid(errors)
        found = cls(ends_on, number)
        if found.erase_on <= norwegian_day(now()):
            raise Invalid({"ends_on": _("That would be today or earlier. Choose another day or more days.")})
        return found


def erasure_of(link: JoinLink) -> CrewErasure | None:
    """When this link's crew is or was erased."""
    return session.get(CrewErasure, (link.organisation_id, link.id))


def erased_on(link: JoinLink) -> date | None:
    """The day on which somebody who enters by it now is erased; None when nobody has decided one."""
    found = erasure_of(link)
    coming = found is not None and found.done_at is None and now() < found.begins_at
    return found.erase_on if found is not None and coming else None


def set_erasure(link: JoinLink, wanted: AfterTheEvent | None, by: Person) -> None:
    """Erase the link's crew on this day, in place of another one; or on none."""
    found = session.get(CrewErasure, (link.organisation_id, link.id), with_for_update=True)
    if wanted is None:
        if found is not None and found.done_at is None:
            session.delete(found)
            record(link.organisation_id, "crew.erasure_stopped", by, join_link=str(link.id))
    elif found is None or found.done_at is not None or (found.ends_on, found.days) != (wanted.ends_on, wanted.days):
        if found is not None:
            session.delete(found)
            session.flush()
        session.add(
            CrewErasure(
                organisation_id=link.organisation_id,
                join_link_id=link.id,
                ends_on=wanted.ends_on,
                days=wanted.days,
                erase_on=wanted.erase_on,
                set_by=by.id,
            )
        )
        day = wanted.erase_on.isoformat()
        record(link.organisation_id, "crew.erasure_set", by, join_link=str(link.id), day=day)


def hand_erasure_on(link: JoinLink, fresh: JoinLink, by: Person) -> None:
    """Let the crew of the link that takes this one's place be erased on the same day, if that is still to come."""
    found = erasure_of(link)
    if found is not None and erased_on(link) is not None:
        session.flush()
        set_erasure(fresh, AfterTheEvent(found.ends_on, found.days), by)
