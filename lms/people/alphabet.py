"""Names in the order of the Norwegian alphabet, and found without their accents, on both databases.

SQLite knows the letters of English only, and what PostgreSQL knows depends on how somebody made the cluster. So the
letters of the North are put in place here: æ ø å, in their Swedish dress too, come after z; others stand with the
letter they grew from.

A list of names is sorted by what `folded_letters` made of them when they were written, which stands beside them in an
index; what is seldom long, such as teams and organisations, is folded in the question.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, func

from lms.database import session

# The three signs that follow z where letters are numbers.
PLACES = {"{": "ÆæÄä", "|": "ØøÖö", "}": "Åå", "e": "ÉéÈè", "a": "Áá", "u": "Üü", "c": "Čč", "d": "Đđ", "s": "Šš"}
FOLD_LETTERS = {letter: place for place, letters in PLACES.items() for letter in letters}
FOLD: dict[str, str | int | None] = {**FOLD_LETTERS}


def folded_letters(written: str) -> str:
    """A text as `folded` gives it."""
    return written.translate(str.maketrans(FOLD)).lower()


def folded(column: Any) -> ColumnElement[str]:
    """A column without capitals and accents, to look for something in."""
    if _on_postgresql():
        return func.lower(func.translate(column, "".join(FOLD_LETTERS), "".join(FOLD_LETTERS.values())))
    plain: ColumnElement[str] = column
    for letter, place in FOLD_LETTERS.items():
        plain = func.replace(plain, letter, place)
    # Most names have none of these letters, and to look for each of them in turn is what a long list takes longest for.
    return case((column.op("NOT GLOB")("*[^ -~]*"), func.lower(column)), else_=func.lower(plain))


def alphabetical(column: Any) -> ColumnElement[str]:
    """A column to sort by."""
    plain = folded(column)
    # A cluster's own order would pass over the signs that stand for æ ø å.
    return plain.collate("C") if _on_postgresql() else plain


def _on_postgresql() -> bool:
    return session().get_bind().dialect.name == "postgresql"
