"""What of an organisation's guidelines has been read and confirmed, in numbers, for the rooms that ask for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lms.languages import language
from lms.measures.guidelines.asked import in_use


@dataclass(frozen=True)
class Confirmed:
    """A guideline in use: its kind, its title in the reader's language, its version, and how many have confirmed it.

    `kind` is one of KINDS in models.py. `asked` are the people who are here; `published_at` is when the version was
    published, by whoever owns it.
    """

    guideline_id: UUID
    kind: str
    title: str
    number: int
    published_at: datetime
    asked: int
    confirmed: int

    @property
    def by_everybody(self) -> bool:
        """Whether nobody is missing."""
        return self.confirmed >= self.asked


def confirmed(organisation_id: UUID) -> tuple[Confirmed, ...]:
    """The guidelines an organisation uses now, and how far each has been confirmed: one question, whatever the size."""
    return tuple(
        Confirmed(
            guideline_id=line.guideline.id,
            kind=line.guideline.kind,
            title=line.version.wording(language()).title,
            number=line.version.number,
            published_at=line.version.published_at,
            asked=line.asked,
            confirmed=line.confirmed,
        )
        for line in in_use(organisation_id)
        if line.use.withdrawn_at is None and line.version.number and line.version.published_at
    )
