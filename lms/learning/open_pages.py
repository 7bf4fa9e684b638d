"""A lesson's page as somebody has it open: what it says, when it comes back, of whose it is and where it belongs."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from lms.courses.packs import Lesson
from lms.learning.models import Enrolment
from lms.people.models import Person


@dataclass(frozen=True)
class OpenPage:
    """Who has which lesson open, and since when; signed, so that it holds all the right a report of time needs.

    Neither her cookie nor a form token is asked for then, once a minute for everybody who reads. The right ends as she
    signs out everywhere, leaves, or is erased, and when the round does; whoever took it from her page could add time
    to hers, never more than has passed.
    """

    person_id: UUID
    door: int
    organisation_id: UUID
    enrolment_id: UUID
    lesson: str
    tab: str
    opened_at: datetime
    has_begun: bool

    @classmethod
    def now_opened(cls, person: Person, enrolment: Enrolment, lesson: Lesson, at: datetime) -> "OpenPage":
        """The page of this lesson that somebody opens at this moment, as a tab of its own."""
        place = enrolment.organisation_id, enrolment.id, lesson.slug
        has_begun = enrolment.begun_at is not None
        return cls(person.id, person.door, *place, secrets.token_urlsafe(9), at, has_begun)

    @classmethod
    def read(cls, signed: str) -> "OpenPage | None":
        """What the page said; None when it was not us who signed it."""
        try:
            person, door, organisation, enrolment, lesson, tab, moment, has_begun = _signer().loads(signed)
        except (BadData, ValueError):
            return None
        return cls(
            UUID(person),
            door,
            UUID(organisation),
            UUID(enrolment),
            lesson,
            tab,
            datetime.fromtimestamp(moment, UTC),
            bool(has_begun),
        )

    def is_of(self, enrolment: Enrolment, lesson: Lesson) -> bool:
        """Whether this is a page of this lesson in this enrolment; it may have been opened in a round before."""
        return (self.enrolment_id, self.lesson) == (enrolment.id, lesson.slug)

    def signed(self) -> str:
        """The page in one word, to whole seconds."""
        ids = self.organisation_id.hex, self.enrolment_id.hex
        opened = int(self.opened_at.timestamp())
        said = self.person_id.hex, self.door, *ids, self.lesson, self.tab, opened, int(self.has_begun)
        word = _signer().dumps(said)
        return word if isinstance(word, str) else word.decode()


def _signer() -> URLSafeSerializer:
    return _signer_with(current_app.extensions["lms"].secret_key)


@cache
def _signer_with(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="open page")
