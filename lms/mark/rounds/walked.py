"""The rounds an organisation has walked, each with what came of it: the session, the mapping, the plan, the award."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from lms.database import session
from lms.group_sessions.models import GroupSession
from lms.mark.models import Award, awards_of
from lms.measures.models import STATUSES, Measure, MeasurePlan
from lms.organisations.models import Round
from lms.risks.delivery import DeliveredMapping, MappingDecision
from lms.risks.models import RiskMapping


@dataclass(frozen=True)
class Delivered:
    """The form of a round that was delivered last, and what the scheme said to it, if anything."""

    id: UUID
    on: datetime
    verdict: str | None


@dataclass(frozen=True)
class Walked:
    """A round with what came of it, as far as anything did."""

    round: Round
    held: tuple[datetime, ...]
    mapping: Delivered | None
    statuses: Mapping[str, int]
    award: Award | None

    @property
    def measures(self) -> int:
        """How many measures stand in its plan."""
        return sum(self.statuses.values())


def rounds_of(organisation_id: UUID) -> list[Walked]:
    """All of them, the newest first; five questions, however many they are."""
    rounds = session.scalars(
        select(Round).where(Round.organisation_id == organisation_id).order_by(Round.started_at.desc())
    ).all()
    held = _held(organisation_id)
    mappings, statuses = _mappings(organisation_id), _statuses(organisation_id)
    awards = {award.round_id: award for award in reversed(awards_of(organisation_id))}
    return [
        Walked(
            round,
            tuple(at for at in held if round.started_at <= at and (round.ended_at is None or at < round.ended_at)),
            mappings.get(round.id),
            statuses.get(round.id, {}),
            awards.get(round.id),
        )
        for round in rounds
    ]


def _held(organisation_id: UUID) -> list[datetime]:
    here = GroupSession.organisation_id == organisation_id
    asked = select(GroupSession.held_at).where(here, GroupSession.held_at.is_not(None)).order_by(GroupSession.held_at)
    return [at for at in session.scalars(asked) if at is not None]


def _mappings(organisation_id: UUID) -> dict[UUID, Delivered]:
    asked = (
        select(RiskMapping.round_id, DeliveredMapping.id, DeliveredMapping.delivered_at, MappingDecision.verdict)
        .join(
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
        .where(RiskMapping.organisation_id == organisation_id)
        .order_by(DeliveredMapping.number)
    )
    return {row.round_id: Delivered(row.id, row.delivered_at, row.verdict) for row in session.execute(asked)}


def _statuses(organisation_id: UUID) -> dict[UUID, dict[str, int]]:
    asked = (
        select(MeasurePlan.round_id, Measure.status, func.count())
        .join(Measure, and_(Measure.organisation_id == MeasurePlan.organisation_id, Measure.plan_id == MeasurePlan.id))
        .where(MeasurePlan.organisation_id == organisation_id, Measure.removed_at.is_(None))
        .group_by(MeasurePlan.round_id, Measure.status)
    )
    found: dict[UUID, dict[str, int]] = {}
    for round_id, status, count in sorted(session.execute(asked), key=lambda row: STATUSES.index(row[1])):
        found.setdefault(round_id, {})[status] = count
    return found
