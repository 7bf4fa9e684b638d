"""What else awaits somebody who enters: rooms further on say what, and the door shows it beside the courses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Awaiting:
    """Something to read besides the courses, in the reader's language, and the page where it stands."""

    title: str
    address: str


Says = Callable[[UUID], Sequence[Awaiting]]
_saying: list[Says] = []


def awaits_whoever_enters(says: Says) -> Says:
    """Have the door ask this function what awaits whoever enters an organisation."""
    _saying.append(says)
    return says


def what_awaits(organisation_id: UUID) -> list[Awaiting]:
    """Everything the rooms have said."""
    return [each for says in _saying for each in says(organisation_id)]
