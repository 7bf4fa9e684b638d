"""Guidelines: one text in versions, which organisations use it, and who has confirmed that she has read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.fallback import best
from lms.database import Model, Privacy, new_id, now, session, upsert
from lms.organisations.events import record
from lms.organisations.models import Employee
from lms.people.models import Person

KINDS = ("against_harassment", "code_of_conduct", "reporting_routine")
WRITTEN_IN = ("nb", "en")
WORDS = ("title_nb", "title_en", "text_nb", "text_en", "link")
TITLE_LENGTH = 200
LINK_LENGTH = 500
TEXT_LENGTH = 30_000
UNPUBLISHED = text("published_at IS NULL")


class FrozenVersion(Exception):
    """Somebody tried to change a version that people may have confirmed."""


class NotInUse(Exception):
    """Nobody is asked to confirm this now."""


class NewerVersion(Exception):
    """She has read a version that counts no longer."""


@dataclass(frozen=True)
class Wording:
    """A version as one reader sees it: in which language, and the text paragraph by paragraph."""

    language: str
    title: str
    paragraphs: tuple[str, ...]


class Guideline(Model):
    """A guideline, code of conduct or routine, and the organisation that owns it."""

    __tablename__ = "lms_guideline"
    __table_args__ = (
        CheckConstraint("kind IN ('against_harassment', 'code_of_conduct', 'reporting_routine')", name="kind"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who began a guideline, and who offered it to other organisations.",
        retention="As long as somebody uses the guideline, and one round more.",
        person="begun_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    begun_at: Mapped[datetime] = mapped_column(default=now)
    begun_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    # While the owner offers it, whoever has the code can look at it and take it into use.
    offer_code: Mapped[str | None] = mapped_column(String(20), unique=True)
    offered_at: Mapped[datetime | None]
    offered_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


class GuidelineVersion(Model):
    """The text: a draft until it is published, and frozen from then on."""

    __tablename__ = "lms_guideline_version"
    __table_args__ = (
        UniqueConstraint("organisation_id", "guideline_id", "number"),
        ForeignKeyConstraint(
            ["organisation_id", "guideline_id"], ["lms_guideline.organisation_id", "lms_guideline.id"]
        ),
        # Two who begin a new version at once write in one draft.
        Index(
            "uq_lms_guideline_version_draft",
            "organisation_id",
            "guideline_id",
            unique=True,
            sqlite_where=UNPUBLISHED,
            postgresql_where=UNPUBLISHED,
        ),
        CheckConstraint("(published_at IS NULL) = (number IS NULL)", name="published"),
        CheckConstraint("(published_at IS NULL) = (counts_from IS NULL)", name="counted"),
        CheckConstraint("counts_from BETWEEN 1 AND number", name="counts_from"),
        CheckConstraint("title_nb <> '' OR title_en <> ''", name="titled"),
        CheckConstraint("text_nb <> '' OR text_en <> '' OR link <> ''", name="written"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who wrote and who published what everybody is asked to confirm.",
        retention="As long as somebody uses the guideline, and one round more.",
        person="published_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    guideline_id: Mapped[UUID]
    number: Mapped[int | None]
    title_nb: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    title_en: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    text_nb: Mapped[str] = mapped_column(Text, default="")
    text_en: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str] = mapped_column(String(LINK_LENGTH), default="")
    revision: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[datetime] = mapped_column(default=now)
    written_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    published_at: Mapped[datetime | None] = mapped_column(active_history=True)
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    # The oldest version whose confirmation is as good as one of this: an earlier one after a small change.
    counts_from: Mapped[int | None]

    @property
    def words(self) -> dict[str, str]:
        """What is written, field by field."""
        return {name: getattr(self, name) for name in WORDS}

    @property
    def is_small_change(self) -> bool:
        """Whether it was published without asking anybody to confirm anew."""
        return self.number is not None and self.counts_from != self.number

    def wording(self, locale: str) -> Wording:
        """The title and text for a reader, in her language or in the nearest it was written in."""
        written = {language: language for language in WRITTEN_IN if getattr(self, f"title_{language}")}
        language = best(written, locale) or WRITTEN_IN[0]
        blocks = (block.strip("\n") for block in getattr(self, f"text_{language}").split("\n\n"))
        return Wording(language, getattr(self, f"title_{language}"), tuple(filter(None, blocks)))


class GuidelineUse(Model):
    """Which version of a guideline an organisation uses: its own, or one that another organisation owns."""

    __tablename__ = "lms_guideline_use"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_id", "guideline_id", "number"],
            [
                "lms_guideline_version.organisation_id",
                "lms_guideline_version.guideline_id",
                "lms_guideline_version.number",
            ],
        ),
        Index("ix_lms_guideline_use_owner", "owner_id", "guideline_id"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who took a version of a guideline into use, and who took it out of use.",
        retention="As long as the organisation is here: people have confirmed it.",
        person="taken_up_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    guideline_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    number: Mapped[int]
    taken_up_at: Mapped[datetime] = mapped_column(default=now)
    taken_up_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def is_own(self) -> bool:
        """Whether the organisation owns what it uses."""
        return self.owner_id == self.organisation_id

    def withdraw(self, by: Person) -> None:
        """Ask nobody to confirm it from now on; what was confirmed stays confirmed."""
        if self.withdrawn_at is None:
            self.withdrawn_at, self.withdrawn_by = now(), by.id
            record(self.organisation_id, "guideline.withdrawn", by, guideline=str(self.guideline_id))

    def put_back(self, by: Person) -> None:
        """Use it again, as it was."""
        if self.withdrawn_at is not None:
            self.withdrawn_at = self.withdrawn_by = None
            record(self.organisation_id, "guideline.put_back", by, guideline=str(self.guideline_id))

    def confirm(self, version: GuidelineVersion, number: int, employee: Employee) -> None:
        """Keep that an employee has read version `number`; once, however often she presses.

        `version` is the one in use. Raises NotInUse, and NewerVersion when what she read counts no longer.
        """
        if self.withdrawn_at is not None:
            raise NotInUse
        if number < (version.counts_from or 1):
            raise NewerVersion
        row = {
            "organisation_id": self.organisation_id,
            "guideline_id": self.guideline_id,
            "employee_id": employee.id,
            "number": number,
            "confirmed_at": now(),
        }
        upsert(Confirmation, row, ("organisation_id", "guideline_id", "employee_id", "number"))


class Confirmation(Model):
    """An employee has read a version of a guideline; no row means that nobody knows."""

    __tablename__ = "lms_guideline_confirmation"
    __table_args__ = (
        Index("ix_lms_guideline_confirmation_employee", "organisation_id", "employee_id"),
        ForeignKeyConstraint(
            ["organisation_id", "guideline_id"], ["lms_guideline_use.organisation_id", "lms_guideline_use.guideline_id"]
        ),
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
        CheckConstraint("number > 0", name="number"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who has read the organisation's guidelines, which the requirements of the mark ask for.",
        retention="Two years after the round in which she left; when she is erased the row counts on without a name.",
        person="employee_id",
        export=("organisation_id", "guideline_id", "number", "confirmed_at"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    guideline_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(default=now)


def _refuse_change(mapper: Any, connection: Any, version: GuidelineVersion) -> None:
    history = inspect(version).attrs.published_at.history
    was_published_at = (*history.deleted, *history.unchanged, None)[0]
    if was_published_at is not None:
        raise FrozenVersion


def _refuse_removal(mapper: Any, connection: Any, version: GuidelineVersion) -> None:
    if version.published_at is not None:
        raise FrozenVersion


event.listen(GuidelineVersion, "before_update", _refuse_change)
event.listen(GuidelineVersion, "before_delete", _refuse_removal)


def guideline_of(organisation_id: UUID, guideline_id: UUID, to_change: bool = False) -> Guideline | None:
    """A guideline that the organisation owns; held until the end when it is going `to_change`."""
    asked = (
        select(Guideline)
        .where(Guideline.organisation_id == organisation_id, Guideline.id == guideline_id)
        .execution_options(populate_existing=to_change)
    )
    return session.scalar(asked.with_for_update(key_share=True) if to_change else asked)


def draft_of(guideline: Guideline) -> GuidelineVersion | None:
    """What is being written."""
    return session.scalar(select(GuidelineVersion).where(*_of(guideline), GuidelineVersion.published_at.is_(None)))


def versions_of(guideline: Guideline) -> list[GuidelineVersion]:
    """What has been published, newest first."""
    published = GuidelineVersion.published_at.is_not(None)
    return list(
        session.scalars(
            select(GuidelineVersion).where(*_of(guideline), published).order_by(GuidelineVersion.number.desc())
        )
    )


def newest_of(owner_id: UUID, guideline_id: UUID) -> GuidelineVersion | None:
    """The version that was published last."""
    return session.scalar(
        select(GuidelineVersion)
        .where(
            GuidelineVersion.organisation_id == owner_id,
            GuidelineVersion.guideline_id == guideline_id,
            GuidelineVersion.number.is_not(None),
        )
        .order_by(GuidelineVersion.number.desc())
        .limit(1)
    )


def in_force(use: GuidelineUse) -> GuidelineVersion:
    """The version that the organisation uses."""
    return session.scalars(
        select(GuidelineVersion).where(
            GuidelineVersion.organisation_id == use.owner_id,
            GuidelineVersion.guideline_id == use.guideline_id,
            GuidelineVersion.number == use.number,
        )
    ).one()


def use_in(organisation_id: UUID, guideline_id: UUID) -> GuidelineUse | None:
    """How the organisation uses this guideline, also when it has taken it out of use."""
    return session.get(GuidelineUse, (organisation_id, guideline_id), populate_existing=True)


def words_in(version: GuidelineVersion | None) -> Mapping[str, str]:
    """What a form begins with."""
    return version.words if version is not None else dict.fromkeys(WORDS, "")


def _of(guideline: Guideline) -> tuple[Any, Any]:
    return (
        GuidelineVersion.organisation_id == guideline.organisation_id,
        GuidelineVersion.guideline_id == guideline.id,
    )
