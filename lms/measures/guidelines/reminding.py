"""Letters to those who have not confirmed: one press of a coordinator, at most once a week, written by the worker."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.group_sessions.reminders.missing import ADDRESSEE, Addressee, everybody_here, unreached
from lms.group_sessions.reminders.stopping import stop_token
from lms.languages import _, speaking
from lms.mail.hours import is_by_day
from lms.mail.models import queue_mail
from lms.measures.guidelines.asked import not_confirmed
from lms.measures.guidelines.models import GuidelineUse, GuidelineVersion, in_force
from lms.organisations.events import record
from lms.organisations.models import Employee, Organisation
from lms.organisations.profile import is_closed
from lms.people.letters import absolute, absolute_path, path_to
from lms.people.links import UNASKED_LINK_LIVES, new_unasked_link
from lms.people.models import Person

BATCH = 500
IN_PEACE = timedelta(days=7)
WAITING = text("done_at IS NULL")


class GuidelineReminder(Model):
    """A coordinator has pressed «remind those who are missing»; the worker writes the letters, batch after batch."""

    __tablename__ = "lms_guideline_reminder"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "guideline_id"], ["lms_guideline_use.organisation_id", "lms_guideline_use.guideline_id"]
        ),
        CheckConstraint("letters >= 0", name="letters"),
        Index("ix_lms_guideline_reminder_asked", "organisation_id", "guideline_id", "asked_at"),
        # The worker asks every minute, and hardly ever is there anything to write.
        Index("ix_lms_guideline_reminder_waiting", "asked_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who had people reminded of a guideline, so that it is not more than once a week.",
        retention="As long as the round; it holds no names of those who were written to.",
        person="asked_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    guideline_id: Mapped[UUID]
    number: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    # How far the worker has come through the roster, and how many letters it has written.
    written_through: Mapped[UUID | None]
    letters: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]


def last_reminder(use: GuidelineUse) -> GuidelineReminder | None:
    """The latest press."""
    return session.scalar(
        select(GuidelineReminder)
        .where(
            GuidelineReminder.organisation_id == use.organisation_id,
            GuidelineReminder.guideline_id == use.guideline_id,
        )
        .order_by(GuidelineReminder.asked_at.desc())
        .limit(1)
    )


def may_remind(last: GuidelineReminder | None) -> bool:
    """Once a week is enough."""
    return last is None or last.asked_at <= now() - IN_PEACE


def remind(use: GuidelineUse, by: Person) -> bool:
    """Have those who have not confirmed written to; False when that was asked for less than a week ago.

    The caller holds the roster, so that of two who press at once one is told so.
    """
    if use.withdrawn_at is not None or not may_remind(last_reminder(use)):
        return False
    session.add(
        GuidelineReminder(
            organisation_id=use.organisation_id,
            id=new_id(),
            guideline_id=use.guideline_id,
            number=use.number,
            asked_by=by.id,
        )
    )
    record(use.organisation_id, "guideline.reminded", by, guideline=str(use.guideline_id), number=use.number)
    return True


def reached(use: GuidelineUse, version: GuidelineVersion) -> dict[str, int]:
    """How many have not confirmed, by why no letter can reach them; "" counts those it can reach."""
    missing = everybody_here(use.organisation_id).where(not_confirmed(version))
    reasons = missing.with_only_columns(unreached().label("why")).subquery()
    rows = session.execute(select(reasons.c.why, func.count()).group_by(reasons.c.why))
    return {row[0]: row[1] for row in rows}


def write_letters(moment: datetime, many: int = BATCH) -> int:
    """Put at most `many` letters into the outbox; says how many. At night and on Sundays they wait.

    What is asked for after a newer version has come, or after the guideline was withdrawn, is not written.
    """
    if not is_by_day(moment):
        return 0
    written = 0
    walks = ~is_closed(GuidelineReminder.organisation_id)
    pressed = select(GuidelineReminder).where(WAITING, walks).order_by(GuidelineReminder.asked_at).limit(many)
    for reminder in session.scalars(pressed).all():
        if written >= many:
            break
        written += _write(reminder, moment, many - written)
    return written


def _write(reminder: GuidelineReminder, moment: datetime, many: int) -> int:
    use = session.get_one(GuidelineUse, (reminder.organisation_id, reminder.guideline_id))
    if use.withdrawn_at is not None or use.number != reminder.number:
        reminder.done_at = moment
        return 0
    organisation, version = session.get_one(Organisation, use.organisation_id), in_force(use)
    further = (Employee.id > reminder.written_through,) if reminder.written_through else ()
    rows = session.execute(
        everybody_here(use.organisation_id)
        .with_only_columns(*ADDRESSEE)
        .where(not_confirmed(version), unreached() == "", *further)
        .order_by(Employee.id)
        .limit(many)
    )
    people = [Addressee(*row) for row in rows]
    for person in people:
        _write_to(person, organisation, version, moment)
    reminder.letters += len(people)
    if people:
        reminder.written_through = people[-1].employee_id
    if len(people) < many:
        reminder.done_at = moment
    session.flush()
    return len(people)


def _write_to(person: Addressee, organisation: Organisation, version: GuidelineVersion, moment: datetime) -> None:
    wanted = path_to("lms.guideline_reading.read", organisation_id=organisation.id, guideline_id=version.guideline_id)
    address = absolute_path(wanted)
    if person.address_id is not None:
        _link, secret = new_unasked_link(person.person_id, person.address_id, wanted)
        address = absolute("lms.people.show_link", secret=secret)
    stop = absolute("lms.reminders.stop", token=stop_token(organisation.id, person.person_id))
    reader = person.language or "nb"
    with speaking(reader):
        title = version.wording(reader).title
        queue_mail(
            person.email,
            _("Read and confirm: %(title)s", title=title),
            body_of(organisation.name, title, person.name, address, person.address_id is not None, stop),
            reader,
            organisation.id,
            by_day=True,
            useless_after=moment + IN_PEACE,
            stop_address=stop,
        )


def body_of(organisation: str, title: str, name: str, address: str, signs_in: bool, stop_address: str) -> str:
    """The letter, in the language that is being spoken."""
    if signs_in:
        about = _("The link works once, for %(days)s days.", days=UNASKED_LINK_LIVES.days)
    else:
        about = _("Sign in there with your personal code or a link by e-mail. No code? Ask the coordinator.")
    paragraphs = (
        _("Hello, %(name)s", name=name),
        _(
            "%(organisation)s asks everybody to read “%(title)s” and confirm that they have.",
            organisation=organisation,
            title=title,
        ),
        _("Read it and confirm here:") + f"\n{address}",
        about,
        _("No more reminders from %(organisation)s? One press stops them:", organisation=organisation)
        + f" {stop_address}",
        _("Regards from Balanse"),
    )
    return "\n\n".join(paragraphs) + "\n"
