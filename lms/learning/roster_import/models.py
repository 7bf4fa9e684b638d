"""Lists on their way into the roster, and what each of them has changed there."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.people.models import Person

DRAFTS_ARE_KEPT = timedelta(days=1)
UNDO_IS_KEPT = timedelta(days=30)

Rows = list[tuple[int, list[str]]]


class RosterDraft(Model):
    """A list a coordinator has handed in and not yet carried out: nobody in it is on the roster because of it.

    It lies here between the dry run and the decision, so that what is carried out is what was shown, whatever the
    browser sends.
    """

    __tablename__ = "lms_roster_draft"
    __table_args__ = (CheckConstraint("source IN ('hand', 'list', 'file')", name="source"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To show a coordinator what a list of people would change before anything is changed.",
        retention="Until she carries it out or throws it away, and a day at the most.",
        person="made_by",
        export=("organisation_id", "source", "made_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[str] = mapped_column(String(10))
    # Each row with its number in the file; `heading` is the number of the row with the names of the columns, 0 without.
    rows: Mapped[Rows] = mapped_column(JSON)
    heading: Mapped[int]
    columns: Mapped[list[str]]
    # By the row's number: the id of the employee it is about, or `new`.
    answers: Mapped[dict[str, Any]]
    leaving: Mapped[list[str]]


class RosterImport(Model):
    """A list that has been carried out, by whom and when, and whether it was undone."""

    __tablename__ = "lms_roster_import"
    __table_args__ = (Index("ix_lms_roster_import_at", "organisation_id", "carried_out_at"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who changed the roster by a list, and to undo it.",
        retention="As long as the round; it holds numbers and no names.",
        person="carried_out_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    carried_out_at: Mapped[datetime] = mapped_column(default=now)
    carried_out_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    departed: Mapped[int] = mapped_column(default=0)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


class RosterAct(Model):
    """What one list did to one person's place: how it was `before` (empty for somebody new) and `after`."""

    __tablename__ = "lms_roster_act"
    __table_args__ = (
        Index("ix_lms_roster_act_employee", "organisation_id", "employee_id"),
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "import_id"], ["lms_roster_import.organisation_id", "lms_roster_import.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To undo a list that should not have been carried out.",
        retention="Thirty days, or until it is undone.",
        person="employee_id",
        export=("organisation_id", "before", "after"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


def new_draft(organisation_id: UUID, by: Person, source: str, rows: Rows) -> RosterDraft:
    """A list to look through, in place of any other the same coordinator has left lying here."""
    session.execute(
        delete(RosterDraft).where(RosterDraft.organisation_id == organisation_id, RosterDraft.made_by == by.id)
    )
    draft = RosterDraft(
        organisation_id=organisation_id,
        id=new_id(),
        made_by=by.id,
        source=source,
        rows=rows,
        heading=0,
        columns=[],
        answers={},
        leaving=[],
    )
    session.add(draft)
    return draft


def own_draft(organisation_id: UUID, draft_id: UUID, person: Person) -> RosterDraft | None:
    """This list, for the coordinator who handed it in and for nobody else."""
    return session.scalar(
        select(RosterDraft).where(
            RosterDraft.organisation_id == organisation_id,
            RosterDraft.id == draft_id,
            RosterDraft.made_by == person.id,
        )
    )


def last_import(organisation_id: UUID) -> RosterImport | None:
    """The latest list that was carried out, while it can still be undone."""
    return session.scalar(
        select(RosterImport)
        .where(
            RosterImport.organisation_id == organisation_id,
            RosterImport.undone_at.is_(None),
            RosterImport.carried_out_at > now() - UNDO_IS_KEPT,
        )
        .order_by(RosterImport.carried_out_at.desc(), RosterImport.id.desc())
        .limit(1)
    )


def forget_drafts(before: datetime) -> None:
    """Remove lists that nobody has decided about."""
    session.execute(delete(RosterDraft).where(RosterDraft.made_at < before))


def forget_acts(before: datetime) -> None:
    """Remove what would undo lists that were carried out long ago."""
    old = select(RosterImport.id).where(
        RosterImport.organisation_id == RosterAct.organisation_id,
        RosterImport.id == RosterAct.import_id,
        RosterImport.carried_out_at < before,
    )
    session.execute(delete(RosterAct).where(old.exists()).execution_options(synchronize_session=False))
