"""Reminders: on which days an organisation wants them, which were written, and who has asked for none."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, norwegian_day, now, session, upsert
from lms.group_sessions.reminders.occasions import CHOICES, USUAL
from lms.organisations.events import record
from lms.organisations.models import Employee, Organisation
from lms.people.models import Person


class ReminderPlan(Model):
    """How many days before a date an organisation wants its people reminded; without a row, the usual days."""

    __tablename__ = "lms_reminder_plan"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who chose when people are reminded.",
        retention="As long as the organisation is here.",
        person="changed_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    days: Mapped[list[str]] = mapped_column(default=list)
    # The day the courses should be done by, where it is not the group session's.
    due_on: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def offsets(self) -> tuple[int, ...]:
        return tuple(int(day) for day in self.days)


class Reminder(Model):
    """One letter to one employee on one occasion: there can be no second one."""

    __tablename__ = "lms_reminder"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        # «Has she had one this week?» is asked of a person, wherever she works.
        Index("ix_lms_reminder_person", "person_id", "queued_at"),
        Index("ix_lms_reminder_queued", "organisation_id", "queued_at"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To remind nobody twice, and not too often.",
        retention="Until she erases herself, at the latest two years after the round.",
        person="person_id",
        export=("organisation_id", "occasion", "queued_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(String(60), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    # What the letter says the date is; a letter that has not gone out when the date moves is taken back.
    target_on: Mapped[date | None]
    # The letter in the outbox, which tells what became of it; it may be gone before this row.
    mail_id: Mapped[UUID]
    queued_at: Mapped[datetime] = mapped_column(default=now)


class Nudge(Model):
    """A coordinator has pressed «nudge those who are missing»; the worker writes the letters."""

    __tablename__ = "lms_nudge"
    __table_args__ = (Index("ix_lms_nudge_asked", "organisation_id", "asked_at"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who asked for letters besides the planned ones.",
        retention="As long as the round.",
        person="asked_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    done_at: Mapped[datetime | None]


class ReminderRefusal(Model):
    """Somebody wants no reminders from an organisation; no row means that she may be reminded."""

    __tablename__ = "lms_reminder_refusal"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To send no reminders to somebody who has asked for none.",
        retention="Until she takes it back or erases herself.",
        person="person_id",
        export=("organisation_id", "refused_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"), index=True, primary_key=True)
    refused_at: Mapped[datetime] = mapped_column(default=now)


def plan_of(organisation_id: UUID) -> ReminderPlan:
    """What the organisation has chosen, or the usual days, not kept until somebody chooses."""
    chosen = session.get(ReminderPlan, organisation_id)
    return chosen or ReminderPlan(organisation_id=organisation_id, days=[str(day) for day in USUAL])


def choose_days(organisation_id: UUID, days: list[int], due_on: date | None, by: Person) -> None:
    """Remind so many days before the date from now on; no day is never. The date is the session's unless given."""
    plan = plan_of(organisation_id)
    chosen = [str(day) for day in CHOICES if day in days]
    if plan.days == chosen and plan.due_on == due_on and plan.changed_by is not None:
        return
    plan.days, plan.due_on, plan.changed_at, plan.changed_by = chosen, due_on, now(), by.id
    session.add(plan)
    record(organisation_id, "reminders.planned", by=by, days=chosen, due_on=due_on.isoformat() if due_on else None)


def last_nudge(organisation_id: UUID) -> Nudge | None:
    """The latest press."""
    return session.scalar(
        select(Nudge).where(Nudge.organisation_id == organisation_id).order_by(Nudge.asked_at.desc()).limit(1)
    )


def may_nudge(last: Nudge | None) -> bool:
    """Once a day is enough, and not before the letters of the last press are written."""
    return last is None or (last.done_at is not None and norwegian_day(last.asked_at) < norwegian_day(now()))


def nudge(organisation_id: UUID, by: Person) -> bool:
    """Have those who are missing written to; False when that was asked for today already.

    The caller holds the roster, so that of two who press at once one is told so.
    """
    if not may_nudge(last_nudge(organisation_id)):
        return False
    pressed = Nudge(id=new_id(), organisation_id=organisation_id, asked_by=by.id)
    session.add(pressed)
    record(organisation_id, "reminders.nudged", by=by, nudge=str(pressed.id))
    return True


def refuse_reminders(organisation_id: UUID, person_id: UUID) -> None:
    """Send her no reminders from this organisation; saying it twice is saying it once."""
    row = {"organisation_id": organisation_id, "person_id": person_id, "refused_at": now()}
    upsert(ReminderRefusal, row, ("organisation_id", "person_id"))


def allow_reminders(organisation_id: UUID, person_id: UUID) -> None:
    """She may be reminded again."""
    here = ReminderRefusal.organisation_id == organisation_id, ReminderRefusal.person_id == person_id
    session.execute(delete(ReminderRefusal).where(*here))


def refuses(organisation_id: UUID, person_id: UUID) -> bool:
    """Whether she has asked for no reminders from this organisation."""
    return session.get(ReminderRefusal, (organisation_id, person_id)) is not None


def reminding_organisations(person: Person) -> list[tuple[Organisation, bool]]:
    """Where she works, and whether she may be reminded there."""
    rows = session.execute(
        select(Organisation, ReminderRefusal.refused_at.is_(None))
        .join(Employee, Employee.organisation_id == Organisation.id)
        .outerjoin(
            ReminderRefusal,
            (ReminderRefusal.organisation_id == Organisation.id) & (ReminderRefusal.person_id == person.id),
        )
        .where(Employee.person_id == person.id, Employee.left_at.is_(None))
        .order_by(Organisation.name)
    )
    return [(organisation, may) for organisation, may in rows]
