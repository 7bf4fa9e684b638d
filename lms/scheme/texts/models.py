"""What the scheme says in its own words, in the languages it has written them in."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now, session, upsert
from lms.people.models import Person

# Each text has its place on a page; `non_member` is what organisations that are no members are told.
KEYS = ("non_member",)
WRITTEN_IN = ("nb", "en")
LONGEST = 2000


class SchemeText(Model):
    """One text of the scheme's in one language."""

    __tablename__ = "lms_scheme_text"
    __table_args__ = (CheckConstraint("language IN ('nb', 'nn', 'en')", name="language"),)
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who in the scheme wrote what organisations are told.",
        retention="Until the text is written anew.",
        person="changed_by",
        erase="keep",
    )

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))


def texts_of(key: str) -> dict[str, SchemeText]:
    """A text by language, as far as it is written."""
    return {text.language: text for text in session.scalars(select(SchemeText).where(SchemeText.key == key))}


def in_language(texts: dict[str, SchemeText], reader: str) -> tuple[str, str]:
    """What this reader is told and in which language: hers, a neighbour's, or whichever there is; else two empty."""
    for code in (reader, *(("nb", "en") if reader != "en" else ("en", "nb"))):
        if code in texts and texts[code].text:
            return texts[code].text, code
    return "", ""


def write(key: str, language: str, text: str, by: Person) -> None:
    """Say this from now on; an empty text says nothing."""
    row = {"key": key, "language": language, "text": text, "changed_at": now(), "changed_by": by.id}
    upsert(SchemeText, row, ("key", "language"), overwrite=("text", "changed_at", "changed_by"))
