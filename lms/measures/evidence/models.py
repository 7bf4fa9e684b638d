"""What shows that something is as an organisation says: a link or a file, at a requirement or at a measure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, now, session
from lms.measures.evidence.kinds import Kind
from lms.measures.evidence.store import Kept
from lms.measures.models import MeasurePlan
from lms.organisations.events import record
from lms.people.models import Person

TITLE_LENGTH = 200
LONGEST_LINK = 2_000
# With those that can still be put back; what a hundred things don't show, the next one doesn't either.
MOST_EVIDENCE = 100
UNDO_LASTS = timedelta(days=30)
A_WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
ENOUGH_FAILURES = 2
IS_FOLLOWED = text("kind = 'link' AND removed_at IS NULL")


class EnoughEvidence(Exception):
    """Nobody at the scheme can look through more than this."""


class TooLate(Exception):
    """The undo period is over, and the file is gone."""


class Evidence(Model):
    """One link or one file, about one requirement or one measure of a plan."""

    __tablename__ = "lms_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "plan_id"], ["lms_measure_plan.organisation_id", "lms_measure_plan.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "measure_id"], ["lms_measure.organisation_id", "lms_measure.id"]),
        CheckConstraint("(requirement IS NULL) <> (measure_id IS NULL)", name="about_one"),
        CheckConstraint("kind IN ('link', 'file')", name="kind"),
        CheckConstraint("kind = 'link' OR url = ''", name="link"),
        CheckConstraint("kind = 'file' OR stored_key = ''", name="file"),
        CheckConstraint("state IN ('', 'well', 'changed', 'gone')", name="state"),
        CheckConstraint("removed_at IS NOT NULL OR url <> '' OR stored_key <> ''", name="there"),
        Index("ix_lms_evidence_plan", "organisation_id", "plan_id"),
        Index("ix_lms_evidence_check", "check_after", sqlite_where=IS_FOLLOWED, postgresql_where=IS_FOLLOWED),
        Index("ix_lms_evidence_stored_key", "stored_key"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who showed what the award rests on, and who took it away.",
        retention="As long as the plan, which the award rests on; after 30 days, of what was removed only that it was.",
        person="added_by",
        export=("title", "url", "file_name", "added_at", "removed_at"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID]
    requirement: Mapped[str | None] = mapped_column(String(40))
    measure_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    added_at: Mapped[datetime] = mapped_column(default=now)
    added_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    # Since the mark was first asked for on the ground of it; from then on its content is kept, also when it is removed.
    relied_on_at: Mapped[datetime | None]
    # Of a file: what it is called, what it is, and where it lies.
    file_name: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    stored_key: Mapped[str] = mapped_column(String(100), default="")
    # Of a link: what the page said when somebody last said that it is good, and what it has said since.
    url: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="")
    page_digest: Mapped[str] = mapped_column(String(64), default="")
    seen_digest: Mapped[str] = mapped_column(String(64), default="")
    check_after: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(20), default="")
    # What hinders us and not those it is for, as somebody has said who looked herself.
    known_trouble: Mapped[str] = mapped_column(String(20), default="")
    told_at: Mapped[datetime | None]
    good_at: Mapped[datetime | None]
    good_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def about(self) -> str:
        """What it shows: the key of a requirement, or the id of a measure."""
        return self.requirement or str(self.measure_id)

    @property
    def host(self) -> str:
        """Where a link leads, in short."""
        return urlsplit(self.url).hostname or ""

    @property
    def needs_a_look(self) -> bool:
        """Whether a link is no longer what somebody said was good."""
        return self.removed_at is None and self.state in ("changed", "gone")

    @property
    def can_be_put_back(self) -> bool:
        """Whether it has been removed and is still here; what the mark rests on always is."""
        return self.removed_at is not None and bool(self.url or self.stored_key)

    @property
    def undo_until(self) -> datetime | None:
        """When what has been removed is gone for good."""
        return self.removed_at + UNDO_LASTS if self.removed_at else None

    def remove(self, by: Person) -> None:
        """Take it away; for thirty days it can be put back."""
        if self.removed_at is None:
            self.removed_at, self.removed_by = now(), by.id
            record(self.organisation_id, "evidence.removed", by, evidence=str(self.id))

    def put_back(self, by: Person) -> None:
        """Undo the removal. Raises TooLate."""
        if self.removed_at is None:
            return
        if not self.can_be_put_back:
            raise TooLate
        self.removed_at = self.removed_by = None
        record(self.organisation_id, "evidence.put_back", by, evidence=str(self.id))

    def still_good(self, by: Person) -> None:
        """Somebody has looked at the page: it is what she means, as it is now."""
        if self.state == "changed":
            self.page_digest = self.seen_digest
        elif self.state == "gone":
            self.known_trouble = self.trouble
        if self.needs_a_look:
            record(self.organisation_id, "evidence.still_good", by, evidence=str(self.id))
            self.state = "well"
        self.good_at, self.good_by = now(), by.id
        self.told_at, self.failures = None, 0

    def found(self, page_digest: str, moment: datetime) -> None:
        """The page could be opened, and says this."""
        self.checked_at, self.check_after = moment, moment + A_WEEK
        self.failures, self.trouble, self.known_trouble = 0, "", ""
        self.seen_digest = page_digest
        self.page_digest = self.page_digest or page_digest
        self._is_now("well" if page_digest == self.page_digest else "changed")

    def failed(self, trouble: str, moment: datetime) -> None:
        """The page could not be opened; once may be chance, so that it is tried again the day after."""
        self.checked_at, self.check_after = moment, moment + A_WEEK
        if trouble == self.known_trouble:
            return
        self.failures, self.trouble = self.failures + 1, trouble
        if self.failures >= ENOUGH_FAILURES:
            self._is_now("gone")
        else:
            self.check_after = moment + A_DAY

    def _is_now(self, state: str) -> None:
        # Whoever knows that a page has changed doesn't know yet that it is gone; the other way round she does.
        if state == "well" or (state == "gone" and self.state == "changed"):
            self.told_at = None
        self.state = state

    def forget(self) -> None:
        """Keep only that it was there: what it was called may have said something about somebody."""
        self.title = self.url = self.file_name = self.stored_key = ""


def add_link(plan: MeasurePlan, about: UUID | str, title: str, url: str, by: Person) -> Evidence:
    """A link as evidence about a requirement or a measure; the worker looks at it soon. Raises EnoughEvidence.

    Whoever calls holds the plan, here as where a file is added.
    """
    added = _new(plan, about, by)
    added.kind, added.url, added.check_after = "link", url, now()
    added.title = title or (urlsplit(url).hostname or url)[:TITLE_LENGTH]
    return added


def add_file(
    plan: MeasurePlan, about: UUID | str, title: str, name: str, kind: Kind, kept: Kept, by: Person
) -> Evidence:
    """A file that has been kept, as evidence about a requirement or a measure. Raises EnoughEvidence."""
    added = _new(plan, about, by)
    added.kind, added.title, added.file_name, added.media_type = "file", title or name, name, kind.media_type
    added.size, added.digest, added.stored_key = kept.size, kept.digest, kept.key
    return added


def _new(plan: MeasurePlan, about: UUID | str, by: Person) -> Evidence:
    must_have_room(plan)
    added = Evidence(organisation_id=plan.organisation_id, id=new_id(), plan_id=plan.id, added_by=by.id)
    if isinstance(about, UUID):
        added.measure_id = about
    else:
        added.requirement = about
    session.add(added)
    record(plan.organisation_id, "evidence.added", by, evidence=str(added.id), about=str(about))
    return added


def must_have_room(plan: MeasurePlan) -> None:
    """Raises EnoughEvidence when there is as much in a plan as anybody can look through, with what can be put back."""
    here = Evidence.organisation_id == plan.organisation_id, Evidence.plan_id == plan.id
    is_kept = (Evidence.url != "") | (Evidence.stored_key != "")
    if (session.scalar(select(func.count()).select_from(Evidence).where(*here, is_kept)) or 0) >= MOST_EVIDENCE:
        raise EnoughEvidence


def rely_on(organisation_id: UUID, evidence: Collection[UUID]) -> None:
    """Keep these from now on, whatever happens to them in the plan: somebody has asked for the mark on their ground."""
    here = Evidence.organisation_id == organisation_id, Evidence.id.in_(evidence), Evidence.relied_on_at.is_(None)
    session.execute(update(Evidence).where(*here).values(relied_on_at=now()))


def evidence_in(organisation_id: UUID, evidence_id: UUID, to_change: bool = False) -> Evidence | None:
    """This evidence of the organisation; held until the end when it is going `to_change`."""
    here = Evidence.organisation_id == organisation_id, Evidence.id == evidence_id
    asked = select(Evidence).where(*here).execution_options(populate_existing=to_change)
    return session.scalar(asked.with_for_update() if to_change else asked)


def evidence_of(organisation_id: UUID, plan_id: UUID) -> Mapping[str | UUID, tuple[Evidence, ...]]:
    """What stands at each requirement (by key) and each measure (by id) of a plan, oldest first: one question."""
    asked = select(Evidence).where(
        Evidence.organisation_id == organisation_id, Evidence.plan_id == plan_id, Evidence.removed_at.is_(None)
    )
    found: dict[str | UUID, tuple[Evidence, ...]] = {}
    for each in session.scalars(asked.order_by(Evidence.added_at, Evidence.id)):
        about = each.requirement or each.measure_id
        if about is not None:
            found[about] = (*found.get(about, ()), each)
    return found
