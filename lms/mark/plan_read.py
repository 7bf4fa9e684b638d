"""The plan of a round, only to be read: its measures, the risks lived with, and the evidence where it belongs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from lms.languages import language
from lms.measures.asking import Asking, asking_of
from lms.measures.evidence.showing import Shelf, shelves
from lms.measures.standing import PlanStanding, plan_of


@dataclass(frozen=True)
class PlanRead:
    """A plan with what shows it: at its measures by id, and at the requirements in the order of the catalogue."""

    standing: PlanStanding
    asking: Asking
    at_measures: Mapping[UUID | str, Shelf]
    at_requirements: tuple[Shelf, ...]


def plan_read(organisation_id: UUID, round_id: UUID, only: Collection[UUID] | None = None) -> PlanRead:
    """The plan of this round; of its evidence `only` these, or all. Thirteen questions, whatever its size."""
    standing = plan_of(organisation_id, round_id)
    shown = [_of(shelf, only) for shelf in shelves(standing.plan, language())]
    return PlanRead(
        standing,
        asking_of(standing),
        {shelf.subject.key: shelf for shelf in shown if not shelf.subject.is_requirement},
        tuple(shelf for shelf in shown if shelf.subject.is_requirement),
    )


def _of(shelf: Shelf, only: Collection[UUID] | None) -> Shelf:
    if only is None:
        return shelf
    return replace(shelf, evidence=tuple(each for each in shelf.evidence if each.id in only))
