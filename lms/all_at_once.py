"""One statement about many rows: those that a list brings in, changes or takes out again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Executable, bindparam

from lms.database import session

MOST_AT_ONCE = 10_000  # values in one statement: SQLite takes 32 766, PostgreSQL 65 535

# The many, in a statement for `for_all`: `column.in_(THOSE)`.
THOSE: BindParameter[Any] = bindparam("those", expanding=True)


def for_all(statement: Executable, those: Sequence[Any]) -> None:
    """Carry a statement out for all of `those`, as `THOSE` in it, in one go for ten thousand; for none it is not asked.

    One statement for each of them takes PostgreSQL three times as long.
    """
    for first in range(0, len(those), MOST_AT_ONCE):
        session.execute(statement, {"those": those[first : first + MOST_AT_ONCE]})
