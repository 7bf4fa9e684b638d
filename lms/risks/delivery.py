"""Delivering the mapping: a form that is frozen and hashed, and the one decision there can be about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    and_,
    event,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.courses.fallback import LANGUAGES
from lms.database import Model, Privacy, new_id, now, session, upsert
from lms.learning.together import SharedCount
from lms.organisations.events import record
from lms.organisations.models import Round
from lms.people.models import Person
from lms.risks.history import rows_with_a_choice_to_make
from lms.risks.models import Risk, RiskMapping
from lms.risks.words import FRAMING


class NothingToDeliver(Exception):
    """Nobody has answered anything yet."""


class ChoicesLeft(Exception):
    """In some rows two texts wait for somebody to choose."""


class Frozen(Exception):
    """Somebody tried to change what was delivered or decided."""


class AlreadyDecided(Exception):
    """Another facilitator was faster; her decision stands."""


class DeliveredMapping(Model):
    """The form as it was when it was delivered to the scheme: written once, never changed."""

    __tablename__ = "lms_delivered_mapping"
    __table_args__ = (
        UniqueConstraint("organisation_id", "mapping_id", "number"),
        ForeignKeyConstraint(
            ["organisation_id", "mapping_id"], ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"]
        ),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who delivered the risk mapping that the award rests on.",
        retention="As long as the award, and one round more; the form names roles, not people.",
        person="delivered_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mapping_id: Mapped[UUID]
    number: Mapped[int]
    form: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    delivered_at: Mapped[datetime] = mapped_column(default=now)
    delivered_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def is_whole(self) -> bool:
        """Whether the form is still the one that was delivered."""
        return digest_of(self.form) == self.digest


class MappingDecision(Model):
    """What the scheme has answered: accepted, or returned with what to look at again; one for each delivered form."""

    __tablename__ = "lms_mapping_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "delivery_id"], ["lms_delivered_mapping.organisation_id", "lms_delivered_mapping.id"]
        ),
        CheckConstraint("verdict IN ('accepted', 'returned')", name="verdict"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who in the scheme accepted or returned the risk mapping.",
        retention="As long as the award, and one round more.",
        person="decided_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(String(10))
    comment: Mapped[str] = mapped_column(Text, default="")
    comments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decided_at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


def freeze(*models: type[Model]) -> None:
    """Let no row of these change or go once it is written: whoever tries gets Frozen."""
    for model in models:
        event.listen(model, "before_update", refuse)
        event.listen(model, "before_delete", refuse)


def refuse(mapper: Any, connection: Any, thing: Model) -> None:
    """What a frozen row answers. Raises Frozen."""
    raise Frozen(type(thing).__name__)


freeze(DeliveredMapping, MappingDecision)


def digest_of(form: Mapping[str, Any]) -> str:
    """SHA-256 of the form, however its keys are ordered."""
    return sha256(json.dumps(form, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def form_of(mapping: RiskMapping, rows: list[Risk], ratings: Mapping[str, SharedCount]) -> dict[str, Any]:
    """The whole form as JSON can hold it, readable in every language; no names, no contributions."""
    return {
        "catalogue": mapping.catalogue_version,
        "framing": {name: getattr(mapping, name) for name in FRAMING},
        "rows": [
            {
                "id": str(row.id),
                "factor": row.factor,
                "names": {language: row.name(language) for language in LANGUAGES},
                "rated": {"people": rated.people, **rated.counts} if (rated := ratings.get(row.factor or "")) else None,
                **row.values,
            }
            for row in rows
        ],
    }


def deliver(mapping: RiskMapping, rows: list[Risk], ratings: Mapping[str, SharedCount], by: Person) -> DeliveredMapping:
    """Hand the form to the scheme as it is now. Raises MappingClosed, NothingToDeliver, ChoicesLeft.

    Whoever calls holds the mapping.
    """
    mapping.must_be_open()
    if all(row.state in ("new", "postponed") for row in rows):
        raise NothingToDeliver
    if rows_with_a_choice_to_make(mapping):
        raise ChoicesLeft
    before = session.scalar(
        select(func.max(DeliveredMapping.number)).where(
            DeliveredMapping.organisation_id == mapping.organisation_id, DeliveredMapping.mapping_id == mapping.id
        )
    )
    form = form_of(mapping, rows, ratings)
    delivered = DeliveredMapping(
        organisation_id=mapping.organisation_id,
        id=new_id(),
        mapping_id=mapping.id,
        number=(before or 0) + 1,
        form=form,
        digest=digest_of(form),
        delivered_by=by.id,
    )
    session.add(delivered)
    mapping.closed_at = now()
    record(mapping.organisation_id, "risk_mapping.delivered", by, number=delivered.number, digest=delivered.digest)
    return delivered


def decide(
    delivered: DeliveredMapping, verdict: str, comment: str, comments: Mapping[str, str], by: Person
) -> MappingDecision:
    """Accept the form, or return it with what to look at again. Raises AlreadyDecided.

    A returned one is open again, as a draft that begins with what was delivered.
    """
    row = {
        "organisation_id": delivered.organisation_id,
        "delivery_id": delivered.id,
        "verdict": verdict,
        "comment": comment,
        "comments": dict(comments),
        "decided_at": now(),
        "decided_by": by.id,
    }
    if not upsert(MappingDecision, row, ("organisation_id", "delivery_id")):
        raise AlreadyDecided
    if verdict == "returned":
        mapping = session.get_one(RiskMapping, (delivered.organisation_id, delivered.mapping_id))
        mapping.closed_at = None
    record(delivered.organisation_id, f"risk_mapping.{verdict}", by, number=delivered.number)
    return session.get_one(MappingDecision, (delivered.organisation_id, delivered.id))


@dataclass(frozen=True)
class Standing:
    """Where the mapping of an organisation is: none, draft, delivered, returned or accepted, and since when."""

    mapping: RiskMapping | None = None
    delivered: DeliveredMapping | None = None
    decision: MappingDecision | None = None

    @property
    def state(self) -> str:
        """none, draft, delivered, returned (and open again) or accepted."""
        if self.mapping is None:
            return "none"
        if self.delivered is None:
            return "draft"
        return self.decision.verdict if self.decision else "delivered"

    @property
    def since(self) -> datetime | None:
        """When it came there."""
        if self.mapping is None:
            return None
        if self.delivered is None:
            return self.mapping.opened_at
        return self.decision.decided_at if self.decision else self.delivered.delivered_at

    def comment_on(self, risk_id: object) -> str:
        """What the scheme wants looked at again in a row of a form it has returned."""
        returned = self.decision is not None and self.decision.verdict == "returned"
        return str(self.decision.comments.get(str(risk_id), "")) if self.decision and returned else ""


def mapping_of(organisation_id: UUID, round_id: UUID | None = None) -> Standing:
    """Where the mapping of a round is, or of the one the organisation walks now; one question to the database."""
    this_round = Round.ended_at.is_(None) if round_id is None else Round.id == round_id
    row = session.execute(
        select(RiskMapping, DeliveredMapping, MappingDecision)
        .join(Round, and_(Round.organisation_id == RiskMapping.organisation_id, Round.id == RiskMapping.round_id))
        .outerjoin(
            DeliveredMapping,
            and_(
                DeliveredMapping.organisation_id == RiskMapping.organisation_id,
                DeliveredMapping.mapping_id == RiskMapping.id,
            ),
        )
        .outerjoin(
            MappingDecision,
            and_(
                MappingDecision.organisation_id == DeliveredMapping.organisation_id,
                MappingDecision.delivery_id == DeliveredMapping.id,
            ),
        )
        .where(RiskMapping.organisation_id == organisation_id, this_round)
        .order_by(func.coalesce(DeliveredMapping.number, 0).desc())
        .limit(1)
    ).first()
    return Standing(*row) if row else Standing()
