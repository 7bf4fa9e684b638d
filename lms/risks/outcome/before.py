"""What has become of each risk since the round before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, select

from lms.database import session
from lms.organisations.models import Round
from lms.risks.delivery import DeliveredMapping
from lms.risks.models import RiskMapping
from lms.risks.words import score_of

Course = Literal["new", "gone", "higher", "lower", "same", "open"]


@dataclass(frozen=True)
class Before:
    """The form that was delivered last in the round before this one."""

    form: Mapping[str, Any]
    delivered_at: datetime


@dataclass(frozen=True)
class Compared:
    """One risk in both rounds: what stood there, what stands there now, and which way it went."""

    names: Mapping[str, str]
    before: Mapping[str, Any] | None
    now: Mapping[str, Any] | None

    @property
    def points_before(self) -> int | None:
        return score_of(self.before) if self.before else None

    @property
    def points_now(self) -> int | None:
        return score_of(self.now) if self.now else None

    @property
    def course(self) -> Course:
        """new or gone; higher, lower or the same by points; open while one of the two has none."""
        if self.before is None:
            return "new"
        if self.now is None:
            return "gone"
        if _weight(self.before) is None or _weight(self.now) is None:
            return "open"
        change = (_weight(self.now) or 0) - (_weight(self.before) or 0)
        return "higher" if change > 0 else "lower" if change < 0 else "same"


def form_before(organisation_id: UUID) -> Before | None:
    """The newest form of a round that has ended; None in the first round."""
    row = session.execute(
        select(DeliveredMapping.form, DeliveredMapping.delivered_at)
        .join(
            RiskMapping,
            and_(
                RiskMapping.organisation_id == DeliveredMapping.organisation_id,
                RiskMapping.id == DeliveredMapping.mapping_id,
            ),
        )
        .join(Round, and_(Round.organisation_id == RiskMapping.organisation_id, Round.id == RiskMapping.round_id))
        .where(DeliveredMapping.organisation_id == organisation_id, Round.ended_at.is_not(None))
        .order_by(Round.ended_at.desc(), DeliveredMapping.number.desc())
        .limit(1)
    ).first()
    return Before(*row) if row else None


def compared(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Compared]:
    """The rows of both rounds side by side, in the order of this one; what has gone comes last.

    A row of the catalogue is known by its key, an own one by its words.
    """
    there = {_known_by(row): row for row in before}
    together = [Compared(row["names"], there.pop(_known_by(row), None), row) for row in now]
    return [*together, *(Compared(row["names"], row, None) for row in there.values())]


def _known_by(row: Mapping[str, Any]) -> str:
    return row["factor"] or f"own: {row['title'].casefold()}"


def _weight(row: Mapping[str, Any]) -> int | None:
    """Points, and none at all for what does not concern the organisation."""
    return 0 if row["relevant"] == "no" else score_of(row)
