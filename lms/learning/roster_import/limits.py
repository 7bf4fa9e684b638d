"""How much of a list we read, and how somebody is told that hers cannot be."""

LARGEST_FILE = 1_500_000  # bytes; the application takes no request much larger
MOST_PEOPLE = 10_000
MOST_LINES = 50_000  # empty ones too
MOST_COLUMNS = 40
LONGEST_CELL = 1_000
LONGEST_LIST = 400_000  # characters pasted


def in_thousands(number: int) -> str:
    """A number with a gap in it, as people write it where commas and points are something else."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


class Unreadable(Exception):
    """The list cannot be used at all; the text says why, and what to do."""
