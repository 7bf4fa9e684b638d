"""The picture of a mapping: every rated row as a stone, by likelihood and consequence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.risks.words import DEGREES, score_of

LEFT, TOP = 40, 10
WIDTH, HEIGHT = 190, 120
STEP, RADIUS = 36, 15
IN_A_LINE, LINES = 5, 3


@dataclass(frozen=True)
class Stone:
    """A row in the picture, with the number it has in the table."""

    number: int
    x: int
    y: int


@dataclass(frozen=True)
class Cell:
    """One likelihood with one consequence: where it lies, how much it weighs, and how many rows it has no room for."""

    likelihood: int
    consequence: int
    x: int
    y: int
    weight: str
    stones: tuple[Stone, ...]
    more: int


@dataclass(frozen=True)
class Picture:
    """The nine cells, and how many rows are in none of them."""

    cells: tuple[Cell, ...]
    not_placed: int

    @property
    def placed(self) -> int:
        """How many rows have both degrees."""
        return sum(len(cell.stones) + cell.more for cell in self.cells)


def picture_of(rows: Sequence[Mapping[str, Any]]) -> Picture:
    """The picture of these rows, given by what stands in them; they are numbered from 1 in their order."""
    numbers: dict[tuple[int, int], list[int]] = {}
    for number, row in enumerate(rows, 1):
        if score_of(row):
            numbers.setdefault((row["likelihood"], row["consequence"]), []).append(number)
    cells = tuple(
        _cell(likelihood, consequence, numbers.get((likelihood, consequence), []))
        for consequence in reversed(DEGREES)
        for likelihood in DEGREES
    )
    return Picture(cells, len(rows) - sum(map(len, numbers.values())))


def weight_of(score: int | None) -> str:
    """low, medium or high, for colour and for words; empty when the row has no score."""
    if score is None:
        return ""
    return "high" if score >= 6 else "medium" if score >= 3 else "low"


def _cell(likelihood: int, consequence: int, numbers: list[int]) -> Cell:
    x, y = LEFT + (likelihood - 1) * WIDTH, TOP + (3 - consequence) * HEIGHT
    most = IN_A_LINE * LINES
    shown = numbers if len(numbers) <= most else numbers[: most - 1]
    stones = tuple(
        Stone(number, x + 23 + place % IN_A_LINE * STEP, y + 23 + place // IN_A_LINE * STEP)
        for place, number in enumerate(shown)
    )
    return Cell(likelihood, consequence, x, y, weight_of(likelihood * consequence), stones, len(numbers) - len(shown))
