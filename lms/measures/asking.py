"""What the risks ask of the plan: which want an answer, which have one, and which the organisation lives with."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from lms.database import now, session, upsert
from lms.measures.models import LivesWith, Measure, MeasureRisk
from lms.measures.standing import HIGH, PlanStanding
from lms.organisations.events import record
from lms.people.models import Person
from lms.risks.models import Risk, rows_of


@dataclass(frozen=True)
class Asking:
    """The rows of the mapping, the measures that answer them, and those the organisation lives with."""

    rows: tuple[Risk, ...]
    answers: Mapping[UUID, tuple[Measure, ...]]
    ties: Mapping[UUID, tuple[Risk, ...]]
    lived_with: Mapping[UUID, LivesWith]

    @property
    def unanswered(self) -> list[Risk]:
        """The high risks that want a measure or a reason; the highest first."""
        high = (row for row in self.rows if is_high(row) and not self._is_answered(row))
        return sorted(high, key=lambda row: -(row.score or 0))

    @property
    def proposals(self) -> list[Risk]:
        """Other rows in which something was proposed that is not in the plan."""
        return [row for row in self.rows if row.proposed and not is_high(row) and not self._is_answered(row)]

    @property
    def lived(self) -> list[tuple[Risk, LivesWith]]:
        """The risks that the organisation has said it lives with, and why."""
        return [(row, self.lived_with[row.id]) for row in self.rows if row.id in self.lived_with]

    @property
    def relevant(self) -> list[Risk]:
        """The rows that matter here, as far as anybody has said."""
        return [row for row in self.rows if row.relevant in ("yes", "partly")]

    @property
    def factors(self) -> set[str]:
        """The keys of the risk factors that matter here."""
        return {row.factor for row in self.relevant if row.factor}

    def row(self, written: str) -> Risk | None:
        """The row with this id."""
        return next((row for row in self.rows if str(row.id) == written), None)

    def _is_answered(self, row: Risk) -> bool:
        return row.id in self.lived_with or any(one.status != "not_relevant" for one in self.answers.get(row.id, ()))


def is_high(row: Risk) -> bool:
    """Whether the risk asks for a measure."""
    return (row.score or 0) >= HIGH


def asking_of(standing: PlanStanding) -> Asking:
    """What the mapping of a plan's round asks of it; three questions."""
    mapping = standing.mapping.mapping
    if mapping is None:
        return Asking((), {}, {}, {})
    rows = {row.id: row for row in rows_of(mapping)}
    measures = {measure.id: measure for measure in standing.measures}
    answers: dict[UUID, tuple[Measure, ...]] = {}
    ties: dict[UUID, tuple[Risk, ...]] = {}
    of_this_mapping = select(Risk.id).where(
        Risk.organisation_id == mapping.organisation_id, Risk.mapping_id == mapping.id
    )
    tied = select(MeasureRisk.measure_id, MeasureRisk.risk_id).where(
        MeasureRisk.organisation_id == mapping.organisation_id, MeasureRisk.risk_id.in_(of_this_mapping)
    )
    for measure_id, risk_id in session.execute(tied):
        if measure_id in measures and risk_id in rows:
            answers[risk_id] = (*answers.get(risk_id, ()), measures[measure_id])
            ties[measure_id] = (*ties.get(measure_id, ()), rows[risk_id])
    lived = select(LivesWith).where(
        LivesWith.organisation_id == mapping.organisation_id, LivesWith.risk_id.in_(of_this_mapping)
    )
    found = session.scalars(lived)
    return Asking(tuple(rows.values()), answers, ties, {each.risk_id: each for each in found})


def live_with(risk: Risk, because: str, by: Person) -> None:
    """Answer a risk without a measure, and say why."""
    row = {
        "organisation_id": risk.organisation_id,
        "risk_id": risk.id,
        "because": because,
        "said_at": now(),
        "said_by": by.id,
    }
    upsert(LivesWith, row, ("organisation_id", "risk_id"), overwrite=("because", "said_at", "said_by"))
    record(risk.organisation_id, "risk.lived_with", by, risk=str(risk.id))


def live_with_no_longer(risk: Risk, by: Person) -> None:
    """Let the risk ask again."""
    gone = session.execute(
        delete(LivesWith)
        .where(LivesWith.organisation_id == risk.organisation_id, LivesWith.risk_id == risk.id)
        .returning(LivesWith.risk_id)
    )
    if gone.first() is not None:
        record(risk.organisation_id, "risk.lived_with_no_longer", by, risk=str(risk.id))
