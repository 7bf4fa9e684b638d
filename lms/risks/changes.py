"""What somebody wrote in a row of the mapping: each revision, and words that wait for a choice."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session

if TYPE_CHECKING:
    from lms.risks.models import Risk

SITTING = timedelta(minutes=10)
LONGEST_OPEN = timedelta(days=1)


class RiskChange(Model):
    """What somebody wrote in a row: the revision it became, or, without one, words that wait for a choice."""

    __tablename__ = "lms_risk_change"
    __table_args__ = (
        # Two who save at once cannot both have written the same revision.
        UniqueConstraint("organisation_id", "risk_id", "revision"),
        ForeignKeyConstraint(["organisation_id", "risk_id"], ["lms_risk.organisation_id", "lms_risk.id"]),
        CheckConstraint("revision IS NULL OR settled_at IS NULL", name="kept_or_waiting"),
        Index("ix_lms_risk_change_risk", "organisation_id", "risk_id", "at"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To answer who wrote what in the risk mapping, and to lose nobody's words to another's.",
        retention="As long as the round, which the award rests on; it names roles, not people.",
        person="by",
        export=("risk_id", "at", "values"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    risk_id: Mapped[UUID]
    values: Mapped[dict[str, Any]]
    based_on: Mapped[int]
    revision: Mapped[int | None]
    # Nobody, where the row came to this revision because somebody was erased who was named in it.
    by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    # Saved by the page itself while she wrote; and whether she went on, so that it was only a step on her way.
    while_writing: Mapped[bool] = mapped_column(default=False)
    passed: Mapped[bool] = mapped_column(default=False)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody to choose."""
        return self.revision is None and self.settled_at is None

    @classmethod
    def of(cls, risk: "Risk") -> tuple[Any, Any]:
        """The changes of one row."""
        return cls.organisation_id == risk.organisation_id, cls.risk_id == risk.id


def pass_by(risk: "Risk", by: UUID) -> None:
    """Let what the page saved while she was writing go, now that she has gone on: one line for each sitting.

    The history answers who wrote what, not how she came to it: half a sentence, and a name she took out again, are
    nobody's business. The words themselves must lie a day more, since a page that somebody else opened in
    between rests on them: without them, it could not be told what she has changed.
    """
    before = session.scalar(select(RiskChange).where(*RiskChange.of(risk), RiskChange.revision == risk.revision))
    if before is not None and before.while_writing and before.by == by and before.at > now() - SITTING:
        before.passed = True


def forget_passed() -> None:
    """Forget what was only a step on somebody's way, when no page rests on it any more; the worker comes by."""
    gone = delete(RiskChange).where(RiskChange.passed, RiskChange.at < now() - LONGEST_OPEN)
    session.execute(gone.execution_options(synchronize_session=False))


def changes_waiting(risk: "Risk") -> list[RiskChange]:
    """What waits in the row for somebody to choose, oldest first."""
    return list(
        session.scalars(
            select(RiskChange)
            .where(*RiskChange.of(risk), RiskChange.revision.is_(None), RiskChange.settled_at.is_(None))
            .order_by(RiskChange.at)
        )
    )
