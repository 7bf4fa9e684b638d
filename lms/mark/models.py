"""The mark: what an organisation asked for and on what grounds, what the scheme decided, and the award itself."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    event,
    inspect,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, norwegian_day, now, session
from lms.organisations.events import record
from lms.people.models import CODE_LETTERS, Person
from lms.risks.delivery import Frozen, digest_of, freeze, refuse

CODE_GROUPS, LETTERS_IN_A_GROUP = 3, 4
# The points a request is looked through by, in the order of the page.
POINTS = ("courses", "mapping", "requirements", "measures", "plan")


class WithoutEvidence(Exception):
    """An award must rest on a request with an accepted mapping and evidence for each requirement."""


class NotInForce(Exception):
    """There is no valid award to withdraw."""


def new_award_code() -> str:
    """Twelve letters and digits in groups of four, as in K7M2-P9XQ-R3T8: nobody guesses it, everybody can type it."""
    letters = [secrets.choice(CODE_LETTERS) for _ in range(CODE_GROUPS * LETTERS_IN_A_GROUP)]
    return "-".join(
        "".join(letters[start : start + LETTERS_IN_A_GROUP]) for start in range(0, len(letters), LETTERS_IN_A_GROUP)
    )


class MarkRequest(Model):
    """What an organisation showed when it asked for the mark: written once, never changed; ids and counts, no names."""

    __tablename__ = "lms_mark_request"
    __table_args__ = (
        UniqueConstraint("organisation_id", "round_id", "number"),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        Index("ix_lms_mark_request_at", "requested_at"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who asked for the mark on behalf of the organisation.",
        retention="As long as the award, and one round more; the form holds ids and counts.",
        person="requested_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID]
    number: Mapped[int]
    form: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime] = mapped_column(default=now)
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def is_whole(self) -> bool:
        """Whether the form is still the one that was sent."""
        return digest_of(self.form) == self.digest


class MarkProposal(Model):
    """With four eyes: one member of the staff would award the mark; it exists only when another one agrees."""

    __tablename__ = "lms_mark_proposal"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "request_id"], ["lms_mark_request.organisation_id", "lms_mark_request.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who in the scheme would award the mark, so that somebody else confirms it.",
        retention="As long as the award, and one round more.",
        person="proposed_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    in_spite: Mapped[str] = mapped_column(Text, default="")
    proposed_at: Mapped[datetime] = mapped_column(default=now)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


class MarkDecision(Model):
    """What the scheme answered: awarded, or returned with a reason at each point; one for each request, for good.

    `in_spite` is why the mark was awarded although something was missing.
    """

    __tablename__ = "lms_mark_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "request_id"], ["lms_mark_request.organisation_id", "lms_mark_request.id"]
        ),
        CheckConstraint("verdict IN ('awarded', 'returned')", name="verdict"),
        CheckConstraint("seconded_by IS NULL OR seconded_by <> decided_by", name="four_eyes"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who in the scheme awarded the mark, or returned the request.",
        retention="As long as the award, and one round more.",
        person="decided_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    in_spite: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    seconded_at: Mapped[datetime | None]
    seconded_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


class Award(Model):
    """One granting of the mark: two years to the day, never removed; a withdrawn one stays, as withdrawn.

    It rests on a decision about a request, or has been imported from before there were requests.
    """

    __tablename__ = "lms_award"
    __table_args__ = (
        UniqueConstraint("organisation_id", "request_id"),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "request_id"], ["lms_mark_decision.organisation_id", "lms_mark_decision.request_id"]
        ),
        ForeignKeyConstraint(["organisation_id", "replaced_by"], ["lms_award.organisation_id", "lms_award.id"]),
        CheckConstraint("request_id IS NOT NULL OR imported_at IS NOT NULL", name="grounds"),
        CheckConstraint("(imported_at IS NULL) = (imported_by IS NULL)", name="imported_by_somebody"),
        CheckConstraint("request_id IS NULL OR awarded_by IS NOT NULL", name="awarded_by_somebody"),
        CheckConstraint("valid_until > awarded_on", name="valid_until"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_because = '')",
            name="withdrawn_by_somebody_because",
        ),
        CheckConstraint("(replaced_by IS NULL) = (replaced_on IS NULL)", name="replaced_on"),
        # What is valid on a day, and what expires by when: asked across all organisations.
        Index("ix_lms_award_valid", "valid_until", "awarded_on"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who in the scheme awarded and withdrew the mark.",
        retention="For good: the register tells what was awarded when. Names are shown to the scheme only.",
        person="awarded_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None]
    code: Mapped[str] = mapped_column(String(20), unique=True, default=new_award_code)
    awarded_on: Mapped[date]
    valid_until: Mapped[date]  # the last day on which it is valid
    awarded_at: Mapped[datetime] = mapped_column(default=now)
    awarded_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    seconded_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    requirements_version: Mapped[str] = mapped_column(String(40), default="")
    catalogue_version: Mapped[str] = mapped_column(String(40), default="")
    imported_at: Mapped[datetime | None]
    imported_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
    withdrawn_because: Mapped[str] = mapped_column(Text, default="")
    replaced_by: Mapped[UUID | None]
    replaced_on: Mapped[date | None]

    def state(self, on: date) -> str:
        """valid, expired, withdrawn or renewed on that day in Norway, which is the day of the award or later."""
        if self.withdrawn_at is not None and norwegian_day(self.withdrawn_at) <= on:
            return "withdrawn"
        if self.replaced_on is not None and self.replaced_on <= on:
            return "renewed"
        return "valid" if on <= self.valid_until else "expired"

    def withdraw(self, because: str, by: Person) -> None:
        """Take the mark back for good; it stays visible as withdrawn. Raises NotInForce.

        Whoever calls holds the award.
        """
        if not because.strip() or self.state(norwegian_day(now())) != "valid":
            raise NotInForce
        self.withdrawn_at, self.withdrawn_by, self.withdrawn_because = now(), by.id, because.strip()
        record(self.organisation_id, "mark.withdrawn", by, award=str(self.id))


class OwnWords(Model):
    """What an organisation says about itself in the register, in its own words."""

    __tablename__ = "lms_own_words"
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who wrote what the organisation says in the public register.",
        retention="As long as the organisation; the words are the organisation's.",
        person="changed_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    words_nb: Mapped[str] = mapped_column(Text, default="")
    words_en: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    in_register: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)


# What may become true of an award after it has been given, each once.
LATER = {"withdrawn_at", "withdrawn_by", "withdrawn_because", "replaced_by", "replaced_on"}


def _change_once(mapper: Any, connection: Connection, award: Award) -> None:
    for attribute in inspect(award).attrs:
        history = attribute.history
        if history.has_changes() and (attribute.key not in LATER or any(history.deleted)):
            raise Frozen(f"Award.{attribute.key}")


def _must_rest_on_evidence(mapper: Any, connection: Connection, award: Award) -> None:
    """No award by any path without its grounds; the database asks for a decision, this for what was decided about."""
    if award.request_id is None:
        if award.imported_at is None:
            raise WithoutEvidence
        return
    here = (
        select(MarkRequest.form, MarkDecision.verdict)
        .join(
            MarkDecision,
            and_(
                MarkDecision.organisation_id == MarkRequest.organisation_id, MarkDecision.request_id == MarkRequest.id
            ),
        )
        .where(MarkRequest.organisation_id == award.organisation_id, MarkRequest.id == award.request_id)
    )
    row = connection.execute(here).first()
    if row is None or row.verdict != "awarded" or not rests_on_evidence(row.form):
        raise WithoutEvidence


freeze(MarkRequest, MarkProposal, MarkDecision)
event.listen(Award, "before_update", _change_once)
event.listen(Award, "before_delete", refuse)
event.listen(Award, "before_insert", _must_rest_on_evidence)


def rests_on_evidence(form: Mapping[str, Any]) -> bool:
    """Whether a request holds what no reason can stand in for: an accepted mapping, evidence at each requirement."""
    requirements = form.get("requirements") or []
    accepted = form.get("mapping", {}).get("accepted_at")
    return bool(accepted) and bool(requirements) and all(map(is_shown, requirements))


def is_shown(requirement: Mapping[str, Any]) -> bool:
    """Whether a requirement in a request is met, and something shows that it is."""
    return bool(requirement["met"] and requirement["evidence"])


def latest_award(organisation_id: UUID) -> Award | None:
    """The award that came last, whatever has become of it."""
    return next(iter(awards_of(organisation_id, 1)), None)


def newest_award(organisation_id: UUID) -> Any:
    """The id of the organisation's latest award, for a question of another room's."""
    here = select(Award.id).where(Award.organisation_id == organisation_id)
    return here.order_by(Award.awarded_on.desc(), Award.awarded_at.desc()).limit(1).scalar_subquery()


def awards_of(organisation_id: UUID, many: int = 50) -> list[Award]:
    """The organisation's awards, the newest first."""
    return list(
        session.scalars(
            select(Award)
            .where(Award.organisation_id == organisation_id)
            .order_by(Award.awarded_on.desc(), Award.awarded_at.desc())
            .limit(many)
            .execution_options(populate_existing=True)
        )
    )


def valid_on(day: date) -> ColumnElement[bool]:
    """Which awards are in force on a day, today or later, as far as is known today."""
    return and_(
        Award.withdrawn_at.is_(None), Award.replaced_by.is_(None), Award.awarded_on <= day, Award.valid_until >= day
    )
