"""A text of the form that may be a report: taken out of the row, its history and every delivered form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, ScalarResult, String, and_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session
from lms.organisations.events import record
from lms.people.models import Person
from lms.risks.changes import RiskChange, changes_waiting
from lms.risks.delivery import DeliveredMapping, digest_of
from lms.risks.models import Risk, RiskMapping
from lms.risks.words import FRAMING, TEXTS


class SetAsideText(Model):
    """What stood in a field of a row, or in a framing answer, until somebody took it out of sight; no page shows it."""

    __tablename__ = "lms_set_aside_text"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "mapping_id"], ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "risk_id"], ["lms_risk.organisation_id", "lms_risk.id"]),
        Index("ix_lms_set_aside_text_mapping", "organisation_id", "mapping_id"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To keep what may be a report out of sight without destroying it, and to know that it happened.",
        retention="As long as the round; whoever runs the database can hand it to who receives reports.",
        person="set_aside_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    mapping_id: Mapped[UUID]
    risk_id: Mapped[UUID | None]
    field: Mapped[str] = mapped_column(String(20))
    texts: Mapped[list[str]]
    # By the number of each delivered form it stood in: the fingerprint before.
    digests: Mapped[dict[str, Any]]
    set_aside_at: Mapped[datetime] = mapped_column(default=now)
    set_aside_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


def set_aside(mapping: RiskMapping, risk: Risk, field: str, by: Person) -> None:
    """Take a text of a row out of every view and print; only that it happened is logged.

    This is the one way in which a delivered form changes: its fingerprint is made anew, and the old one is kept. It
    holds also while the form is with the scheme. Whoever calls holds the mapping.
    """
    if field not in TEXTS:
        raise LookupError(field)
    texts = [risk.values[field]]
    for change in session.scalars(select(RiskChange).where(*RiskChange.of(risk))):
        texts.append(change.values[field])
        change.values = {**change.values, field: ""}
    digests = {}
    for delivered in _delivered(mapping):
        row = row_in(delivered.form, risk.id)
        if row is not None and row[field]:
            texts.append(row[field])
            digests[str(delivered.number)] = delivered.digest
            rows = [{**each, field: ""} if each["id"] == row["id"] else each for each in delivered.form["rows"]]
            redact(delivered, {**delivered.form, "rows": rows})
    setattr(risk, field, "")
    for waiting in changes_waiting(risk):
        if not risk.clashing_with(waiting):
            waiting.settled_at, waiting.settled_by = now(), by.id
    _put_away(mapping, risk.id, field, texts, digests, by)


def set_aside_answer(mapping: RiskMapping, name: str, by: Person) -> None:
    """Take the answer to a question that frames the rows out of every view and print, as a text of a row."""
    if name not in FRAMING:
        raise LookupError(name)
    texts = [getattr(mapping, name)]
    digests = {}
    for delivered in _delivered(mapping):
        framing = delivered.form["framing"]
        if framing[name]:
            texts.append(framing[name])
            digests[str(delivered.number)] = delivered.digest
            redact(delivered, {**delivered.form, "framing": {**framing, name: ""}})
    setattr(mapping, name, "")
    mapping.framing_revision += 1
    _put_away(mapping, None, name, texts, digests, by)


def _put_away(
    mapping: RiskMapping, risk_id: UUID | None, field: str, texts: list[str], digests: dict[str, Any], by: Person
) -> None:
    if any(texts):
        session.add(
            SetAsideText(
                organisation_id=mapping.organisation_id,
                mapping_id=mapping.id,
                risk_id=risk_id,
                field=field,
                texts=list(dict.fromkeys(filter(None, texts))),
                digests=digests,
                set_aside_by=by.id,
            )
        )
        record(mapping.organisation_id, "risk_text.set_aside", by)


def without_set_aside(about: Risk | RiskMapping, values: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody wrote, without texts that were set aside: a page that stood open must not bring them back."""
    here = (
        SetAsideText.risk_id == about.id
        if isinstance(about, Risk)
        else and_(SetAsideText.mapping_id == about.id, SetAsideText.risk_id.is_(None))
    )
    gone = session.execute(
        select(SetAsideText.field, SetAsideText.texts).where(
            SetAsideText.organisation_id == about.organisation_id, here
        )
    )
    back = {field for field, texts in gone if values[field] in texts}
    return {**values, **dict.fromkeys(back, "")}


def row_in(form: Mapping[str, Any], risk_id: UUID) -> Mapping[str, Any] | None:
    """A row of a delivered form."""
    return next((row for row in form["rows"] if row["id"] == str(risk_id)), None)


def set_aside_in(delivered: DeliveredMapping) -> list[datetime]:
    """When texts were taken out of a delivered form."""
    rows = session.execute(
        select(SetAsideText.set_aside_at, SetAsideText.digests)
        .where(
            SetAsideText.organisation_id == delivered.organisation_id,
            SetAsideText.mapping_id == delivered.mapping_id,
        )
        .order_by(SetAsideText.set_aside_at)
    )
    return [at for at, digests in rows if str(delivered.number) in digests]


def _delivered(mapping: RiskMapping) -> ScalarResult[DeliveredMapping]:
    here = DeliveredMapping.organisation_id == mapping.organisation_id, DeliveredMapping.mapping_id == mapping.id
    return session.scalars(select(DeliveredMapping).where(*here))


def redact(delivered: DeliveredMapping, form: Mapping[str, Any]) -> None:
    """Let a delivered form be without some words, with a new fingerprint; whoever calls records that it happened."""
    # Not through the object, which refuses every change.
    session.execute(
        update(DeliveredMapping)
        .where(
            DeliveredMapping.organisation_id == delivered.organisation_id,
            DeliveredMapping.id == delivered.id,
        )
        .values(form=form, digest=digest_of(form))
        .execution_options(synchronize_session=False)
    )
    session.expire(delivered)
