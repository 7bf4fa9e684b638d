"""Who wrote what in a row, and when; and where two texts wait for a choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from lms.database import session
from lms.people.models import Person
from lms.risks.changes import RiskChange
from lms.risks.models import Risk, RiskMapping
from lms.risks.words import EMPTY, FIELDS

LINES = 50


@dataclass(frozen=True)
class Line:
    """One change: who, when, and what the fields she changed said afterwards."""

    at: datetime
    name: str
    changed: Mapping[str, Any]


def history_of(risk: Risk) -> list[Line]:
    """The changes of a row that were kept, newest first."""
    rows = session.execute(
        select(RiskChange, Person.name)
        .join(Person, Person.id == RiskChange.by)
        .where(*RiskChange.of(risk), RiskChange.revision.is_not(None), ~RiskChange.passed)
        .order_by(RiskChange.revision.desc())
        .limit(LINES + 1)
    ).all()
    lines = []
    for (change, name), before in zip(rows, [*(row[0].values for row in rows[1:]), EMPTY], strict=False):
        changed = {field: change.values[field] for field in FIELDS if change.values[field] != before[field]}
        lines.append(Line(change.at, name, changed))
    return lines[:LINES]


def who_wrote(risk: Risk) -> dict[UUID, str]:
    """The names of those who have written in the row."""
    rows = session.execute(
        select(Person.id, Person.name).where(Person.id.in_(select(RiskChange.by).where(*RiskChange.of(risk))))
    )
    return dict(rows.all())


def rows_with_a_choice_to_make(mapping: RiskMapping) -> set[UUID]:
    """The rows in which two texts wait for a choice."""
    waits = exists().where(
        RiskChange.organisation_id == Risk.organisation_id,
        RiskChange.risk_id == Risk.id,
        RiskChange.revision.is_(None),
        RiskChange.settled_at.is_(None),
    )
    return set(
        session.scalars(
            select(Risk.id).where(
                Risk.organisation_id == mapping.organisation_id,
                Risk.mapping_id == mapping.id,
                Risk.removed_at.is_(None),
                waits,
            )
        )
    )
