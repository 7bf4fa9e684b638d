"""What the scheme's staff has found, said and taken back about facts and help services."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.people.models import Person


class Revision(Model):
    """A line in the history of a fact or a help service: it held, it was corrected, or a correction was taken back.

    Lines are added and never changed; what readers get follows from them, and who did what needs no other log.
    `of` is the digest of the pack's text that the line is about: when a version of the courses comes with another
    text, the line is history. A new day in the pack alone ends nothing: a number that somebody has found wrong is
    still wrong after a round of new dates.
    """

    __tablename__ = "lms_revision"
    __table_args__ = (
        CheckConstraint("kind IN ('facts', 'help')", name="kind"),
        CheckConstraint("what IN ('checked', 'corrected', 'withdrawn')", name="what"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who looked up or corrected a fact or a help number, should somebody ask.",
        retention="As long as the courses are used; after erasure the correction stays, without a person.",
        person="by",
        export=("kind", "key", "what", "words", "at"),
        erase="blank",
        blanks=("by",),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(String(20))
    of: Mapped[str] = mapped_column(String(32))
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


IN_ORDER = (Revision.at, Revision.id)


def all_revisions() -> Sequence[Revision]:
    """Everything that has been said about anything, the oldest first."""
    return session.scalars(select(Revision).order_by(*IN_ORDER)).all()


def history_of(kind: str, key: str) -> list[tuple[Revision, str | None]]:
    """What has been said about one entry, the newest first, each with the name of who said it if she is still here."""
    rows = session.execute(
        select(Revision, func.nullif(Person.name, ""))
        .outerjoin(Person, Person.id == Revision.by)
        .where(Revision.kind == kind, Revision.key == key)
        .order_by(*(column.desc() for column in IN_ORDER))
    )
    return [(revision, name) for revision, name in rows]
