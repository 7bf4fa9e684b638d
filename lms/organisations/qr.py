"""The code people point a camera at, as the path of one SVG: dark squares on white, whatever the page's colours."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

# Readers need four squares of white around the code.
QUIET_ZONE = 4


@dataclass(frozen=True)
class Squares:
    """A QR code to draw: how many squares wide, with its white edge, and the path of the dark ones."""

    side: int
    path: str

    def as_svg(self) -> str:
        """The drawing alone, for a sheet of paper."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.side} {self.side}" '
            f'shape-rendering="crispEdges"><rect width="{self.side}" height="{self.side}" fill="#fff"/>'
            f'<path fill="#000" d="{self.path}"/></svg>'
        )


def squares_of(address: str) -> Squares:
    """The QR code of an address; a quarter of it may be stained and it still works."""
    import segno  # half a megabyte, and only where a code is drawn

    rows = [bytes(row) for row in segno.make_qr(address, error="q").matrix_iter(border=QUIET_ZONE)]
    runs = (f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in _dark_runs(row))
    return Squares(len(rows), "".join(runs))


def _dark_runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Where dark squares begin in a row, and how many follow one another."""
    x = 0
    for dark, squares in groupby(row):
        length = len(list(squares))
        if dark:
            yield x, length
        x += length
