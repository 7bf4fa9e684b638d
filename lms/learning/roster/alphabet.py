"""Names in the order of the Norwegian alphabet, and found without their accents, on both databases.

SQLite knows the letters of English only, and what PostgreSQL knows depends on how somebody made the cluster. So the
letters of the North are put in place here: æ ø å, in their Swedish dress too, come after z; others stand with the
letter they grew from.
"""

from typing import Any

from sqlalchemy import ColumnElement, func

from lms.database import session

# The three signs that follow z where letters are numbers.
PLACES = {"{": "ÆæÄä", "|": "ØøÖö", "}": "Åå", "e": "ÉéÈè", "a": "Áá", "u": "Üü", "c": "Čč", "d": "Đđ", "s": "Šš"}
FOLD: dict[str, str | int | None] = {letter: place for place, letters in PLACES.items() for letter in letters}


def folded_letters(written: str) -> str:
    """A text as `folded` gives it."""
    return written.translate(str.maketrans(FOLD)).lower()


def folded(column: Any) -> ColumnElement[str]:
    """A column without capitals and accents, to look for something in."""
    plain: ColumnElement[str] = column
    for letter, place in FOLD.items():
        plain = func.replace(plain, letter, place)
    return func.lower(plain)


def alphabetical(column: Any) -> ColumnElement[str]:
    """A column to sort by."""
    plain = folded(column)
    # A cluster's own order would pass over the signs that stand for æ ø å.
    return plain.collate("C") if session().get_bind().dialect.name == "postgresql" else plain
